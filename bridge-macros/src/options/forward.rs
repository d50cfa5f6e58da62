//! `forward(Display, From<Config>)`: the traits of the async type that its twin is to have too.

use crate::errors::Errors;
use crate::faults;
use crate::options::option_list::value_tokens;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::token::Paren;
use syn::{Ident, Path, Token, parenthesized};

const EXPECTED: &str = "forward(Display, From<Config>)";

/// Reads the list that follows `name`, which is `forward`.
pub(crate) fn parse_forward(name: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Vec<Path> {
    let option = name.to_string();
    let rest = value_tokens(input);
    if !input.peek(Paren) {
        let fault = faults::bad_value(&option, "its traits must be in parentheses", EXPECTED);
        errors.push(if rest.is_empty() { fault.at(name) } else { fault.at(rest) });
        return Vec::new();
    }
    let list = |input: ParseStream<'_>| {
        let list;
        parenthesized!(list in input);
        Punctuated::<Path, Token![,]>::parse_terminated(&list)
    };
    match list(input) {
        Ok(traits) if !traits.is_empty() => traits.into_iter().collect(),
        _ => {
            errors.push(faults::bad_value(&option, "it takes the names of traits", EXPECTED).at(rest));
            Vec::new()
        }
    }
}
