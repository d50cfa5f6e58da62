//! Arguments that are streams, for which a twin takes iterators: `#[bridge(iter)]` on an argument.

use crate::errors::Errors;
use crate::options::item_options::parse_argument;
use crate::syntax::output::as_stream;
use syn::{FnArg, Ident, Signature, Type, parse_quote_spanned};

/// An argument that is marked as a stream.
pub(crate) struct StreamArg {
    /// Its place among the inputs.
    pub(crate) index: usize,
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
}
