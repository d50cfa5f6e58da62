//! For which parts of an output a twin has an adapter: an iterator in place of a stream, a collection of its items, a task
//! that can be waited for, a reader and a writer, an owner that drops its value inside the bridge.

use crate::model::shape::{Shape, is_result};
use crate::options::item_options::ItemOptions;
use crate::options::twin_types::{Signatures, TwinTypes};
use crate::syntax::output::{
    Bounds, IO_TRAITS, as_stream, as_trait, is_join_handle, is_visibly_plain, named_bound, opaque_bounds, output_span,
};
use proc_macro2::{Span, TokenStream};
use syn::{Ident, Path, Type, parse_quote, parse_quote_spanned};

/// The parts of an output for which the twin has an adapter, and which one.
pub(crate) struct AdaptedOutput {
    pub(crate) adapter: Adapter,
    pub(crate) shape: Shape,
    /// The option that asks for it, unless the type does.
    pub(crate) option: Option<Ident>,
    /// Which of the parts are twins, if the block has twin types.
    pub(crate) twins: Option<TwinTypes>,
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
    /// A value of an async type becomes its twin.
    Twin,
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
            Self::Twin => "a value that has a twin type",
        }
    }

    /// Whether `part` says that it is something else. What an alias stands for, the types tell.
    pub(crate) fn is_visibly_not_of(&self, part: &Type) -> bool {
        let has = |name| io_bounds(part).is_some_and(|bounds| io_trait(bounds, name).is_some());
        match (part, self) {
            (Type::ImplTrait(_), Self::Iter | Self::Collect(_)) => as_stream(part).is_none(),
            (Type::ImplTrait(_), Self::Task | Self::Keep | Self::Twin) => true,
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
    pub(crate) fn of(options: &ItemOptions, output: &Type, twins: Option<&TwinTypes>) -> Option<Self> {
        if options.skip.is_some() || (options.passthrough.is_some() && twins.is_none()) {
            return None;
        }
        let is_twin = |ty: &Type| twins.is_some_and(|twins| twins.twin_of(ty).is_some() || twins.is_mutable_self(ty));
        let twins = twins.cloned();
        let Some((option, adapter)) = requested_adapter(options) else {
            if options.as_is.is_some() {
                return None;
            }
            let shape = Shape::find(output, &|ty| is_plain_stream(ty) || is_twin(ty))?;
            let has_stream = shape.parts(output).into_iter().any(is_plain_stream);
            let adapter = if has_stream { Adapter::Iter } else { Adapter::Twin };
            return Some(Self { adapter, shape, option: None, twins });
        };
        let is_part = |ty: &Type| match adapter {
            Adapter::Iter | Adapter::Collect(_) => as_stream(ty).is_some(),
            Adapter::Task => is_join_handle(ty),
            Adapter::Read => io_bounds(ty).is_some() || as_stream(ty).is_some(),
            Adapter::Write | Adapter::ReadWrite => io_bounds(ty).is_some(),
            Adapter::Keep | Adapter::Twin => false,
        };
        let found = Shape::find(output, &is_part).and_then(|_| Shape::find(output, &|ty| is_part(ty) || is_twin(ty)));
        let shape = found.unwrap_or_else(|| Shape::value_of(output));
        Some(Self { adapter, shape, option: Some(option), twins })
    }

    /// Whether the adapter is all of the output and reports a failure itself, so that it needs no place for one.
    pub(crate) fn reports_failure(&self) -> bool {
        matches!((&self.adapter, &self.shape), (Adapter::Iter | Adapter::Task, Shape::Part))
    }

    /// Whether the parts of `output` may be what the adapter adapts.
    pub(crate) fn may_adapt(&self, output: &Type) -> bool {
        !self.shape.parts(output).into_iter().any(|part| self.is_visibly_not_of(part))
    }

    /// Whether `part` says that it is something else than what the adapter adapts.
    pub(crate) fn is_visibly_not_of(&self, part: &Type) -> bool {
        !self.is_twin(part) && self.adapter.is_visibly_not_of(part)
    }

    /// The twin of `part`, if that has one.
    pub(crate) fn twin_of(&self, part: &Type) -> Option<Type> {
        self.twins.as_ref()?.twin_of(part)
    }

    /// Whether `ty` is a `Result` in a signature that may have another error than the async method.
    pub(crate) fn converts_errors(&self, ty: &Type) -> bool {
        self.twins.as_ref().is_some_and(TwinTypes::is_of_twins) && is_result(ty)
    }

    /// Whether `part` is `&mut Self`, with which the caller goes on.
    pub(crate) fn is_mutable_self(&self, part: &Type) -> bool {
        self.twins.as_ref().is_some_and(|twins| twins.is_mutable_self(part))
    }

    /// Whether the method returns `&mut Self`, alone or in a `Result`.
    pub(crate) fn returns_mutable_self(&self, output: &Type) -> bool {
        self.shape.parts(output).into_iter().any(|part| self.is_mutable_self(part))
    }

    /// `ty`, such as the items of a stream, with twins where it has values that have one. The way to them, if there are any.
    pub(crate) fn with_twins(&self, ty: &Type) -> (Type, Option<Shape>) {
        let shape = Shape::find(ty, &|ty| self.twin_of(ty).is_some());
        let mapped = shape
            .as_ref()
            .map(|shape| shape.with_parts(ty, &|part| self.twin_of(part).unwrap_or_else(|| part.clone())));
        (mapped.unwrap_or_else(|| ty.clone()), shape)
    }

    /// The types in `output` whose values stay as they are.
    pub(crate) fn unmapped(&self, output: &Type) -> Vec<Type> {
        let mut unmapped = vec![self.without_parts(output)];
        for part in self.shape.parts(output) {
            let item = as_stream(part).and_then(|stream| stream.item);
            match item {
                _ if self.is_twin(part) => {}
                Some(item) => {
                    let shape = self.with_twins(&item).1;
                    unmapped.push(
                        shape.map_or_else(|| item.clone(), |shape| shape.with_parts(&item, &|_| parse_quote!(()))),
                    );
                }
                None => unmapped.push(part.clone()),
            }
        }
        if let Adapter::Collect(collection) = &self.adapter {
            unmapped.push(self.collection_in_body(collection));
        }
        unmapped
    }

    fn is_twin(&self, part: &Type) -> bool {
        self.twin_of(part).is_some() || self.is_mutable_self(part)
    }

    /// The output, with nothing left of the parts that are adapted.
    pub(crate) fn without_parts(&self, output: &Type) -> Type {
        self.shape.with_parts(output, &|_| parse_quote!(()))
    }

    /// The output of the twin, where a body has to name it: the adapters are inferred.
    pub(crate) fn output_in_body(&self, output: &Type) -> Type {
        match &self.adapter {
            Adapter::Collect(collection) => match self.collected(output) {
                Collected::All | Collected::Result => self.collection_in_body(collection),
                Collected::Ok => self.shape.with_parts(output, &|_| self.collection_in_body(collection)),
            },
            Adapter::Twin if matches!(self.shape, Shape::Part) => {
                self.twin_of(output).unwrap_or_else(|| parse_quote!(()))
            }
            // If the whole output cannot carry a failure, that is reported at the part.
            _ => self.shape.with_parts(output, &|part| {
                let span = output_span(part).unwrap_or_else(Span::mixed_site);
                parse_quote_spanned!(span=> _)
            }),
        }
    }

    /// `collection`, where a body has to name it: before and after its values have become twins.
    pub(crate) fn collection_in_body(&self, collection: &Type) -> Type {
        let shape = self.with_twins(collection).1;
        shape.map_or_else(|| collection.clone(), |shape| shape.with_parts(collection, &|_| parse_quote!(_)))
    }

    /// The output of a call that drains a stream.
    pub(crate) fn collected_output(&self, output: &Type, private: &TokenStream) -> Type {
        let Adapter::Collect(collection) = &self.adapter else { return output.clone() };
        let collection = self.collection_of_originals(collection, private);
        match self.collected(output) {
            Collected::All | Collected::Result => collection,
            Collected::Ok => self.shape.with_parts(output, &|_| collection.clone()),
        }
    }

    /// `collection` as the stream is drained into it. `private` leads to the types of values whose twins are written.
    pub(crate) fn collection_of_originals(&self, collection: &Type, private: &TokenStream) -> Type {
        let (Some(shape), Some(twins)) = (self.with_twins(collection).1, &self.twins) else {
            return collection.clone();
        };
        match twins.signatures {
            Signatures::OfOriginals => collection.clone(),
            Signatures::OfTwins => {
                shape.with_parts(collection, &|twin| parse_quote!(<#twin as #private::TwinType>::Async))
            }
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
