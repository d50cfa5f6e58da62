//! The path to what generated code calls.

use crate::options::block_options::BlockOptions;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};

/// `::sync_bridge::__private`, or what `crate = path` makes of it.
pub(crate) fn private(options: &BlockOptions) -> TokenStream {
    let span = Span::mixed_site();
    let krate = options.krate.as_ref().map(ToTokens::to_token_stream);
    let krate = krate.unwrap_or_else(|| quote_spanned!(span=> ::sync_bridge));
    quote_spanned!(span=> #krate::__private)
}

/// `private`, where an error in what it leads to is to be reported: a path begins where its first token is.
pub(crate) fn at(private: &TokenStream, span: Span) -> TokenStream {
    let tokens = private.clone().into_iter().map(|mut token| {
        token.set_span(token.span().located_at(span));
        token
    });
    tokens.collect()
}
