//! The traits that async code polls, and what stands for them in blocking code.

use syn::{GenericArgument, Ident, Path, PathArguments, Type};

/// A trait of an async type.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum PolledTrait {
    BufRead,
    Read,
    Seek,
    Write,
    Sink,
    Stream,
    /// `Future` and `IntoFuture`.
    Future,
}

impl PolledTrait {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "AsyncBufRead" => Self::BufRead,
            "AsyncRead" => Self::Read,
            "AsyncSeek" => Self::Seek,
            "AsyncWrite" => Self::Write,
            "Sink" => Self::Sink,
            "Stream" => Self::Stream,
            "Future" | "IntoFuture" => Self::Future,
            _ => return None,
        })
    }

    /// The trait that `path` names.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        Self::named(&path.segments.last()?.ident.to_string())
    }

    /// The name of the associated type that says what a value gives.
    pub(crate) fn item_name(self) -> Option<&'static str> {
        match self {
            Self::Stream => Some("Item"),
            Self::Future => Some("Output"),
            _ => None,
        }
    }

    /// What `path` says that a stream yields, a sink takes or a future returns.
    pub(crate) fn item_in(self, path: &Path) -> Option<Type> {
        let arguments = arguments(path)?;
        match (self, self.item_name()) {
            (Self::Sink, _) => arguments.iter().find_map(|argument| match argument {
                GenericArgument::Type(ty) => Some(ty.clone()),
                _ => None,
            }),
            (_, Some(name)) => associated(path, name),
            _ => None,
        }
    }
}

/// `T` in `Stream<Item = T>`.
pub(crate) fn associated(path: &Path, name: &str) -> Option<Type> {
    let named = |ident: &Ident| ident == name;
    arguments(path)?.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(of) if named(&of.ident) => Some(of.ty.clone()),
        _ => None,
    })
}

fn arguments(path: &Path) -> Option<Vec<GenericArgument>> {
    match &path.segments.last()?.arguments {
        PathArguments::AngleBracketed(arguments) => Some(arguments.args.iter().cloned().collect()),
        _ => Some(Vec::new()),
    }
}
