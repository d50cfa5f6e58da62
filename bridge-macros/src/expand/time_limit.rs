//! `timeout = …`: how long a call may take.

use crate::expand::bridge_expr::{with_arguments, with_async_value, with_self};
use crate::model::method::Method;
use crate::options::block_options::BlockOptions;
use crate::options::timeout::Timeout;
use crate::syntax::expression::without_parentheses;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;

// Output, for `timeout = "5s"`:
//
//     private::with_timeout(bridge, 5, 0)
//
// Output, for `timeout = self.limit`:
//
//     {
//         let __limit = private::IntoTimeout::into_timeout(self.limit);
//         private::with_computed_timeout(bridge, __limit)
//     }
//
// What the expression borrows and holds, such as a lock, is let go before the call.
//
/// The target of a call: `bridge`, with the time limit of `method`, if it has one.
pub(crate) fn with_time_limit(
    method: &Method,
    options: &BlockOptions,
    bridge: &TokenStream,
    private: &TokenStream,
) -> TokenStream {
    let span = method.span();
    match method.timeout(options) {
        Some((_, Timeout::After(limit))) => {
            let (seconds, nanoseconds) = (limit.as_secs(), limit.subsec_nanos());
            quote_spanned!(span=> #private::with_timeout(#bridge, #seconds, #nanoseconds))
        }
        Some((_, Timeout::Computed(expr))) => {
            let expr = without_parentheses(expr);
            let mut limit = expr.to_token_stream();
            match method.self_token {
                Some(_) if options.twin_types.is_some() => limit = with_async_value(limit),
                Some(this) => limit = with_self(limit, this),
                None => {}
            }
            let limit = with_arguments(limit, method);
            let span = expr.span().resolved_at(Span::mixed_site());
            quote_spanned! {span=>
                {
                    let __limit = #private::IntoTimeout::into_timeout(#limit);
                    #private::with_computed_timeout(#bridge, __limit)
                }
            }
        }
        Some((_, Timeout::Never)) | None => bridge.clone(),
    }
}
