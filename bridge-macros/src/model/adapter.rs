//! For which parts of an output a twin has an adapter: an iterator in place of a stream, a collection of its items, a task
//! that can be waited for, a reader and a writer, an owner that drops its value inside the bridge.

use crate::model::shape::{Shape, is_result};
use crate::options::item_options::ItemOptions;
use crate::syntax::output::{
    Bounds, IO_TRAITS, as_stream, as_trait, is_join_handle, is_visibly_plain, named_bound, opaque_bounds, output_span,
};
use proc_macro2::Span;
use syn::{Ident, Path, Type, parse_quote, parse_quote_spanned};

/// The parts of an output for which the twin has an adapter, and which one.
pub(crate) struct AdaptedOutput {
    pub(crate) adapter: Adapter,
    pub(crate) shape: Shape,
    /// The option that asks for it, unless the type does.
    pub(crate) option: Option<Ident>,
}

pub(crate) enum Adapter {
    /// A stream becomes a `BlockingIter`.
    Iter,
    /// A stream is drained into this type.
    Collect(Box<Type>),
    /// A `JoinHandle` becomes a `BridgedTask`.
    Task,
    /// An `AsyncRead`, or a stream of bytes, becomes a `BlockingIo` to read.
    Read,
    /// An `AsyncWrite` becomes a `BlockingIo` to write.
    Write,
    /// What is both becomes a `BlockingIo` for both.
    ReadWrite,
    /// A value becomes a `Kept`, which drops it inside the bridge.
    Keep,
}

impl Adapter {
    /// What it adapts.
    pub(crate) fn what(&self) -> &'static str {
        match self {
            Self::Iter | Self::Collect(_) => "a stream",
            Self::Task => "a task handle",
            Self::Read => "an async reader or a stream of bytes",
            Self::Write => "an async writer",
            Self::ReadWrite => "an async reader and writer",
            Self::Keep => "a value of a named type whose destructor may need the runtime",
        }
    }

    /// Whether `part` says that it is something else. What an alias stands for, the types tell.
    pub(crate) fn is_visibly_not_of(&self, part: &Type) -> bool {
        let has = |name| io_bounds(part).is_some_and(|bounds| io_trait(bounds, name).is_some());
        match (part, self) {
            (Type::ImplTrait(_), Self::Iter | Self::Collect(_)) => as_stream(part).is_none(),
            (Type::ImplTrait(_), Self::Task | Self::Keep) => true,
            // The values in it are dropped with it.
            (Type::Tuple(ty), Self::Keep) => ty.elems.is_empty(),
            (Type::ImplTrait(_), Self::Read) => !has(&Self::Read) && as_stream(part).is_none(),
            (Type::ImplTrait(_), Self::Write) => !has(&Self::Write),
            (Type::ImplTrait(_), Self::ReadWrite) => !(has(&Self::Read) && has(&Self::Write)),
            _ => is_visibly_plain(part),
        }
    }
}

impl AdaptedOutput {
    /// What `options` ask for of an output, or the output itself does.
    pub(crate) fn of(options: &ItemOptions, output: &Type) -> Option<Self> {
        if options.skip.is_some() || options.passthrough.is_some() {
            return None;
        }
        let Some((option, adapter)) = requested_adapter(options) else {
            if options.as_is.is_some() {
                return None;
            }
            let shape = Shape::find(output, &is_plain_stream)?;
            return Some(Self { adapter: Adapter::Iter, shape, option: None });
        };
        let found = match adapter {
            Adapter::Iter | Adapter::Collect(_) => Shape::find(output, &|ty| as_stream(ty).is_some()),
            Adapter::Task => Shape::find(output, &is_join_handle),
            Adapter::Read => Shape::find(output, &|ty| io_bounds(ty).is_some() || as_stream(ty).is_some()),
            Adapter::Write | Adapter::ReadWrite => Shape::find(output, &|ty| io_bounds(ty).is_some()),
            Adapter::Keep => None,
        };
        let shape = found.unwrap_or_else(|| Shape::value_of(output));
        Some(Self { adapter, shape, option: Some(option) })
    }

    /// Whether the adapter is all of the output and reports a failure itself, so that it needs no place for one.
    pub(crate) fn reports_failure(&self) -> bool {
        matches!((&self.adapter, &self.shape), (Adapter::Iter | Adapter::Task, Shape::Part))
    }

    /// Whether the parts of `output` may be what the adapter adapts.
    pub(crate) fn may_adapt(&self, output: &Type) -> bool {
        !self.shape.parts(output).into_iter().any(|part| self.adapter.is_visibly_not_of(part))
    }

    /// The output, with nothing left of the parts that are adapted.
    pub(crate) fn without_parts(&self, output: &Type) -> Type {
        self.shape.with_parts(output, &|_| parse_quote!(()))
    }

