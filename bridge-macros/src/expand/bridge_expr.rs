//! `bridge = …`: which bridge serves a call.

use crate::model::method::{By, Method};
use crate::options::block_options::BlockOptions;
use crate::syntax::expression::without_parentheses;
use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Token, UnOp};

/// The expression for the `BridgeRef` of an impl, in a method whose receiver is `this`. It borrows where the user
/// names a place. It is a block, so that what the user's expression holds, such as a lock, is let go before the call.
pub(crate) fn bridge_ref(
    options: &BlockOptions,
    this: Option<Token![self]>,
    private: &TokenStream,
    span: Span,
) -> TokenStream {
    let Some((_, expr)) = &options.bridge else {
        return quote_spanned!(span=> #private::BridgeRef::Global);
    };
    let expr = without_parentheses(expr);
    let tokens = match this {
        Some(this) => with_self(expr.to_token_stream(), this),
        None => expr.to_token_stream(),
    };
    let span = expr.span().resolved_at(Span::mixed_site());
    let borrow = match expr {
        Expr::Reference(_) => tokens,
        expr if is_place(expr) => quote_spanned!(span=> &#tokens),
        _ => {
            return quote_spanned! {span=>
                {
                    let __bridge_ref = #private::IntoBridgeRef::into_bridge_ref(#tokens);
                    __bridge_ref
                }
            };
        }
    };
    quote_spanned! {span=>
        {
            let __bridge: &#private::RuntimeBridge = #borrow;
            #private::BridgeRef::Borrowed(__bridge)
        }
    }
}

/// The same in a twin of `method`, where the call takes `self` unless it shares it, and so cannot go on borrowing the
/// bridge from there.
pub(crate) fn bridge_ref_for(method: &Method, options: &BlockOptions, private: &TokenStream) -> TokenStream {
    let span = method.span();
    let bridge = bridge_ref(options, method.self_token, private, span);
    if options.bridge_uses_self() && method.receiver.is_some_and(|by| by != By::Shared) {
        quote_spanned!(span=> #bridge.into_owned())
    } else {
        bridge
    }
}

/// Makes each `self` among `tokens` mean `this`, also where a macro wrote one and not the other.
pub(crate) fn with_self(tokens: TokenStream, this: Token![self]) -> TokenStream {
    let each = tokens.into_iter().map(|token| match token {
        TokenTree::Ident(ident) if ident == "self" => {
            TokenTree::Ident(Ident::new("self", this.span.located_at(ident.span())))
        }
        TokenTree::Group(group) => {
            let mut with_self = Group::new(group.delimiter(), with_self(group.stream(), this));
            with_self.set_span(group.span());
            TokenTree::Group(with_self)
        }
        other => other,
    });
    each.collect()
}

/// Whether `expr` names a place that outlives the call, rather than a value made for it.
fn is_place(expr: &Expr) -> bool {
    match expr {
        Expr::Path(_) | Expr::Index(_) => true,
        Expr::Field(expr) => is_place(&expr.base),
        Expr::Unary(expr) => matches!(expr.op, UnOp::Deref(_)),
        Expr::Paren(expr) => is_place(&expr.expr),
        Expr::Group(expr) => is_place(&expr.expr),
        _ => false,
    }
}
