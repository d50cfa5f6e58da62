//! How the options in `#[sync_bridge(…)]` and in `#[bridge(…)]` are read: a name, and for some a value, between commas.

use crate::errors::Errors;
use crate::faults;
use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::token::Paren;
use syn::{Ident, Path, Token, parenthesized};

/// Calls `read` with the name of each option and the rest of the input; goes on after a faulty one at the next
/// comma.
pub(crate) fn each_option(
    tokens: TokenStream,
    errors: &mut Errors,
    mut read: impl FnMut(Ident, ParseStream<'_>, &mut Errors),
) {
    let parser = |input: ParseStream<'_>| {
        while !input.is_empty() {
            if let Ok(name) = input.call(Ident::parse_any) {
                read(name, input, errors);
            } else {
                let token: TokenTree = input.parse()?;
                errors.push(
                    faults::unknown_option(&token.to_string(), "names, or names with a value: `name = value`")
                        .at(token),
                );
            }
            skip_past_comma(input)?;
        }
        Ok(())
    };
    if let Err(error) = parser.parse2(tokens) {
        errors.push(error);
    }
}

/// The value of the option `name`, which ends at a comma or with the input.
pub(crate) fn value<T: Parse>(name: &Ident, input: ParseStream<'_>, expected: &str, errors: &mut Errors) -> Option<T> {
    let option = name.to_string();
    if input.parse::<Token![=]>().is_err() {
        errors.push(faults::bad_value(&option, "it is missing", expected).at(name));
        return None;
    }
    let ahead = input.fork();
    let parsed = ahead.parse::<T>();
    match parsed {
        Ok(value) if ahead.is_empty() || ahead.peek(Token![,]) => {
            input.advance_to(&ahead);
            Some(value)
        }
        Ok(value) if ahead.cursor().ident().is_some() => {
            input.advance_to(&ahead);
            errors.extend(ahead.cursor().ident().map(|(next, _)| faults::missing_comma(&option).at(next)));
            Some(value)
        }
        _ => {
            let rest = value_tokens(input);
            let fault = faults::bad_value(&option, "", expected);
            errors.push(if rest.is_empty() { fault.at(name) } else { fault.at(rest) });
            None
        }
    }
}

/// The names in the parentheses after the option `name`, each without generic arguments.
pub(crate) fn names(name: &Ident, input: ParseStream<'_>, expected: &str, errors: &mut Errors) -> Vec<Path> {
    let option = name.to_string();
    if !input.peek(Paren) {
        let rest = value_tokens(input);
        let fault = faults::bad_value(&option, "its names must be in parentheses", expected);
        errors.push(if rest.is_empty() { fault.at(name) } else { fault.at(rest) });
        return Vec::new();
    }
    let list = |input: ParseStream<'_>| {
        let list;
        parenthesized!(list in input);
        Punctuated::<Path, Token![,]>::parse_separated_nonempty_with(&list, Path::parse_mod_style)
            .and_then(|names| if list.is_empty() { Ok(names) } else { Err(list.error("")) })
    };
    let ahead = input.fork();
    let Ok(names) = list(&ahead) else {
        let fault = faults::bad_value(&option, "it takes names, without generic arguments", expected);
        errors.push(fault.at(value_tokens(input)));
        return Vec::new();
    };
    input.advance_to(&ahead);
    check_no_value(name, input, errors);
    names.into_iter().collect()
}

/// Complains of what follows an option that is only a name.
pub(crate) fn check_no_value(name: &Ident, input: ParseStream<'_>, errors: &mut Errors) {
    let (rest, option) = (value_tokens(input), name.to_string());
    if let Some((next, _)) = input.cursor().ident() {
        errors.push(faults::missing_comma(&option).at(next));
    } else if !rest.is_empty() {
        errors.push(faults::bad_value(&option, "it takes no value", &option).at(rest));
    }
}

pub(crate) fn check_given_once(name: &Ident, given: &mut Vec<Ident>, errors: &mut Errors) {
    if given.contains(name) {
        errors.push(faults::duplicate_option(&name.to_string()).at(name));
    }
    given.push(name.clone());
}

pub(crate) fn skip_past_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() {
        if input.parse::<Option<Token![,]>>()?.is_some() {
            break;
        }
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

pub(crate) fn value_tokens(input: ParseStream<'_>) -> TokenStream {
    let ahead = input.fork();
    let mut tokens = TokenStream::new();
    while !ahead.is_empty() && !ahead.peek(Token![,]) {
        tokens.extend(ahead.parse::<TokenTree>());
    }
    tokens
}
