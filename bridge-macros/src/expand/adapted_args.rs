//! The arguments that a twin takes in place of async ones, and the async ones made of them again.

use crate::expand::io_args::{lend, lent, rewrite_io};
use crate::expand::private_path::at;
use crate::model::adapted_args::{AdaptedArg, ArgAdapter};
use crate::model::method::Method;
use crate::syntax::output::as_stream;
use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::{FnArg, Ident, Signature, Type, parse_quote_spanned};

// Input:
//     rows: impl Stream<Item = Row> + Send
//     rows: BoxStream<'_, Row>
//
// Output:
//     rows: impl IntoIterator<Item = Row, IntoIter: Send + 'static>
//     rows: Box<dyn Iterator<Item = Row> + Send>
//
// The second can be a method of a `dyn` twin, as the original can of a `dyn` trait. Both are `'static`, as the items are:
// where they are not, that is said at the option.
pub(crate) fn rewrite_argument(arg: &AdaptedArg, sig: &mut Signature, private: &TokenStream) {
    let Some(FnArg::Typed(argument)) = sig.inputs.iter_mut().nth(arg.index) else { return };
    let span = span(arg);
    let private = at(private, span);
    if let Some(io) = arg.io() {
        let blocking = if let ArgAdapter::Read(_) = arg.adapter { "Read" } else { "Write" };
        rewrite_io(io, &Ident::new(blocking, span), &mut argument.ty, &mut sig.generics, &private, span);
        return;
    }
    // Without an item there is a fault already.
    let Some(item) = as_stream(&argument.ty).and_then(|stream| stream.item) else { return };
    *argument.ty = match &arg.ty {
        Type::ImplTrait(_) => parse_quote_spanned! {span=>
            impl #private::IntoIterator<Item = #item, IntoIter: #private::Send + 'static>
        },
        _ => parse_quote_spanned!(span=> #private::Box<dyn #private::Iterator<Item = #item> + #private::Send>),
    };
}

/// Makes what the method takes again.
pub(crate) fn adapt_argument(arg: &AdaptedArg, method: &Method, private: &TokenStream) -> TokenStream {
    let span = span(arg);
    let private = at(private, span);
    let name = &method.args[arg.index - usize::from(method.receiver.is_some())];
    let adapt = match (&arg.adapter, &arg.ty) {
        (ArgAdapter::Iter, Type::ImplTrait(_)) => "pull",
        (ArgAdapter::Iter, _) => "pull_boxed",
        (ArgAdapter::Read(_), _) => "lend_reader",
        (ArgAdapter::Write(_), _) => "lend_writer",
    };
    let adapt = Ident::new(adapt, span);
    if let Some(io) = arg.io() {
        lend(io, arg.index, name, &adapt, &private, span)
    } else {
        quote_spanned!(span=> let #name = #private::#adapt(__call, #name);)
    }
}

// Output, if the first and the third input are writers:
//
//     let __writers = [&__lent0 as &dyn LentWrites, &__lent2];
//
/// The writers of a call, which does not end before they have what has been written.
pub(crate) fn writers(method: &Method, private: &TokenStream) -> Option<TokenStream> {
    let lent: Vec<_> = method
        .adapted_args
        .iter()
        .filter(|arg| matches!(arg.adapter, ArgAdapter::Write(_)))
        .map(|arg| lent(arg.index, span(arg)))
        .collect();
    let span = method.span();
    (!lent.is_empty()).then(|| quote_spanned!(span=> let __writers = [#(&#lent as &dyn #private::LentWrites),*];))
}

// Output, if the first and the third input are readers or writers:
//
//     let (__answer, __lent0, __lent2) = { <arguments> (<call>, __lent0, __lent2) };
//     end_loan(end_loan(__answer, __lent2), __lent0)
//
/// Makes the call, which `arguments` come before, and then drops the readers and writers. The async ones are dropped before.
pub(crate) fn lending_call(
    method: &Method,
    arguments: &TokenStream,
    call: &TokenStream,
    private: &TokenStream,
) -> TokenStream {
    let span = method.span();
    let lent: Vec<_> = lent_args(method).map(|arg| lent(arg.index, self::span(arg))).collect();
    if lent.is_empty() {
        return quote_spanned!(span=> #arguments #call);
    }
    let ended = lent.iter().rev().fold(
        quote_spanned!(span=> __answer),
        |answer, lent| quote_spanned!(span=> #private::end_loan(#answer, #lent)),
    );
    quote_spanned! {span=>
        let (__answer, #(#lent),*) = { #arguments (#call, #(#lent),*) };
        #ended
    }
}

/// Drops the readers and writers of a call that is not made.
pub(crate) fn drop_unlent(method: &Method, private: &TokenStream) -> TokenStream {
    let first = usize::from(method.receiver.is_some());
    let names = lent_args(method).map(|arg| &method.args[arg.index - first]);
    quote_spanned!(method.span()=> #(#private::drop_unlent(#names);)*)
}

fn lent_args(method: &Method) -> impl Iterator<Item = &AdaptedArg> {
    method.adapted_args.iter().filter(|arg| arg.io().is_some())
}

fn span(arg: &AdaptedArg) -> Span {
    arg.option.span().resolved_at(Span::mixed_site())
}
