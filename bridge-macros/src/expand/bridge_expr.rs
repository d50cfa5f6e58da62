//! `bridge = …`: which bridge serves a call.

use crate::model::method::{By, Method};
use crate::options::block_options::{BlockOptions, uses_self};
use crate::syntax::expression::without_parentheses;
use crate::syntax::tokens::mentions;
use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, FnArg, Token, Type, UnOp};

/// The expression for the `BridgeRef` that is the value of `bridge`. It borrows where the user names a place. It is a
/// block, so that what the user's expression holds, such as a lock, is let go before the call.
fn bridge_ref(bridge: Option<(&Expr, TokenStream)>, private: &TokenStream, span: Span) -> TokenStream {
    let Some((expr, tokens)) = bridge else {
        return quote_spanned!(span=> #private::BridgeRef::Global);
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

/// The bridge of a block, where its receiver is `this`.
pub(crate) fn bridge_ref_of_block(
    options: &BlockOptions,
    this: Token![self],
    private: &TokenStream,
    span: Span,
) -> TokenStream {
    let bridge = options.bridge.as_ref().map(|(_, expr)| without_parentheses(expr));
    bridge_ref(bridge.map(|expr| (expr, with_self(expr.to_token_stream(), this))), private, span)
}

// Output, for `bridge = self.bridge` in a method that takes `&mut self`:
//
//     { let __bridge: &RuntimeBridge = &self.bridge; BridgeRef::Borrowed(__bridge) }.into_owned()
//
/// The bridge of a call of `method`. The call takes `self` unless it shares it, and each argument that is not a shared
/// reference, and so cannot go on borrowing the bridge from there.
pub(crate) fn bridge_ref_for(method: &Method, options: &BlockOptions, private: &TokenStream) -> TokenStream {
    let span = method.span();
    let Some(expr) = method.bridge(options).map(without_parentheses) else {
        return bridge_ref(None, private, span);
    };
    if method.receiver.is_none() && uses_self(expr) {
        // Only a twin type's bridge is that of its value, where there is one.
        return bridge_ref(None, private, span);
    }
    let mut tokens = expr.to_token_stream();
    let takes_self = method.receiver.is_some_and(|by| by != By::Shared) && uses_self(expr);
    // What a block says is said of all its methods, which have different arguments.
    let sees_arguments = method.options.bridge.is_some();
    let takes_argument = sees_arguments && takes_mentioned_argument(method, &tokens);
    if let Some(this) = method.self_token {
        tokens = with_self(tokens, this);
    }
    if sees_arguments {
        tokens = with_arguments(tokens, method);
    }
    let bridge = bridge_ref(Some((expr, tokens)), private, span);
    if takes_self || takes_argument { quote_spanned!(span=> #bridge.into_owned()) } else { bridge }
}

/// Whether the call takes along an argument that is among `tokens`.
fn takes_mentioned_argument(method: &Method, tokens: &TokenStream) -> bool {
    let types = method.sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(argument) => Some(&*argument.ty),
        FnArg::Receiver(_) => None,
    });
    let mut taken = method.args.iter().zip(types).filter(|(_, ty)| !is_shared_reference(ty));
    taken.any(|(name, _)| mentions(tokens.clone(), &name.to_string()))
}

fn is_shared_reference(ty: &Type) -> bool {
    match ty {
        Type::Reference(ty) => ty.mutability.is_none(),
        Type::Group(ty) => is_shared_reference(&ty.elem),
        Type::Paren(ty) => is_shared_reference(&ty.elem),
        _ => false,
    }
}

/// Makes the name of each argument mean that argument. The arguments of a twin have names of ours.
pub(crate) fn with_arguments(tokens: TokenStream, method: &Method) -> TokenStream {
    let each = tokens.into_iter().map(|token| match token {
        TokenTree::Ident(ident) => TokenTree::Ident(argument(&ident, method).unwrap_or(ident)),
        TokenTree::Group(group) => {
            let mut with_arguments = Group::new(group.delimiter(), with_arguments(group.stream(), method));
            with_arguments.set_span(group.span());
            TokenTree::Group(with_arguments)
        }
        other => other,
    });
    each.collect()
}

fn argument(written: &Ident, method: &Method) -> Option<Ident> {
    let mut argument = method.args.iter().find(|argument| *argument == written)?.clone();
    argument.set_span(argument.span().located_at(written.span()));
    Some(argument)
}

/// Makes each `self` among `tokens` mean `this`, also where a macro wrote one and not the other.
pub(crate) fn with_self(tokens: TokenStream, this: Token![self]) -> TokenStream {
    replace_self(tokens, &|span| Ident::new("self", this.span.located_at(span)))
}

/// Makes each `self` among `tokens` mean the async value of a twin.
pub(crate) fn with_async_value(tokens: TokenStream) -> TokenStream {
    replace_self(tokens, &|span| Ident::new("__this", Span::mixed_site().located_at(span)))
}

fn replace_self(tokens: TokenStream, this: &dyn Fn(Span) -> Ident) -> TokenStream {
    let each = tokens.into_iter().map(|token| match token {
        TokenTree::Ident(ident) if ident == "self" => TokenTree::Ident(this(ident.span())),
        TokenTree::Group(group) => {
            let mut replaced = Group::new(group.delimiter(), replace_self(group.stream(), this));
            replaced.set_span(group.span());
            TokenTree::Group(replaced)
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
