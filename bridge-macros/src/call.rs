//! The body of a twin: one call, of one shape, so that what fails in it is reported in the user's words.

use crate::method::{Kind, Method, Proof};
use crate::options::{BlockOptions, ErrorRule};
use crate::output::{aliases, is_nameable};
use crate::rewrite::infer_unnameable;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Path, ReturnType, Signature, Type, TypePath};

/// How a future is run.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Route {
    /// The future is `Send`, and may be handed to the bridge.
    Send,
    /// The future is built and run on one thread; what it is built of is `Send`.
    Local,
}

/// Where the async method of a call is found.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    /// In this trait, with its arguments.
    Trait(&'a TokenStream),
    /// In an inherent impl of the same type.
    Inherent,
    /// In the same scope: a free function.
    Scope,
}

impl Source<'_> {
    /// What stands before the name of the method.
    fn prefix(self, span: Span) -> TokenStream {
        match self {
            Self::Trait(source) => quote_spanned!(span=> <Self as #source>::),
            Self::Inherent => quote_spanned!(span=> Self::),
            Self::Scope => TokenStream::new(),
        }
    }
}

/// A default body knows its implementor only as `Self`, so only a written `Send` counts.
pub(crate) fn default_route(method: &Method, options: &BlockOptions) -> Route {
    match (&options.route, &method.kind) {
        (Some((_, route)), _) => *route,
        (None, Kind::Async(Proof::Written)) => Route::Send,
        _ => Route::Local,
    }
}

/// In an impl the compiler sees through the future, unless a box hides it.
pub(crate) fn impl_route(method: &Method, options: &BlockOptions) -> Route {
    match (&options.route, &method.kind) {
        (Some((_, route)), _) => *route,
        (None, Kind::Async(Proof::Absent)) => Route::Local,
        _ => Route::Send,
    }
}

/// `::sync_bridge::__private`, or what `crate = path` makes of it.
pub(crate) fn private(options: &BlockOptions) -> TokenStream {
    let span = Span::mixed_site();
    let krate = options.krate.as_ref().map(ToTokens::to_token_stream);
    let krate = krate.unwrap_or_else(|| quote_spanned!(span=> ::sync_bridge));
    quote_spanned!(span=> #krate::__private)
}

/// Makes `sig` return what the twin returns.
pub(crate) fn wrap_output(sig: &mut Signature, method: &Method, options: &BlockOptions, private: &TokenStream) {
    if let (ErrorRule::Wrap, Kind::Async(_)) = (&options.error, &method.kind) {
        let output = match &sig.output {
            ReturnType::Default => quote!(()),
            ReturnType::Type(_, ty) => quote!(#ty),
        };
        sig.output = syn::parse_quote!(-> #private::Result<#output, #private::BridgeError>);
    }
}

// Output, for `async fn get(&self, key: &str) -> Result<Vec<u8>, Error>` of `Store`:
//
//     private::returnable::<Error, _, _>(private::Probe::<Error>::KIND, private::Probe::<Error>::SECOND);
//     <Result<Vec<u8>, Error> as private::TwinOutput>::finish(
//         private::call::<Result<Vec<u8>, Error>, _>(bridge, move || <Self as Store>::get(self, key)),
//     )
pub(crate) fn body(
    method: &Method,
    output: &Type,
    source: Source<'_>,
    route: Route,
    options: &BlockOptions,
    bridge: &TokenStream,
) -> TokenStream {
    let private = private(options);
    let span = method.span();
    let probes = aliases(output).into_iter().map(|ty| probe(ty, &private));
    let ret = infer_unnameable(output);
    let future = source_call(method, source);
    let run = match route {
        Route::Send => quote_spanned!(span=> #private::call),
        Route::Local => quote_spanned!(span=> #private::call_local),
    };
    let call = quote_spanned!(span=> #run::<#ret, _>(#bridge, move || #future));
    let at_output = output_span(output).unwrap_or(span);
    let finish = match &options.error {
        ErrorRule::Convert => quote_spanned!(at_output=> <#ret as #private::TwinOutput>::finish),
        ErrorRule::Map(map) => {
            let finish = quote_spanned!(at_output=> <#ret as #private::MappedOutput>::finish);
            let call = quote_spanned!(at_output=> #finish(#call, #map));
            return quote!(#(#probes)* #call);
        }
        ErrorRule::Panic => quote_spanned!(span=> #private::or_resume),
        ErrorRule::Wrap => return quote!(#(#probes)* #call),
    };
    let call = quote_spanned!(at_output=> #finish(#call));
    quote!(#(#probes)* #call)
}

/// The body of a method whose block has a fault: it type-checks, whatever the output, and never runs. A body cannot
/// answer with an `impl Trait` of nothing.
pub(crate) fn stub_body(method: &Method) -> Option<TokenStream> {
    is_nameable(&method.output).then(|| quote_spanned!(method.span()=> { loop {} }))
}

/// `<Self as Store>::get::<T>(self, key)`
pub(crate) fn source_call(method: &Method, source: Source<'_>) -> TokenStream {
    let span = method.span();
    let prefix = source.prefix(span);
    let (name, args) = (&method.name, &method.args);
    let receiver = method.self_token.iter();
    let generics = method.generic_arguments();
    let turbofish = if generics.is_empty() { TokenStream::new() } else { quote_spanned!(span=> ::<#(#generics),*>) };
    let call = quote_spanned!(span=> #prefix #name #turbofish(#(#receiver,)* #(#args),*));
    if method.sig.safety.to_token_stream().to_string() == "unsafe" {
        quote_spanned!(span=> unsafe { #call })
    } else {
        call
    }
}

/// Asks the compiler whether `ty` is a task handle under another name.
fn probe(ty: &TypePath, private: &TokenStream) -> TokenStream {
    let span = ty.path.segments[ty.path.segments.len() - 1].ident.span().resolved_at(Span::mixed_site());
    quote_spanned! {span=>
        {
            use #private::Returnable as _;
            #private::returnable::<#ty, _, _>(#private::Probe::<#ty>::KIND, #private::Probe::<#ty>::SECOND);
        }
    }
}

/// Where an output that cannot carry a failure is underlined: a type's own span is its first token only.
fn output_span(ty: &Type) -> Option<Span> {
    let span = match ty {
        Type::Path(ty) => path_span(&ty.path)?,
        Type::Group(ty) => return output_span(&ty.elem),
        Type::Paren(ty) => return output_span(&ty.elem),
        Type::Tuple(ty) if ty.elems.is_empty() => return None,
        Type::Tuple(ty) => ty.paren_token.span.join(),
        Type::Reference(ty) => return output_span(&ty.elem),
        _ => syn::spanned::Spanned::span(ty),
    };
    Some(span.resolved_at(Span::mixed_site()))
}

fn path_span(path: &Path) -> Option<Span> {
    Some(path.segments.last()?.ident.span())
}
