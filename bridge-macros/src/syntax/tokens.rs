//! Tokens as they are, whatever they mean.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;

/// Whether the tokens are the same, wherever they are.
pub(crate) fn is_same(one: &impl ToTokens, other: &impl ToTokens) -> bool {
    one.to_token_stream().to_string() == other.to_token_stream().to_string()
}

/// Whether the name of `ident` is one of `names`. The compiler makes a `String` for each question about a name, so it is
/// asked once.
pub(crate) fn is_one_of(ident: &Ident, names: &[&str]) -> bool {
    names.contains(&ident.to_string().as_str())
}

/// Whether `name` is among the identifiers in `tokens`.
pub(crate) fn mentions(tokens: TokenStream, name: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        _ => false,
    })
}
