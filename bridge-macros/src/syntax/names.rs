//! The name of what is blocking, made of the name of what is async.

use quote::format_ident;
use syn::Ident;
use syn::ext::IdentExt;

/// `BlockingStore`, for both `Store` and `AsyncStore`.
pub(crate) fn blocking_name(name: &Ident) -> Ident {
    let written = name.unraw().to_string();
    let stem = match written.strip_prefix("Async") {
        Some(stem) if stem.starts_with(|first: char| !first.is_lowercase()) => stem,
        _ => &written,
    };
    format_ident!("Blocking{stem}", span = name.span())
}
