//! Tokens as they are, whatever they mean.

use proc_macro2::{TokenStream, TokenTree};

/// Whether `name` is among the identifiers in `tokens`.
pub(crate) fn mentions(tokens: TokenStream, name: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        _ => false,
    })
}
