//! What a twin returns in place of what only async code can use, as tokens: its type in the signature, and what makes it
//! in the body.

use crate::expand::capture::{Surroundings, capture, named};
use crate::expand::private_path::at;
use crate::model::adapter::{AdaptedOutput, Adapter, Collected, adapts_stream, io_bounds, io_trait};
use crate::model::shape::{Shape, first_argument};
use crate::options::block_options::ErrorRule;
use crate::syntax::output::{as_stream, is_join_handle, is_nameable, output_span};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{
    GenericArgument, Ident, Lifetime, PathArguments, ReturnType, Signature, Type, TypeParamBound, parse_quote,
    parse_quote_spanned,
};

/// Makes `sig` return what the twin does, before a failure of the bridge finds its place.
pub(crate) fn rewrite_output(
    adapted: &AdaptedOutput,
    sig: &mut Signature,
    around: &Surroundings,
    rule: &ErrorRule,
    private: &TokenStream,
) {
    let ReturnType::Type(_, output) = sig.output.clone() else { return };
    let mut unnamed = adapted.shape.parts(&output);
    unnamed.retain(|ty| !is_nameable(ty) && named(ty).is_none());
    let captured = if unnamed.is_empty() || matches!(adapted.adapter, Adapter::Collect(_)) {
        Lifetime::new("'static", Span::mixed_site())
    } else {
        capture(sig, &unnamed, around)
    };
    if let ReturnType::Type(_, output) = &mut sig.output {
        **output = output_of_twin(adapted, output, &captured, rule, private);
    }
}

