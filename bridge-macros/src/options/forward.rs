//! `forward(Display, From<Config>, !Debug)`: the traits of the async type that its twin is to have too, and those that it is
//! not to have.

use crate::errors::Errors;
use crate::faults;
use crate::options::option_list::value_tokens;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::token::Paren;
use syn::{Ident, Path, Token, parenthesized};

const EXPECTED: &str = "forward(Display, From<Config>)";

/// The traits that are listed, and those that are left out.
#[derive(Default)]
pub(crate) struct Forward {
    pub(crate) traits: Vec<Path>,
    pub(crate) left_out: Vec<Path>,
}

/// A trait, or `!` and a trait.
struct Listed {
    is_left_out: bool,
    path: Path,
}

impl Parse for Listed {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let is_left_out = input.parse::<Option<Token![!]>>()?.is_some();
        Ok(Self { is_left_out, path: input.parse()? })
    }
}

/// Reads the list that follows `name`, which is `forward`.
pub(crate) fn parse_forward(name: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Forward {
    let option = name.to_string();
    let rest = value_tokens(input);
    if !input.peek(Paren) {
        let fault = faults::bad_value(&option, "its traits must be in parentheses", EXPECTED);
        errors.push(if rest.is_empty() { fault.at(name) } else { fault.at(rest) });
        return Forward::default();
    }
    let list = |input: ParseStream<'_>| {
        let list;
        parenthesized!(list in input);
        Punctuated::<Listed, Token![,]>::parse_terminated(&list)
    };
    match list(input) {
        Ok(listed) if !listed.is_empty() => {
            let (left_out, traits): (Vec<_>, Vec<_>) = listed.into_iter().partition(|of| of.is_left_out);
            let paths = |listed: Vec<Listed>| listed.into_iter().map(|of| of.path).collect();
            Forward { traits: paths(traits), left_out: paths(left_out) }
        }
        _ => {
            errors.push(faults::bad_value(&option, "it takes the names of traits", EXPECTED).at(rest));
            Forward::default()
        }
    }
}
