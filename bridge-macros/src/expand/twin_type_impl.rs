//! The methods of a twin type.

use crate::expand::adapted_output::{convert_error, convert_parts, converted_output};
use crate::expand::added_bounds::add_bounds;
use crate::expand::attrs::{Place, allowances, forwarded, paragraph, stub_allowances, track_caller};
use crate::expand::bridge_expr::bridge_ref_for;
use crate::expand::call::{Source, asked, body, impl_route, source_call, stub_body, wrap_output};
use crate::expand::describe::describe;
use crate::expand::imported_names::uses_of_names;
use crate::expand::polled_traits::Polled;
use crate::expand::private_path::{at, private};
use crate::expand::probe::probes;
use crate::expand::twin_bounds::bound_parameters;
use crate::model::block::{InherentBlock, Model, PolledBlock};
use crate::model::method::{Kind, Method};
use crate::model::shape::{Shape, is_result};
use crate::model::twin_receiver::{Pointer, TwinBy, TwinReceiver};
use crate::options::block_options::ErrorRule;
use crate::options::twin_types::{Held, Signatures, TwinTypes, path_type, readable_path, without_arguments};
use crate::syntax::output::{aliases, in_pinned_box, output_span};
use crate::syntax::rewrite::name_lifetimes_of_type;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{FnArg, Generics, Path, Signature, Type, parse_quote};

// Input:
//     impl<T> Api<T> {
//         pub fn repo(&self, name: &str) -> Repo { … }
//         pub async fn merge(&self, from: &Repo) -> Result<Repo, Error> { … }
//     }
//
// Output:
//     impl<T> BlockingApi<T> where Api<T>: Send {
//         pub fn repo(&self, name: &str) -> BlockingRepo {
//             let (__bridge, __this) = (bridge_of(self), TwinType::as_async(self));
//             let __output = around(&__bridge, move || <Api<T>>::repo(__this, name));
//             twin::<BlockingRepo, _>(&__bridge, __output)
//         }
//         pub fn merge(&self, from: &BlockingRepo) -> Result<BlockingRepo, Error> {
//             let (__bridge, __this) = (bridge_of(self), TwinType::as_async(self));
//             let from = TwinType::as_async(from);
//             … call(__bridge, move || <Api<T>>::merge(__this, from)) …
//         }
//     }
pub(crate) fn expand_twin_impl(model: &Model, block: &InherentBlock, twins: &TwinTypes) -> TokenStream {
    twin_impl(model, block, twins, Bodies::Calls)
}

/// The methods of a faulty impl, for callers to name.
pub(crate) fn stub_twin_impl(model: &Model, block: &InherentBlock, twins: &TwinTypes) -> TokenStream {
    twin_impl(model, block, twins, Bodies::Stubs)
}

#[derive(Clone, Copy, PartialEq)]
enum Bodies {
    Calls,
    Stubs,
}