fn output_of_twin(
    adapted: &AdaptedOutput,
    output: &Type,
    captured: &Lifetime,
    rule: &ErrorRule,
    private: &TokenStream,
) -> Type {
    if let Adapter::Collect(collection) = &adapted.adapter {
        let (collection, _) = adapted.with_twins(collection);
        return match adapted.collected(output) {
            Collected::All | Collected::Result => collection,
            Collected::Ok => adapted.shape.with_parts(output, &|_| collection.clone()),
        };
    }
    adapted.shape.with_parts(output, &|written| {
        if let Some(twin) = adapted.twin_of(written) {
            return twin;
        }
        if adapted.is_mutable_self(written) {
            return mutable_self(written);
        }
        if adapted.is_visibly_not_of(written) {
            // There is a fault already.
            return written.clone();
        }
        let lifetime = named(written).unwrap_or_else(|| captured.clone());
        let span = output_span(written).unwrap_or_else(Span::mixed_site);
        let private = &at(private, span);
        let part = match (mapped_stream(adapted, written), written) {
            (Some((item, _)), _) => {
                let lifetime = of_box(written).unwrap_or(lifetime);
                quote!(#private::BoxStream<#lifetime, #item>)
            }
            (None, Type::ImplTrait(_)) => unnamed_part(written, &lifetime, &adapted.adapter, private),
            (None, named) => named.to_token_stream(),
        };
        match (&adapted.adapter, rule) {
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
                let span = adapted.span(span);
                let private = at(private, span);
                parse_quote_spanned!(span=> <#part as #private::IntoBridgedTask>::Task)
            }
            (Adapter::Read, _) if adapts_stream(&adapted.adapter, written) => {
                parse_quote!(#private::BlockingIo<#private::ByteReader<#part>>)
            }
            (Adapter::Read | Adapter::Write | Adapter::ReadWrite, _) => parse_quote!(#private::BlockingIo<#part>),
            (Adapter::Keep, _) => parse_quote!(#private::Kept<#part>),
            (Adapter::Collect(_) | Adapter::Twin, _) => Type::Verbatim(part),
        }
    })
}

/// `&mut Self` of a twin, with the lifetime of `written`.
fn mutable_self(written: &Type) -> Type {
    match written {
        Type::Group(ty) => mutable_self(&ty.elem),
        Type::Paren(ty) => mutable_self(&ty.elem),
        Type::Reference(ty) => {
            let mut ty = ty.clone();
            *ty.elem = parse_quote!(Self);
            Type::Reference(ty)
        }
        ty => ty.clone(),
    }
}

/// The items of a stream in which there are values that have twins: as the twin has them, and the way to these values.
fn mapped_stream(adapted: &AdaptedOutput, part: &Type) -> Option<(Type, Option<Shape>)> {
    let stream = as_stream(part).filter(|_| matches!(adapted.adapter, Adapter::Iter))?;
    let (item, shape) = adapted.with_twins(&stream.item?);
    (shape.is_some() || adapted.converts_errors(&item)).then_some((item, shape))
}

/// The lifetime in `BoxStream<'a, T>`, and in `Pin<Box<dyn Stream<Item = T> + 'a>>`.
fn of_box(ty: &Type) -> Option<Lifetime> {
    match ty {
        Type::Group(ty) => of_box(&ty.elem),
        Type::Paren(ty) => of_box(&ty.elem),
        Type::TraitObject(ty) => ty.bounds.iter().find_map(|bound| match bound {
            TypeParamBound::Lifetime(lifetime) => Some(lifetime.clone()),
            _ => None,
        }),
        Type::Path(ty) => match &ty.path.segments.last()?.arguments {
            PathArguments::AngleBracketed(arguments) => match arguments.args.first()? {
                GenericArgument::Lifetime(lifetime) => Some(lifetime.clone()),
                GenericArgument::Type(inner) => of_box(inner),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

// Output, where the signature has an error of its own:
//
//     private::convert_error(value)
//
/// The `Result` that is `value`, with its error made into that of the signature.
pub(crate) fn convert_error(value: &TokenStream, span: Span, private: &TokenStream) -> TokenStream {
    quote_spanned!(span=> #private::convert_error(#value))
}

/// The future that drains the stream of `future`, if that is asked for.
pub(crate) fn collecting_future(
    adapted: &AdaptedOutput,
    future: &TokenStream,
    output: &Type,
    private: &TokenStream,
) -> Option<TokenStream> {
    let Adapter::Collect(collection) = &adapted.adapter else { return None };
    let span = adapted.span(Span::mixed_site());
    let private = &at(private, span);
    let collection = &adapted.collection_of_originals(collection, private);
    let is_last = quote_spanned! {span=>
        {
            use #private::TakesAll as _;
            #private::Collects::<#collection>::is_last
        }
    };
    let collect = match adapted.collected(output) {
        Collected::All => quote_spanned!(span=> collect::<#collection, _, _>),
        Collected::Ok => quote_spanned!(span=> collect_ok::<#collection, _, _, _>),
        Collected::Result => quote_spanned!(span=> collect_result),
    };
    Some(quote_spanned!(span=> #private::#collect(#future, #is_last)))
}

/// The closure that makes the adapters of the output of a call: unless the call itself makes them.
pub(crate) fn converting_closure(
    adapted: &AdaptedOutput,
    output: &Type,
    rule: &ErrorRule,
    span: Span,
    private: &TokenStream,
) -> Option<TokenStream> {
    let span = adapted.span(span);
    let private = &at(private, span);
    let value = quote_spanned!(span=> __output);
    if let Adapter::Collect(collection) = &adapted.adapter {
        let shape = adapted.with_twins(collection).1?;
        let twins = |value: &TokenStream| {
            convert_parts(&shape, collection, value, span, private, &|ty, part| match adapted.twin_of(ty) {
                Some(twin) => quote_spanned!(span=> #private::twin::<#twin, _>(__call, #part)),
                None => part.clone(),
            })
        };
        let converted = match adapted.collected(output) {
            Collected::All | Collected::Result => twins(&value),
            Collected::Ok => {
                let twins = twins(&quote_spanned!(span=> __collection));
                quote_spanned!(span=> #private::map_inner(#value, |__collection| #twins))
            }
        };
        return Some(quote_spanned!(span=> |#value| #converted));
    }
    let converted = converted_output(adapted, output, &value, rule, span, private);
    let converted = if adapted.converts_errors(output) { convert_error(&converted, span, private) } else { converted };
    Some(quote_spanned!(span=> |#value| #converted))
}

/// `value`, an output, with the adapters of its parts in their places.
pub(crate) fn converted_output(
    adapted: &AdaptedOutput,
    output: &Type,
    value: &TokenStream,
    rule: &ErrorRule,
    span: Span,
    private: &TokenStream,
) -> TokenStream {
    convert_parts(&adapted.shape, output, value, span, private, &|ty, part| {
        let is_twin = adapted.twin_of(ty).is_some() || adapted.is_mutable_self(ty);
        let part = adapter_of_part(adapted, ty, part, span, private);
        if is_twin || adapted.reports_failure() { part } else { finish_part(adapted, &part, rule, span, private) }
    })
}

fn adapter_of_part(
    adapted: &AdaptedOutput,
    ty: &Type,
    part: &TokenStream,
    span: Span,
    private: &TokenStream,
) -> TokenStream {
    if let Some(twin) = adapted.twin_of(ty) {
        return quote_spanned!(span=> #private::twin::<#twin, _>(__call, #part));
    }
    if adapted.is_mutable_self(ty) {
        return quote_spanned!(span=> { let _ = #part; });
    }
    let is_unnamed = matches!(ty, Type::ImplTrait(_));
    if let Adapter::Task = adapted.adapter {
        // In these words the signature asks for it, too.
        return quote_spanned!(span=> <_ as #private::IntoBridgedTask>::into_bridged_task(#part, __call));
    }
    if let (Some((_, shape)), Some(stream)) = (mapped_stream(adapted, ty), as_stream(ty)) {
        let Some(item) = stream.item else { return part.clone() };
        let stream = twins_of_items(adapted, &item, shape.as_ref(), part, span, private);
        return quote_spanned!(span=> #private::iter_boxed(__call, #stream));
    }
    let is_stream = adapts_stream(&adapted.adapter, ty);
    let name = match adapted.adapter {
        Adapter::Iter if is_unnamed => "iter_boxed",
        Adapter::Iter | Adapter::Collect(_) | Adapter::Task | Adapter::Twin => "iter",
        Adapter::Read if is_stream && is_unnamed => "read_bytes_boxed",
        Adapter::Read if is_stream => "read_bytes",
        Adapter::Read => "read",
        Adapter::Write => "write",
        Adapter::ReadWrite => "read_write",
        Adapter::Keep => "keep",
    };
    let name = Ident::new(name, span);
    if is_unnamed && !is_stream && matches!(adapted.adapter, Adapter::Read | Adapter::Write | Adapter::ReadWrite) {
        let object = unnamed_part(ty, &Lifetime::new("'_", Span::mixed_site()), &adapted.adapter, private);
        return quote_spanned! {span=>
            {
                let __boxed: #object = #private::Box::pin(#part);
                #private::#name(__call, __boxed)
            }
        };
    }
    quote_spanned!(span=> #private::#name(__call, #part))
}

// Output, for items of `Result<Repo, Error>`:
//
//     {
//         let __bridge = private::own_bridge(__call);
//         private::map_items(stream, move |__item| map_inner(__item, |__part| private::twin::<BlockingRepo, _>(&__bridge, __part)))
//     }
//
/// The stream `part`, with twins among its items.
fn twins_of_items(
    adapted: &AdaptedOutput,
    item: &Type,
    shape: Option<&Shape>,
    part: &TokenStream,
    span: Span,
    private: &TokenStream,
) -> TokenStream {
    let value = quote_spanned!(span=> __item);
    let mapped = shape.map_or(value.clone(), |shape| {
        convert_parts(shape, item, &value, span, private, &|ty, part| match adapted.twin_of(ty) {
            Some(twin) => quote_spanned!(span=> #private::twin::<#twin, _>(&__bridge, #part)),
            None => part.clone(),
        })
    });
    let mapped = if adapted.converts_errors(item) { convert_error(&mapped, span, private) } else { mapped };
    quote_spanned! {span=>
        {
            let __bridge = #private::own_bridge(__call);
            #private::map_items(#part, move |#value| #mapped)
        }
    }
}

/// Lets an iterator do with a failure what the rule says.
pub(crate) fn finish_part(
    adapted: &AdaptedOutput,
    part: &TokenStream,
    rule: &ErrorRule,
    span: Span,
    private: &TokenStream,
) -> TokenStream {
    let private = &at(private, span);
    match (&adapted.adapter, rule) {
        (Adapter::Iter, ErrorRule::Convert) => quote_spanned!(span=> #private::flatten(#part)),
        (Adapter::Iter, ErrorRule::Panic) => quote_spanned!(span=> #private::BlockingIter::panic_on_error(#part)),
        (Adapter::Iter, ErrorRule::Map(map)) => quote_spanned!(span=> #private::flatten_with(#part, #map)),
        _ => part.clone(),
    }
}

// Input, for `Result<(Meta, JoinHandle<u8>), Error>`:
//     __output
//
// Output:
//     map_inner(__output, |__part| { let (__part0, __part1) = __part; (__part0, task(__part1)) })
//
/// `value`, an expression of this `shape` and of type `ty`, with `make` of each part in its place.
pub(crate) fn convert_parts(
    shape: &Shape,
    ty: &Type,
    value: &TokenStream,
    span: Span,
    private: &TokenStream,
    make: &dyn Fn(&Type, &TokenStream) -> TokenStream,
) -> TokenStream {
    match (shape, ty) {
        (_, Type::Group(ty)) => convert_parts(shape, &ty.elem, value, span, private, make),
        (_, Type::Paren(ty)) => convert_parts(shape, &ty.elem, value, span, private, make),
        (Shape::Inner(shape), Type::Path(of)) => {
            let Some(inner) = first_argument(of) else { return value.clone() };
            let part = quote_spanned!(span=> __part);
            let inner = convert_parts(shape, inner, &part, span, private, make);
            quote_spanned!(span=> #private::map_inner(#value, |#part| #inner))
        }
        (Shape::Each(shape), Type::Path(of)) => {
            let Some(inner) = first_argument(of) else { return value.clone() };
            let part = quote_spanned!(span=> __part);
            let inner = convert_parts(shape, inner, &part, span, private, make);
            quote_spanned!(span=> #private::map_each(#value, |#part| #inner))
        }
        (Shape::Tuple(shapes), Type::Tuple(of)) => {
            let names: Vec<_> = (0..shapes.len()).map(|index| format_ident!("__part{index}", span = span)).collect();
            let values = shapes.iter().zip(&of.elems).zip(&names).map(|((shape, ty), name)| {
                let value = quote_spanned!(span=> #name);
                shape.as_ref().map_or(value.clone(), |shape| convert_parts(shape, ty, &value, span, private, make))
            });
            quote_spanned!(span=> { let (#(#names,)*) = #value; (#(#values,)*) })
        }
        (_, ty) => make(ty, value),
    }
}

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

/// `BridgedTask<T>`, for `task::JoinHandle<T>`.
fn bridged_task(handle: &Type, private: &TokenStream) -> Type {
    let arguments = match handle {
        Type::Path(path) => path.path.segments.last().map(|last| &last.arguments),
        _ => None,
    };
    parse_quote!(#private::BridgedTask #arguments)
}
