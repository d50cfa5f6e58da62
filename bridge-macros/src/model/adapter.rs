//! What a twin returns in place of what only async code can use: an iterator for a stream, a collection of its items, a
//! task that can be waited for, a reader and a writer.

use crate::expand::capture::{Surroundings, capture, named};
use crate::model::shape::{Shape, is_result};
use crate::options::block_options::ErrorRule;
use crate::options::item_options::ItemOptions;
use crate::syntax::output::{
    Bounds, as_stream, as_trait, has_send_bound, is_join_handle, is_nameable, is_visibly_plain, named_bound,
    opaque_bounds, output_span,
};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Ident, Lifetime, Path, ReturnType, Signature, Type, parse_quote, parse_quote_spanned};

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
    /// An `AsyncRead` becomes a `BlockingIo` to read.
    Read,
    /// An `AsyncWrite` becomes a `BlockingIo` to write.
    Write,
    /// What is both becomes a `BlockingIo` for both.
    ReadWrite,
}

impl Adapter {
    /// What it adapts.
    pub(crate) fn what(&self) -> &'static str {
        match self {
            Self::Iter | Self::Collect(_) => "a stream",
            Self::Task => "a task handle",
            Self::Read => "an async reader",
            Self::Write => "an async writer",
            Self::ReadWrite => "an async reader and writer",
        }
    }

    /// Whether `part` says that it is something else. What an alias stands for, the types tell.
    pub(crate) fn is_visibly_not_of(&self, part: &Type) -> bool {
        let has = |name| io_bounds(part).is_some_and(|bounds| io_trait(bounds, name).is_some());
        match (part, self) {
            (Type::ImplTrait(_), Self::Iter | Self::Collect(_)) => as_stream(part).is_none(),
            (Type::ImplTrait(_), Self::Task) => true,
            (Type::ImplTrait(_), Self::Read) => !has(&Self::Read),
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
            let shape = Shape::find(output, &is_plain_stream)?;
            return Some(Self { adapter: Adapter::Iter, shape, option: None });
        };
        let found = match adapter {
            Adapter::Iter | Adapter::Collect(_) => Shape::find(output, &|ty| as_stream(ty).is_some()),
            Adapter::Task => Shape::find(output, &is_join_handle),
            Adapter::Read | Adapter::Write | Adapter::ReadWrite => Shape::find(output, &|ty| io_bounds(ty).is_some()),
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

    /// Makes `sig` return what the twin does, before a failure of the bridge finds its place.
    pub(crate) fn rewrite(&self, sig: &mut Signature, around: &Surroundings, rule: &ErrorRule, private: &TokenStream) {
        let ReturnType::Type(_, output) = sig.output.clone() else { return };
        let mut unnamed = self.shape.parts(&output);
        unnamed.retain(|ty| !is_nameable(ty) && named(ty).is_none());
        let captured = if unnamed.is_empty() || matches!(self.adapter, Adapter::Collect(_)) {
            Lifetime::new("'static", Span::mixed_site())
        } else {
            capture(sig, &unnamed, around)
        };
        if let ReturnType::Type(_, output) = &mut sig.output {
            **output = self.output(output, &captured, rule, private);
        }
    }

    fn output(&self, output: &Type, captured: &Lifetime, rule: &ErrorRule, private: &TokenStream) -> Type {
        if let Adapter::Collect(collection) = &self.adapter {
            return match self.collected(output) {
                Collected::All | Collected::Result => (**collection).clone(),
                Collected::Ok => self.shape.with_parts(output, &|_| (**collection).clone()),
            };
        }
        self.shape.with_parts(output, &|written| {
            if self.adapter.is_visibly_not_of(written) {
                // There is a fault already.
                return written.clone();
            }
            let lifetime = named(written).unwrap_or_else(|| captured.clone());
            let span = output_span(written).unwrap_or_else(Span::mixed_site);
            let private = &at(private, span);
            let part = match written {
                Type::ImplTrait(_) => unnamed_part(written, &lifetime, &self.adapter, private),
                named => named.to_token_stream(),
            };
            match (&self.adapter, rule) {
                (Adapter::Iter, ErrorRule::Wrap) => parse_quote!(#private::BlockingIter<#part>),
                (Adapter::Iter, ErrorRule::Convert) => {
                    parse_quote!(#private::FlattenResults<#private::BlockingIter<#part>>)
                }
                (Adapter::Iter, ErrorRule::Panic) => {
                    parse_quote!(#private::PanicOnError<#private::BlockingIter<#part>>)
                }
                (Adapter::Iter, ErrorRule::Map(_)) => parse_quote!(#private::MappedIter<#part>),
                (Adapter::Task, _) if is_join_handle(written) => bridged_task(written, private),
                (Adapter::Task, _) => {
                    let span = self.span(span);
                    let private = at(private, span);
                    parse_quote_spanned!(span=> <#part as #private::IntoBridgedTask>::Task)
                }
                (Adapter::Read | Adapter::Write | Adapter::ReadWrite, _) => parse_quote!(#private::BlockingIo<#part>),
                (Adapter::Collect(_), _) => Type::Verbatim(part),
            }
        })
    }

    /// The output of the twin, where a body has to name it: the adapters are inferred.
    pub(crate) fn output_in_body(&self, output: &Type) -> Type {
        match &self.adapter {
            Adapter::Collect(collection) => match self.collected(output) {
                Collected::All | Collected::Result => (**collection).clone(),
                Collected::Ok => self.shape.with_parts(output, &|_| (**collection).clone()),
            },
            _ => self.shape.with_parts(output, &|_| parse_quote!(_)),
        }
    }

    /// Where what is wrong with a part is reported: once, as the compiler takes the same words at the same place for one
    /// error.
    pub(crate) fn span(&self, otherwise: Span) -> Span {
        self.option.as_ref().map_or(otherwise, |option| option.span().resolved_at(Span::mixed_site()))
    }

    /// The future that drains the stream of `future`, if that is asked for.
    pub(crate) fn collect(&self, future: &TokenStream, output: &Type, private: &TokenStream) -> Option<TokenStream> {
        let Adapter::Collect(collection) = &self.adapter else { return None };
        let span = self.span(Span::mixed_site());
        let private = &at(private, span);
        let is_last = quote_spanned! {span=>
            {
                use #private::TakesAll as _;
                #private::Collects::<#collection>::is_last
            }
        };
        let collect = match self.collected(output) {
            Collected::All => quote_spanned!(span=> collect::<#collection, _, _>),
            Collected::Ok => quote_spanned!(span=> collect_ok::<#collection, _, _, _>),
            Collected::Result => quote_spanned!(span=> collect_result),
        };
        Some(quote_spanned!(span=> #private::#collect(#future, #is_last)))
    }

    /// The closure that makes the adapters of the output of a call: unless the call itself makes them.
    pub(crate) fn convert(
        &self,
        output: &Type,
        rule: &ErrorRule,
        span: Span,
        private: &TokenStream,
    ) -> Option<TokenStream> {
        if matches!(self.adapter, Adapter::Collect(_)) {
            return None;
        }
        let span = self.span(span);
        let private = &at(private, span);
        let value = quote_spanned!(span=> __output);
        let converted = self.shape.convert(output, &value, span, private, &|ty, part| {
            let adapted = self.adapt(ty, part, span, private);
            if self.reports_failure() { adapted } else { self.finish_part(&adapted, rule, span, private) }
        });
        Some(quote_spanned!(span=> |#value| #converted))
    }

    fn adapt(&self, ty: &Type, part: &TokenStream, span: Span, private: &TokenStream) -> TokenStream {
        let is_unnamed = matches!(ty, Type::ImplTrait(_));
        if let Adapter::Task = self.adapter {
            // In these words the signature asks for it, too.
            return quote_spanned!(span=> <_ as #private::IntoBridgedTask>::into_bridged_task(#part, __call));
        }
        let name = match self.adapter {
            Adapter::Iter if is_unnamed => "iter_boxed",
            Adapter::Iter | Adapter::Collect(_) | Adapter::Task => "iter",
            Adapter::Read => "read",
            Adapter::Write => "write",
            Adapter::ReadWrite => "read_write",
        };
        let name = Ident::new(name, span);
        if is_unnamed && matches!(self.adapter, Adapter::Read | Adapter::Write | Adapter::ReadWrite) {
            let object = unnamed_part(ty, &Lifetime::new("'_", Span::mixed_site()), &self.adapter, private);
            return quote_spanned! {span=>
                {
                    let __boxed: #object = #private::Box::pin(#part);
                    #private::#name(__call, __boxed)
                }
            };
        }
        quote_spanned!(span=> #private::#name(__call, #part))
    }

    /// Lets an iterator do with a failure what the rule says.
    pub(crate) fn finish_part(
        &self,
        part: &TokenStream,
        rule: &ErrorRule,
        span: Span,
        private: &TokenStream,
    ) -> TokenStream {
        let private = &at(private, span);
        match (&self.adapter, rule) {
            (Adapter::Iter, ErrorRule::Convert) => quote_spanned!(span=> #private::flatten(#part)),
            (Adapter::Iter, ErrorRule::Panic) => quote_spanned!(span=> #private::BlockingIter::panic_on_error(#part)),
            (Adapter::Iter, ErrorRule::Map(map)) => quote_spanned!(span=> #private::flatten_with(#part, #map)),
            _ => part.clone(),
        }
    }

    fn collected(&self, output: &Type) -> Collected {
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
enum Collected {
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
fn io_bounds(ty: &Type) -> Option<&Bounds> {
    let bounds = opaque_bounds(ty)?;
    bounds.iter().any(|bound| named_bound(bound, &IO_TRAITS).is_some()).then_some(bounds)
}

const IO_TRAITS: [&str; 4] = ["AsyncRead", "AsyncBufRead", "AsyncWrite", "AsyncSeek"];

/// The name of the box in which a part without a name is put.
fn unnamed_part(ty: &Type, lifetime: &Lifetime, adapter: &Adapter, private: &TokenStream) -> TokenStream {
    if let Some(stream) = as_stream(ty) {
        // Without an item there is a fault already.
        let named = stream.item.map(|item| quote!(#private::BoxStream<#lifetime, #item>));
        return named.unwrap_or_else(|| ty.to_token_stream());
    }
    let object = match (adapter, io_bounds(ty).and_then(|bounds| io_trait(bounds, adapter))) {
        (Adapter::ReadWrite, _) => quote!(#private::AsyncIo),
        (Adapter::Read | Adapter::Write, Some(written)) => written.to_token_stream(),
        // Of what is none of this, the types tell.
        _ => return ty.to_token_stream(),
    };
    quote!(#private::Pin<#private::Box<dyn #object + #private::Send + #lifetime>>)
}

/// The one trait that an object can have, of those that are written: the one that says most of what is asked for.
fn io_trait<'a>(bounds: &'a Bounds, adapter: &Adapter) -> Option<&'a Path> {
    let names: &[&str] =
        if matches!(adapter, Adapter::Write) { &["AsyncWrite"] } else { &["AsyncBufRead", "AsyncRead"] };
    let mut found = names.iter().flat_map(|name| bounds.iter().filter(|bound| named_bound(bound, &[name]).is_some()));
    found.find_map(as_trait).map(|bound| &bound.path)
}

/// Whether an `impl Trait` part of the output promises to be `Send`.
pub(crate) fn promises_send(ty: &Type) -> bool {
    match ty {
        Type::ImplTrait(ty) => has_send_bound(&ty.bounds),
        _ => true,
    }
}

/// `BridgedTask<T>`, for `task::JoinHandle<T>`.
fn bridged_task(handle: &Type, private: &TokenStream) -> Type {
    let arguments = match handle {
        Type::Path(path) => path.path.segments.last().map(|last| &last.arguments),
        _ => None,
    };
    parse_quote!(#private::BridgedTask #arguments)
}

/// `private`, where an error in what it leads to is to be reported: a path begins where its first token is.
pub(crate) fn at(private: &TokenStream, span: Span) -> TokenStream {
    let tokens = private.clone().into_iter().map(|mut token| {
        token.set_span(token.span().located_at(span));
        token
    });
    tokens.collect()
}
