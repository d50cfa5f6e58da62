//! What the twin asks of generic types: `bounds(T: Send, I::IntoIter: Send)`.

use crate::errors::Errors;
use crate::faults;
use crate::options::option_list::skip_past_comma;
use crate::syntax::output::Bounds;
use crate::syntax::tokens::is_same;
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::{BoundLifetimes, Ident, Lifetime, PredicateType, Token, Type, TypeParamBound, parenthesized};

const EXPECTED: &str = "bounds(T: Send)";

/// Reads the list in parentheses after `name`.
pub(crate) fn parse_bounds(name: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Vec<PredicateType> {
    let mut found: Vec<PredicateType> = Vec::new();
    let tokens = match in_parentheses(input) {
        Ok(tokens) if !tokens.is_empty() => tokens,
        Ok(_) => {
            errors.push(faults::bad_value("bounds", "it is empty", EXPECTED).at(name));
            return found;
        }
        Err(_) => {
            errors.push(faults::bad_value("bounds", "its value must be in parentheses", EXPECTED).at(name));
            return found;
        }
    };
    let parser = |input: ParseStream<'_>| {
        while !input.is_empty() {
            match predicate(input) {
                Ok(of) if found.iter().any(|other| is_same(&other.bounded_ty, &of.bounded_ty)) => {
                    let ty = of.bounded_ty.to_token_stream();
                    errors.push(faults::duplicate_bounds(&readable(&ty)).at(ty));
                }
                Ok(of) => found.push(of),
                Err((reason, place)) => {
                    errors.push(faults::bad_value("bounds", &reason, EXPECTED).at(place));
                    skip_past_comma(input)?;
                    continue;
                }
            }
            if !input.is_empty() && input.parse::<Token![,]>().is_err() {
                let next: TokenTree = input.parse()?;
                let reason = format!("there is no comma before `{next}`");
                errors.push(faults::bad_value("bounds", &reason, "bounds(T: Send, U: Send)").at(next));
                skip_past_comma(input)?;
            }
        }
        Ok(())
    };
    if let Err(error) = parser.parse2(tokens) {
        errors.push(error);
    }
    found
}

fn in_parentheses(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let content;
    parenthesized!(content in input);
    content.parse()
}

/// A type and its bounds, or what is wrong and where.
fn predicate(input: ParseStream<'_>) -> Result<PredicateType, (String, TokenStream)> {
    let here = |input: ParseStream<'_>| input.cursor().token_tree().map(|(token, _)| TokenStream::from(token));
    let begin = here(input).unwrap_or_default();
    if input.peek(Lifetime) {
        return Err((String::from("a lifetime cannot be bounded here"), begin));
    }
    let fail = |reason: String, input: ParseStream<'_>| (reason, here(input).unwrap_or_else(|| begin.clone()));
    let lifetimes = input.parse::<Option<BoundLifetimes>>();
    let lifetimes = lifetimes.map_err(|_| fail(String::from("this is not a list of lifetimes"), input))?;
    let bounded_ty = input.parse::<Type>().map_err(|_| fail(String::from("this is not a type"), input))?;
    let ty = bounded_ty.to_token_stream();
    let colon = input.parse::<Token![:]>();
    let colon_token = colon.map_err(|_| (format!("there is no `:` after `{}`", readable(&ty)), ty))?;
    let mut bounds = Bounds::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        let bound = input.parse::<TypeParamBound>();
        bounds.push_value(bound.map_err(|_| fail(String::from("this is not a bound"), input))?);
        match input.parse::<Option<Token![+]>>() {
            Ok(Some(plus)) => bounds.push_punct(plus),
            _ => break,
        }
    }
    Ok(PredicateType { attrs: Vec::new(), lifetimes, bounded_ty, colon_token, bounds })
}

/// A type as users write it.
pub(crate) fn readable(ty: &TokenStream) -> String {
    ty.to_string().replace(" < ", "<").replace(" >", ">").replace(" :: ", "::").replace("& ", "&").replace(" ,", ",")
}
