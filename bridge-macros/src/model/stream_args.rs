//! Arguments that are streams, for which a twin takes iterators: `#[bridge(iter)]` on an argument.

use crate::errors::Errors;
use crate::expand::adapted_output::at;
use crate::options::item_options::parse_argument;
use crate::syntax::output::as_stream;
use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::{FnArg, Ident, Signature, Type, parse_quote_spanned};

/// An argument that is marked as a stream.
pub(crate) struct StreamArg {
    /// Its place among the inputs.
    index: usize,
    /// The option.
    pub(crate) option: Ident,
    pub(crate) ty: Type,
}

/// The marked arguments of a method.
pub(crate) fn stream_args(sig: &Signature, errors: &mut Errors) -> Vec<StreamArg> {
    let mut found = Vec::new();
    for (index, input) in sig.inputs.iter().enumerate() {
        match input {
            FnArg::Typed(argument) => {
                let option = parse_argument(&argument.attrs, errors);
                found.extend(option.map(|option| StreamArg { index, option, ty: (*argument.ty).clone() }));
            }
            FnArg::Receiver(receiver) => {
                let option = parse_argument(&receiver.attrs, errors);
                let this = &receiver.self_token;
                let ty = || parse_quote_spanned!(this.span=> Self);
                found.extend(option.map(|option| StreamArg { index, option, ty: ty() }));
            }
        }
    }
    found
}

impl StreamArg {
    /// Whether the type says that it is a stream that may be pulled from another thread.
    pub(crate) fn is_stream(&self) -> bool {
        as_stream(&self.ty).is_some_and(|stream| stream.item.is_some() && stream.name != "LocalBoxStream")
    }

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
    pub(crate) fn rewrite(&self, sig: &mut Signature, private: &TokenStream) {
        let Some(FnArg::Typed(argument)) = sig.inputs.iter_mut().nth(self.index) else { return };
        // Without an item there is a fault already.
        let Some(item) = as_stream(&argument.ty).and_then(|stream| stream.item) else { return };
        let span = self.span();
        let private = at(private, span);
        *argument.ty = match &self.ty {
            Type::ImplTrait(_) => parse_quote_spanned! {span=>
                impl #private::IntoIterator<Item = #item, IntoIter: #private::Send + 'static>
            },
            _ => parse_quote_spanned!(span=> #private::Box<dyn #private::Iterator<Item = #item> + #private::Send>),
        };
    }

    /// Makes the stream again, which the method takes. `names` are those of the arguments, without the receiver.
    pub(crate) fn pull(&self, names: &[Ident], has_receiver: bool, private: &TokenStream) -> TokenStream {
        let span = self.span();
        let private = at(private, span);
        let name = &names[self.index - usize::from(has_receiver)];
        let is_unnamed = matches!(self.ty, Type::ImplTrait(_));
        let pull = if is_unnamed { quote_spanned!(span=> pull) } else { quote_spanned!(span=> pull_boxed) };
        quote_spanned!(span=> let #name = #private::#pull(__call, #name);)
    }

    fn span(&self) -> Span {
        self.option.span().resolved_at(Span::mixed_site())
    }
}