fn twin_impl(model: &Model, block: &InherentBlock, twins: &TwinTypes, bodies: Bodies) -> TokenStream {
    let private = private(&model.options);
    let Header { generics, twin, original } = header(model, &block.generics, &block.self_ty, twins, &private);
    let methods = model.methods.iter().filter(|method| method.is_bridged());
    let methods: TokenStream = methods.map(|method| twin_method(model, method, twins, &original, bodies)).collect();
    let consts: TokenStream = block
        .consts
        .iter()
        .map(|of| {
            let attrs = forwarded(&of.attrs, Place::Declaration);
            let (vis, ident, ty) = (&of.vis, &of.ident, &of.ty);
            quote_spanned!(ident.span()=> #(#attrs)* #vis const #ident: #ty = <#original>::#ident;)
        })
        .collect();
    let attrs = forwarded(&block.attrs, Place::Hidden);
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let allow = allowances();
    let allow_stubs = (bodies == Bodies::Stubs).then(stub_allowances);
    let span = block.self_ty.span().resolved_at(Span::mixed_site());
    let consts = (!twins.is_of_twins()).then_some(consts);
    let names = twins.is_of_twins().then(|| uses_of_names(&model.methods, &private));
    let own_items = &block.own_items;
    let own = (!own_items.is_empty()).then(|| {
        let attrs = &block.attrs;
        quote!(#(#attrs)* impl #impl_generics #twin #where_clause { #(#own_items)* })
    });
    quote_spanned! {span=>
        #own
        #names

        #(#attrs)*
        #allow
        #allow_stubs
        impl #impl_generics #twin #where_clause {
            #consts
            #methods
        }
    }
}

/// What a twin type has of a trait that async code polls.
pub(crate) fn expand_polled(model: &Model, block: &PolledBlock) -> TokenStream {
    let (private, Some(twins)) = (private(&model.options), &model.options.twin_types) else {
        return TokenStream::new();
    };
    let Header { generics, twin, original } = header(model, &block.generics, &block.self_ty, twins, &private);
    let attrs = forwarded(&block.attrs, Place::Hidden);
    let polled = Polled {
        kind: block.polled,
        item: block.item.as_ref(),
        error: None,
        this: &twin.to_token_stream(),
        original: &original,
        generics: &generics,
        twins: Some(twins),
        rule: &model.options.error,
        attrs: quote!(#(#attrs)*),
        private: &private,
        span: block.self_ty.span().resolved_at(Span::mixed_site()),
    };
    polled.expand()
}

/// The header of the impl of a twin type.
struct Header {
    generics: Generics,
    twin: Type,
    /// The async type.
    original: TokenStream,
}

fn header(model: &Model, generics: &Generics, self_ty: &Type, twins: &TwinTypes, private: &TokenStream) -> Header {
    let (mut generics, mut written) = (generics.clone(), self_ty.clone());
    name_lifetimes_of_type(&mut generics, &mut written);
    let (twin, original) = match twins.signatures {
        Signatures::OfOriginals => (twins.twin_of(&written).unwrap_or_else(|| written.clone()), written.clone()),
        Signatures::OfTwins => {
            let remote = model.options.remote.as_ref().and_then(|(_, remote)| remote.clone());
            let remote = remote.map(|path| path_type(&path));
            let remote = remote.map(|ty| in_pinned_box(&ty).cloned().unwrap_or(ty));
            (written.clone(), remote.unwrap_or(written))
        }
    };
    bound_parameters(&mut generics, &model.options, private);
    Header { generics, twin, original: original.to_token_stream() }
}

fn twin_method(
    model: &Model,
    method: &Method,
    twins: &TwinTypes,
    original: &TokenStream,
    bodies: Bodies,
) -> TokenStream {
    let options = &model.options;
    let private = private(options);
    let span = method.span();
    let vis = &method.vis;
    let mut sig = method.sig.clone();
    sig.ident = method.twin_name("");
    add_bounds(&mut sig, method, model, &private);
    wrap_output(&mut sig, method, model, &private);
    take_twins(&mut sig, method, twins);
    let body = match bodies {
        Bodies::Calls => {
            let prologue = prologue(method, model, twins, &private);
            let call = if let Kind::Around = method.kind {
                around(method, twins, original, &private)
            } else {
                let bridge = quote_spanned!(span=> __bridge);
                let source = Source::Original(original);
                let body = body(method, &method.output, source, impl_route(method, options), options, &bridge);
                let probes = asked(method, &method.output).output.map(|output| probes(&output, &private));
                quote!(#probes #body)
            };
            let call = go_on_with_self(method, model, &call, &private);
            let unlisted = unlisted_twins(method, &private);
            quote_spanned!(span=> { #unlisted #prologue #call })
        }
        Bodies::Stubs => match stub_body(method) {
            Some(body) => body,
            None => return TokenStream::new(),
        },
    };
    let attrs = forwarded(&method.attrs, Place::Declaration);
    let original = format!("{}::{}", readable_path(&original_path(model, twins)), method.name.unraw());
    let doc = paragraph(&attrs, &describe(&format!("[`{original}`]"), method, options));
    let track = track_caller(&sig);
    quote_spanned!(span=> #(#attrs)* #doc #track #vis #sig #body)
}

/// The name of the async type, for the documentation.
fn original_path(model: &Model, twins: &TwinTypes) -> Path {
    match (&twins.signatures, &model.options.remote) {
        (Signatures::OfTwins, Some((_, Some(remote)))) => without_arguments(remote),
        _ => twins.own.0.clone(),
    }
}

/// Makes `sig` take twins, where the original takes values that have twins.
fn take_twins(sig: &mut Signature, method: &Method, twins: &TwinTypes) {
    // It may have got a lifetime.
    let receiver = sig.receiver().and_then(|receiver| TwinReceiver::of(&receiver.kind));
    if let (Some(receiver), Some(FnArg::Receiver(of))) = (receiver, sig.inputs.first_mut()) {
        let (this, lifetime) = (of.self_token, receiver.lifetime);
        *of = match receiver.by {
            TwinBy::Shared => parse_quote!(&#lifetime #this),
            TwinBy::Mutable => parse_quote!(&#lifetime mut #this),
            TwinBy::Value => parse_quote!(#this),
        };
    }
    for arg in &method.twin_args {
        if let Some(FnArg::Typed(argument)) = sig.inputs.iter_mut().nth(arg.index) {
            *argument.ty = arg.type_in_twin(twins);
        }
    }
}

// Output, for `fn merge(&mut self, from: Repo)`:
//
//     let (__bridge, __this) = private::parts_mut(self);
//     let from = private::TwinType::into_async(from);
//
/// Names the bridge of the call, and takes the async values out of the twins.
fn prologue(method: &Method, model: &Model, twins: &TwinTypes, private: &TokenStream) -> TokenStream {
    let span = method.span();
    let receiver = method.receiver_kind.as_ref().and_then(TwinReceiver::of);
    let bridge = if let (Some(receiver), Some(this)) = (receiver, method.self_token) {
        let function = match receiver.by {
            TwinBy::Shared => "parts",
            TwinBy::Mutable => "parts_mut",
            TwinBy::Value => "into_parts",
        };
        let function = Ident::new(function, span);
        let value = match (receiver.pointer, receiver.by) {
            (Pointer::None, TwinBy::Shared) if is_pinned(model) => Some(quote_spanned!(span=> &**__this)),
            (Pointer::Pin, TwinBy::Shared) if is_pinned(model) => Some(quote_spanned!(span=> __this.as_ref())),
            (Pointer::Pin, _) if is_pinned(model) => Some(quote_spanned!(span=> __this.as_mut())),
            (Pointer::Pin, _) => Some(quote_spanned!(span=> #private::Pin::new(__this))),
            (Pointer::Box, _) => Some(quote_spanned!(span=> #private::Box::new(__this))),
            (Pointer::None, _) => None,
        };
        let value = value.map(|value| quote_spanned!(span=> let __this = #value;));
        quote_spanned! {span=>
            let (__bridge, __this) = #private::#function(#this);
            #value
        }
    } else {
        let of_argument = bridge_of_argument(method, model, twins, private);
        let bridge = of_argument.unwrap_or_else(|| bridge_ref_for(method, &model.options, private));
        quote_spanned!(span=> let __bridge = #bridge;)
    };
    let first = usize::from(method.receiver.is_some());
    let arguments = method.twin_args.iter().map(|arg| {
        let name = &method.args[arg.index - first];
        let value = convert_parts(&arg.shape, &arg.ty, &name.to_token_stream(), span, private, &|part, value| {
            let function = match twins.argument(part) {
                Some((Held::Shared, _)) => "as_async",
                Some((Held::Mutable, _)) => "as_async_mut",
                _ => "into_async",
            };
            let function = Ident::new(function, span);
            quote_spanned!(span=> #private::TwinType::#function(#value))
        });
        quote_spanned!(span=> let #name = #value;)
    });
    quote_spanned!(span=> #bridge #(#arguments)*)
}

/// Whether the twin holds a value that must not move.
fn is_pinned(model: &Model) -> bool {
    let remote = model.options.remote.as_ref().and_then(|(_, remote)| remote.as_ref());
    remote.is_some_and(|path| in_pinned_box(&path_type(path)).is_some())
}

/// The bridge of the first argument that is a twin: for a function without a receiver and without a bridge of its own.
fn bridge_of_argument(method: &Method, model: &Model, twins: &TwinTypes, private: &TokenStream) -> Option<TokenStream> {
    if method.bridge(&model.options).is_some() {
        return None;
    }
    let arg = method.twin_args.iter().find(|arg| matches!(arg.shape, Shape::Part))?;
    let name = &method.args[arg.index];
    let span = method.span();
    Some(match twins.argument(&arg.ty)?.0 {
        Held::Shared => quote_spanned!(span=> #private::bridge_of(#name)),
        Held::Mutable | Held::Value => quote_spanned!(span=> #private::bridge_of(&#name).into_owned()),
    })
}

// Output, for `Page`:
//
//     {
//         use private::Twinless as _;
//         <_ as private::NoTwin<Page>>::ask(private::TwinProbe::<Page>::TWIN);
//     }
//
/// Asks whether a type that the twin returns as it is has a twin as well.
fn unlisted_twins(method: &Method, private: &TokenStream) -> TokenStream {
    if method.options.as_is.is_some() {
        return TokenStream::new();
    }
    let output = method.adapted.as_ref().map_or_else(|| method.output.clone(), |of| of.without_parts(&method.output));
    let questions = aliases(&output).into_iter().map(|alias| {
        let ty = alias.ty;
        let span = ty.path.segments[ty.path.segments.len() - 1].ident.span().resolved_at(Span::mixed_site());
        let private = at(private, span);
        quote_spanned! {span=>
            {
                use #private::Twinless as _;
                <_ as #private::NoTwin<#ty>>::ask(#private::TwinProbe::<#ty>::TWIN);
            }
        }
    });
    questions.collect()
}

/// The call of a synchronous method, and the twins in its output.
fn around(method: &Method, twins: &TwinTypes, original: &TokenStream, private: &TokenStream) -> TokenStream {
    let span = method.span();
    let call = source_call(method, Source::Original(original));
    let is_plain = method.options.passthrough.is_some();
    let call = if is_plain { call } else { quote_spanned!(span=> #private::around(&__bridge, move || #call)) };
    let at_output = output_span(&method.output).unwrap_or(span);
    let probes = match &method.adapted {
        _ if method.options.as_is.is_some() => TokenStream::new(),
        Some(adapted) => probes(&adapted.without_parts(&method.output), private),
        None => probes(&method.output, private),
    };
    let value = quote_spanned!(span=> __output);
    let converted = match &method.adapted {
        Some(adapted) => converted_output(adapted, &method.output, &value, &ErrorRule::Convert, at_output, private),
        None => value,
    };
    let is_converted = twins.is_of_twins() && is_result(&method.output);
    if method.adapted.is_none() && !is_converted {
        return quote!(#probes #call);
    }
    let converted = if is_converted { convert_error(&converted, at_output, private) } else { converted };
    quote_spanned! {span=>
        #probes
        let __output = #call;
        let __call = &__bridge;
        #converted
    }
}

/// Returns `self` where the original returns it.
fn go_on_with_self(method: &Method, model: &Model, call: &TokenStream, private: &TokenStream) -> TokenStream {
    let (Some(adapted), Some(this)) = (&method.adapted, method.self_token) else { return call.clone() };
    if !adapted.returns_mutable_self(&method.output) {
        return call.clone();
    }
    let span = method.span();
    let value = quote_spanned!(span=> __output);
    let make = |ty: &Type, part: &TokenStream| {
        if adapted.is_mutable_self(ty) { quote!({ let () = #part; #this }) } else { part.clone() }
    };
    let is_wrapped = matches!((method.error_rule(&model.options), &method.kind), (ErrorRule::Wrap, Kind::Async(_)));
    let converted = if is_wrapped {
        let part = quote_spanned!(span=> __part);
        let inner = convert_parts(&adapted.shape, &method.output, &part, span, private, &make);
        quote_spanned!(span=> #private::map_inner(#value, |#part| #inner))
    } else {
        convert_parts(&adapted.shape, &method.output, &value, span, private, &make)
    };
    quote_spanned!(span=> let __output = { #call }; #converted)
}
