//! The `#[sync_bridge]` attribute.

#![forbid(unsafe_code)]

use proc_macro::TokenStream;

/// Writes the blocking twin of an async item.
#[proc_macro_attribute]
pub fn sync_bridge(_args: TokenStream, item: TokenStream) -> TokenStream {
    item
}
