//! The readers and writers that a twin takes in place of async ones, and the async ones made of them again.

use crate::model::io_arg::{Held, IoArg, Object, is_parameter};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::{GenericParam, Generics, Ident, Type, WherePredicate, parse_quote_spanned};

// Input:
//     source: impl AsyncRead + Unpin + Send
//     source: &mut (dyn AsyncRead + Unpin + Send)
//     source: Pin<&mut R>
//
// Output:
//     source: impl Read + Send + 'static
//     source: Box<dyn Read + Send>
//     source: R
//
// The last has `R: Read + Send + 'static` among its generics. All are `'static`, because a call that has ended early does
// not wait for a read that blocks.
pub(crate) fn rewrite_io(
    arg: &IoArg,
    blocking: &Ident,
    ty: &mut Type,
    generics: &mut Generics,
    private: &TokenStream,
    span: Span,
) {
    *ty = match &arg.object {
        Object::Unnamed => parse_quote_spanned!(span=> impl #private::#blocking + #private::Send + 'static),
        Object::Dynamic => {
            parse_quote_spanned!(span=> #private::Box<dyn #private::#blocking + #private::Send>)
        }
        Object::Parameter(parameter) => {
            for param in &mut generics.params {
                if let GenericParam::Type(param) = param {
                    if param.ident == *parameter {
                        param.bounds = parse_quote_spanned!(span=> #private::#blocking + #private::Send + 'static);
                    }
                }
            }
            if let Some(clause) = &mut generics.where_clause {
                let kept = std::mem::take(&mut clause.predicates).into_iter().filter(|predicate| match predicate {
                    WherePredicate::Type(of) => !is_parameter(&of.bounded_ty, parameter),
                    _ => true,
                });
                clause.predicates = kept.collect();
            }
            parse_quote_spanned!(span=> #parameter)
        }
    };
}

// Output, for `source: &mut R`:
//     let (__lent0, mut __object0) = lend_reader(__call, source);
//     let source = &mut __object0;
//
// The first name is dropped last, and drops the reader on the thread that makes the call.
pub(crate) fn lend(
    arg: &IoArg,
    index: usize,
    name: &Ident,
    function: &Ident,
    private: &TokenStream,
    span: Span,
) -> TokenStream {
    let keeper = lent(index, span);
    let object = format_ident!("__object{index}", span = span);
    let lending = quote_spanned!(span=> #private::#function(__call, #name));
    match arg.held {
        Held::Value => quote_spanned!(span=> let (#keeper, #name) = #lending;),
        Held::Boxed => quote_spanned!(span=> let (#keeper, #name) = #lending; let #name = #private::Box::new(#name);),
        Held::PinnedBox => {
            quote_spanned!(span=> let (#keeper, #name) = #lending; let #name = #private::Box::pin(#name);)
        }
        Held::Mutable => quote_spanned!(span=> let (#keeper, mut #object) = #lending; let #name = &mut #object;),
        Held::PinnedMutable => {
            quote_spanned! {span=>
                let (#keeper, mut #object) = #lending;
                let #name = #private::Pin::new(&mut #object);
            }
        }
    }
}

/// The name of what keeps the reader or the writer of this input.
pub(crate) fn lent(index: usize, span: Span) -> Ident {
    format_ident!("__lent{index}", span = span)
}