    /// The output of the twin, where a body has to name it: the adapters are inferred.
    pub(crate) fn output_in_body(&self, output: &Type) -> Type {
        match &self.adapter {
            Adapter::Collect(collection) => match self.collected(output) {
                Collected::All | Collected::Result => (**collection).clone(),
                Collected::Ok => self.shape.with_parts(output, &|_| (**collection).clone()),
            },
            // If the whole output cannot carry a failure, that is reported at the part.
            _ => self.shape.with_parts(output, &|part| {
                let span = output_span(part).unwrap_or_else(Span::mixed_site);
                parse_quote_spanned!(span=> _)
            }),
        }
    }

    /// Where what is wrong with a part is reported: once, as the compiler takes the same words at the same place for one
    /// error.
    pub(crate) fn span(&self, otherwise: Span) -> Span {
        self.option.as_ref().map_or(otherwise, |option| option.span().resolved_at(Span::mixed_site()))
    }

    pub(crate) fn collected(&self, output: &Type) -> Collected {
        match (&self.shape, &self.adapter) {
            (Shape::Part, _) => Collected::All,
            (_, Adapter::Collect(collection)) if is_result(collection) && is_result(output) => Collected::Result,
            _ => Collected::Ok,
        }
    }

    /// Whether `collect` understands the shape: the stream alone, or in a `Result`.
    pub(crate) fn is_collectable(&self, output: &Type) -> bool {
        match &self.shape {
            Shape::Part => true,
            Shape::Inner(inner) => matches!(**inner, Shape::Part) && is_result(output),
            _ => false,
        }
    }
}

/// Where the collection of the items stands in the output of a twin.
pub(crate) enum Collected {
    All,
    /// In the output's `Result`.
    Ok,
    /// It is a `Result` in a `Result`, made one.
    Result,
}

fn requested_adapter(options: &ItemOptions) -> Option<(Ident, Adapter)> {
    let (option, adapter) = match options {
        ItemOptions { collect: Some((option, ty)), .. } => (option, Adapter::Collect(Box::new(ty.clone()))),
        ItemOptions { iter: Some(option), .. } => (option, Adapter::Iter),
        ItemOptions { task: Some(option), .. } => (option, Adapter::Task),
        ItemOptions { read: Some(option), write: Some(_), .. } => (option, Adapter::ReadWrite),
        ItemOptions { read: Some(option), .. } => (option, Adapter::Read),
        ItemOptions { write: Some(option), .. } => (option, Adapter::Write),
        ItemOptions { keep: Some(option), .. } => (option, Adapter::Keep),
        _ => return None,
    };
    Some((option.clone(), adapter))
}

/// Whether `ty` says that it is a stream, and of what. One that is not `Send` is none that an iterator could poll; of an
/// `impl Stream` the compiler finds that out.
fn is_plain_stream(ty: &Type) -> bool {
    as_stream(ty).is_some_and(|stream| stream.item.is_some() && (stream.is_send || matches!(ty, Type::ImplTrait(_))))
}

/// The bounds of what says that it is tokio's IO.
pub(crate) fn io_bounds(ty: &Type) -> Option<&Bounds> {
    let bounds = opaque_bounds(ty)?;
    bounds.iter().any(|bound| named_bound(bound, &IO_TRAITS).is_some()).then_some(bounds)
}

/// The one trait that an object can have, of those that are written: the one that says most of what is asked for.
pub(crate) fn io_trait<'a>(bounds: &'a Bounds, adapter: &Adapter) -> Option<&'a Path> {
    let names: &[&str] =
        if matches!(adapter, Adapter::Write) { &["AsyncWrite"] } else { &["AsyncBufRead", "AsyncRead"] };
    let mut found = names.iter().flat_map(|name| bounds.iter().filter(|bound| named_bound(bound, &[name]).is_some()));
    found.find_map(as_trait).map(|bound| &bound.path)
}

/// Whether `part` is a stream to the adapter: one to iterate over, or one whose bytes are read.
pub(crate) fn adapts_stream(adapter: &Adapter, part: &Type) -> bool {
    matches!(adapter, Adapter::Iter | Adapter::Collect(_) | Adapter::Read) && as_stream(part).is_some()
}

/// Whether an `impl Trait` part of the output may promise to be `Send`: a trait of the user's may have `Send` above it.
pub(crate) fn may_promise_send(ty: &Type) -> bool {
    const PROMISE_NOTHING: [&str; 10] = [
        "AsyncBufRead",
        "AsyncRead",
        "AsyncSeek",
        "AsyncWrite",
        "Debug",
        "FusedStream",
        "Sized",
        "Stream",
        "Sync",
        "Unpin",
    ];
    let Type::ImplTrait(ty) = ty else { return true };
    ty.bounds.iter().any(|bound| as_trait(bound).is_some() && named_bound(bound, &PROMISE_NOTHING).is_none())
}
