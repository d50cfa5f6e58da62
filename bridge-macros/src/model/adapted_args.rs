//! Arguments for which a twin takes what blocking code has: `#[bridge(iter)]`, `#[bridge(read)]` and `#[bridge(write)]`.

use crate::errors::Errors;
use crate::model::io_arg::{IoArg, io_arg};
use crate::options::argument_options::{ArgumentOption, parse_argument};
use crate::syntax::output::as_stream;
use syn::{FnArg, Ident, Signature, Type, parse_quote_spanned};

/// An argument that is marked.
pub(crate) struct AdaptedArg {
    /// Its place among the inputs.
    pub(crate) index: usize,
    /// The option.
    pub(crate) option: Ident,
    pub(crate) ty: Type,
    pub(crate) adapter: ArgAdapter,
}

/// What becomes of the twin's argument.
pub(crate) enum ArgAdapter {
    /// An iterator becomes a stream.
    Iter,
    /// A reader becomes an async one. Without a value the type does not say that it is one.
    Read(Option<IoArg>),
    Write(Option<IoArg>),
}

/// The marked arguments of a method.
pub(crate) fn adapted_args(sig: &Signature, errors: &mut Errors) -> Vec<AdaptedArg> {
    let mut found = Vec::new();
    for (index, input) in sig.inputs.iter().enumerate() {
        let attrs = match input {
            FnArg::Typed(argument) => &argument.attrs,
            FnArg::Receiver(receiver) => &receiver.attrs,
        };
        if let Some((option, what)) = parse_argument(attrs, errors) {
            let ty = match input {
                FnArg::Typed(argument) => (*argument.ty).clone(),
                FnArg::Receiver(receiver) => parse_quote_spanned!(receiver.self_token.span=> Self),
            };
            let adapter = match what {
                ArgumentOption::Iter => ArgAdapter::Iter,
                ArgumentOption::Read => ArgAdapter::Read(io_arg(&ty, &sig.generics, "AsyncRead")),
                ArgumentOption::Write => ArgAdapter::Write(io_arg(&ty, &sig.generics, "AsyncWrite")),
            };
            found.push(AdaptedArg { index, option, ty, adapter });
        }
    }
    found
}

impl AdaptedArg {
    /// Whether the type says that it is what the option is about, and may be used from another thread.
    pub(crate) fn fits(&self) -> bool {
        match &self.adapter {
            ArgAdapter::Iter => {
                as_stream(&self.ty).is_some_and(|stream| stream.item.is_some() && stream.name != "LocalBoxStream")
            }
            ArgAdapter::Read(io) | ArgAdapter::Write(io) => io.is_some(),
        }
    }

    /// How the method takes its reader or writer.
    pub(crate) fn io(&self) -> Option<&IoArg> {
        match &self.adapter {
            ArgAdapter::Read(io) | ArgAdapter::Write(io) => io.as_ref(),
            ArgAdapter::Iter => None,
        }
    }

    /// The type parameter of the method that stands for the reader or the writer.
    pub(crate) fn parameter(&self) -> Option<&Ident> {
        self.io()?.parameter()
    }
}
