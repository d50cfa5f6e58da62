//! The iterators that a twin takes in place of streams, and the streams made of them again.

use crate::expand::private_path::at;
use crate::model::stream_args::StreamArg;
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
pub(crate) fn rewrite_argument(arg: &StreamArg, sig: &mut Signature, private: &TokenStream) {
    let Some(FnArg::Typed(argument)) = sig.inputs.iter_mut().nth(arg.index) else { return };
    // Without an item there is a fault already.
    let Some(item) = as_stream(&argument.ty).and_then(|stream| stream.item) else { return };
    let span = span(arg);
    let private = at(private, span);
    *argument.ty = match &arg.ty {
        Type::ImplTrait(_) => parse_quote_spanned! {span=>
            impl #private::IntoIterator<Item = #item, IntoIter: #private::Send + 'static>
        },
        _ => parse_quote_spanned!(span=> #private::Box<dyn #private::Iterator<Item = #item> + #private::Send>),
    };
}

/// Makes the stream again, which the method takes. `names` are those of the arguments, without the receiver.
pub(crate) fn pull_stream(arg: &StreamArg, names: &[Ident], has_receiver: bool, private: &TokenStream) -> TokenStream {
    let span = span(arg);
    let private = at(private, span);
    let name = &names[arg.index - usize::from(has_receiver)];
    let is_unnamed = matches!(arg.ty, Type::ImplTrait(_));
    let pull = if is_unnamed { quote_spanned!(span=> pull) } else { quote_spanned!(span=> pull_boxed) };
    quote_spanned!(span=> let #name = #private::#pull(__call, #name);)
}

fn span(arg: &StreamArg) -> Span {
    arg.option.span().resolved_at(Span::mixed_site())
}
