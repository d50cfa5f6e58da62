//! The body of a twin: one call, of one shape, so that what fails in it is reported in the user's words.

use crate::expand::adapted_args::{adapt_argument, drop_unlent, lending_call, rewrite_argument, writers};
use crate::expand::adapted_output::{
    collecting_future, convert_error, converting_closure, finish_part, rewrite_output,
};
use crate::expand::capture::Surroundings;
use crate::expand::private_path::{at, private};
use crate::expand::probe::Asked;
use crate::expand::time_limit::with_time_limit;
use crate::model::adapter::AdaptedOutput;
use crate::model::block::Model;
use crate::model::method::{Kind, Method, Proof};
use crate::model::shape::is_result;
use crate::options::block_options::{BlockOptions, ErrorRule, Route};
use crate::options::twin_types::TwinTypes;
use crate::syntax::output::{is_nameable, is_visibly_plain, output_span};
use crate::syntax::rewrite::infer_unnameable;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Ident, ReturnType, Signature, Type, parse_quote_spanned};

/// Where the async method of a call is found.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    /// In this trait, with its arguments.
    Trait(&'a TokenStream),
    /// In this one, for a type of which only that is known.
    Bound(&'a TokenStream),
    /// In an inherent impl of the same type.
    Inherent,
    /// In the same scope: a free function.
    Scope,
    /// In an inherent impl of this type, whose twin has the call. The receiver is `__this`.
    Original(&'a TokenStream),
}

impl Source<'_> {
    /// What stands before the name of the method.
    fn prefix(self, span: Span) -> TokenStream {
        match self {
            Self::Trait(source) | Self::Bound(source) => quote_spanned!(span=> <Self as #source>::),
            Self::Inherent => quote_spanned!(span=> Self::),
            Self::Scope => TokenStream::new(),
            Self::Original(ty) => quote_spanned!(span=> <#ty>::),
        }
    }
}

/// A default body knows its implementor only as `Self`, so only a written `Send` counts.
pub(crate) fn default_route(method: &Method, options: &BlockOptions) -> Route {
    match (&options.route, &method.kind) {
        (Some((_, route)), Kind::Async(_)) => *route,
        (None, Kind::Async(Proof::Written | Proof::Bounded)) | (_, Kind::Immediate) => Route::Send,
        _ => Route::Local,
    }
}

/// In an impl the compiler sees through the future, unless a box hides it.
pub(crate) fn impl_route(method: &Method, options: &BlockOptions) -> Route {
    match (&options.route, &method.kind) {
        (Some((_, route)), Kind::Async(_)) => *route,
        (None, Kind::Async(Proof::Absent)) => Route::Local,
        _ => Route::Send,
    }
}

/// Makes `sig` return what the twin returns.
pub(crate) fn wrap_output(sig: &mut Signature, method: &Method, model: &Model, private: &TokenStream) {
    let rule = method.error_rule(&model.options);
    for arg in &method.adapted_args {
        rewrite_argument(arg, sig, private);
    }
    if let Some(adapted) = &method.adapted {
        rewrite_output(adapted, sig, &Surroundings::of(&model.block), rule, private);
    }
    if let ReturnType::Type(_, output) = &mut sig.output {
        **output = awaited(method, output, private);
    }
    let reports_failure = method.adapted.as_ref().is_some_and(AdaptedOutput::reports_failure);
    if let (ErrorRule::Wrap, Kind::Async(_) | Kind::Immediate, false) = (rule, &method.kind, reports_failure) {
        let output = match &sig.output {
            ReturnType::Default => quote!(()),
            ReturnType::Type(_, ty) => quote!(#ty),
        };
        sig.output = syn::parse_quote!(-> #private::Result<#output, #private::BridgeError>);
    }
}

// Output, for `async fn get(&self, key: &str) -> Result<Vec<u8>, Error>` of `Store`:
//
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
    let output = &awaited(method, output, &private);
    let span = method.span();
    let (rule, adapted) = (method.error_rule(options), method.adapted.as_ref());
    let ret = infer_unnameable(&adapted.map_or_else(|| output.clone(), |adapted| adapted.output_in_body(output)));
    let answer = answer(method, output, source, route, options, bridge);
    let at_output = output_span(output).unwrap_or(span);
    let reporting = adapted.filter(|adapted| adapted.reports_failure());
    let finish = match (rule, reporting) {
        (ErrorRule::Panic, _) => quote_spanned!(span=> #private::or_panic),
        // It cannot be told, and the twin has been asked whether that is an error of its own.
        _ if method.output_without_failure(options).is_some() => quote_spanned!(span=> #private::or_panic),
        (_, Some(_)) => {
            let private = at(&private, at_output);
            quote_spanned!(at_output=> #private::FromResult::from_result)
        }
        (ErrorRule::Wrap, None) => return answer,
        (ErrorRule::Convert, None) => quote_spanned!(at_output=> <#ret as #private::TwinOutput>::finish),
        (ErrorRule::Map(map), None) => {
            let finish = quote_spanned!(at_output=> <#ret as #private::MappedOutput>::finish);
            return quote_spanned!(at_output=> #finish(#answer, #map));
        }
    };
    let finished = quote_spanned!(at_output=> #finish(#answer));
    match reporting {
        Some(adapted) => finish_part(adapted, &finished, rule, at_output, &private),
        None => finished,
    }
}

/// What there is to ask about `output`, which a call of `method` returns.
pub(crate) fn asked<'a>(method: &'a Method, output: &Type) -> Asked<'a> {
    // What an alias yields has no name, and if that is no future, a question about it has no answer but confusion.
    let is_returnable = method.is_future_alias || method.options.as_is.is_some();
    let output = (!is_returnable).then(|| match &method.adapted {
        Some(adapted) => adapted.without_parts(output),
        None => output.clone(),
    });
    Asked { method, output }
}

// Output, for the same method with `timeout = "5s"` and a stream for the bytes:
//
//     match private::options(&private::with_timeout(bridge, 5, 0)) {
//         private::Result::Ok(ref __call) => {
//             private::call::<Result<ByteStream, Error>, _>(__call, move || <Self as Store>::get(self, key))
//                 .map(|__output| __output.map(|__part| private::flatten(private::iter(__call, __part))))
//         }
//         private::Result::Err(__failure) => private::Result::Err(__failure),
//     }
//
/// The expression for a `Result` of what the twin is to return, or of the failure that took its place.
fn answer(
    method: &Method,
    output: &Type,
    source: Source<'_>,
    route: Route,
    options: &BlockOptions,
    bridge: &TokenStream,
) -> TokenStream {
    let private = private(options);
    let (span, adapted) = (method.span(), method.adapted.as_ref());
    let bridge = with_time_limit(method, options, bridge, &private);
    let mut future = source_call(method, source);
    if let (Kind::Immediate, false) = (&method.kind, method.is_entered()) {
        future = quote_spanned!(span=> #private::ready(#future));
    }
    if method.is_future_alias {
        let span = output_span(&method.output).unwrap_or_else(|| method.span());
        let private = at(&private, span);
        let alias = &method.output;
        future = quote_spanned!(span=> <#alias as #private::IntoFuture>::into_future(#future));
    } else if let Some(builder) = &method.builder {
        let span = builder.span().resolved_at(Span::mixed_site());
        let private = at(&private, span);
        future = quote_spanned!(span=> #private::IntoFuture::into_future(#future));
    }
    // What the async method returns is not written here.
    let is_of_twins = options.twin_types.as_ref().is_some_and(TwinTypes::is_of_twins);
    let collected = adapted.and_then(|adapted| collecting_future(adapted, &future, output, &private));
    let at_output = output_span(output).unwrap_or(span);
    let awaited = infer_unnameable(&match adapted {
        Some(adapted) if collected.is_some() => adapted.collected_output(output, &private),
        Some(adapted) => parse_quote_spanned!(adapted.span(at_output)=> _),
        None if is_of_twins => parse_quote_spanned!(at_output=> _),
        None => output.clone(),
    });
    let is_collected = collected.is_some();
    let at_future = match adapted {
        Some(adapted) if is_collected => adapted.span(span),
        // What is no future under an alias is reported there, as the signature reports it.
        _ if method.is_future_alias => at_output,
        _ => span,
    };
    let mut future = collected.unwrap_or(future);
    let writers = writers(method, &private);
    let its_type = quote_spanned!(at_future=> _);
    let is_promised = matches!((route, source, &method.kind), (Route::Send, Source::Bound(_), Kind::Async(_)));
    let run = match route {
        _ if method.is_entered() => "enter",
        Route::Local => "call_local",
        Route::Send if is_promised && !is_collected && writers.is_none() => "call_promised",
        Route::Send => "call",
    };
    if writers.is_some() {
        let finish = if is_promised && !is_collected { "finish_promised_writes" } else { "finish_writes" };
        let (finish, private_here) = (Ident::new(finish, span), at(&private, span));
        future = quote_spanned!(span=> #private_here::#finish(#future, __writers));
    }
    let build = quote_spanned!(span=> move || #future);
    let (run, private_here) = (Ident::new(run, span), at(&private, span));
    let run = quote_spanned!(span=> #private_here::#run);
    let rule = method.error_rule(options);
    let convert = match adapted {
        Some(adapted) => converting_closure(adapted, output, rule, at_output, &private),
        None => (is_of_twins && is_result(output)).then(|| {
            let converted = convert_error(&quote_spanned!(at_output=> __output), at_output, &private);
            quote_spanned!(at_output=> |__output| #converted)
        }),
    };
    if convert.is_none() && method.adapted_args.is_empty() {
        return quote_spanned!(span=> #run::<#awaited, #its_type>(#bridge, #build));
    }
    let adapted_args = method.adapted_args.iter().map(|arg| adapt_argument(arg, method, &private));
    let (awaited, flatten) = match &writers {
        Some(_) => (
            quote_spanned!(span=> #private::Result<#awaited, #private::BridgeError>),
            Some(quote_spanned!(span=> .and_then(#private::identity))),
        ),
        None => (awaited.to_token_stream(), None),
    };
    let convert = convert.map(|convert| quote_spanned!(span=> .map(#convert)));
    let arguments = quote_spanned!(span=> #(#adapted_args)* #writers);
    let call = quote_spanned!(span=> #run::<#awaited, #its_type>(__call, #build) #flatten #convert);
    let call = lending_call(method, &arguments, &call, &private);
    let unlent = drop_unlent(method, &private);
    quote_spanned! {span=>
        match #private::options(&#bridge) {
            #private::Result::Ok(ref __call) => { #call }
            #private::Result::Err(__failure) => { #unlent #private::Result::Err(__failure) }
        }
    }
}

/// What the future of `method` yields, where its type is an alias: `<Alias as IntoFuture>::Output`.
fn awaited(method: &Method, output: &Type, private: &TokenStream) -> Type {
    if !method.is_future_alias || is_visibly_plain(output) {
        return output.clone();
    }
    let span = output_span(output).unwrap_or_else(|| method.span());
    let private = at(private, span);
    parse_quote_spanned!(span=> <#output as #private::IntoFuture>::Output)
}

/// The body of a method whose block has a fault: it type-checks, whatever the output, and never runs. A body cannot
/// answer with an `impl Trait` of nothing.
pub(crate) fn stub_body(method: &Method) -> Option<TokenStream> {
    is_nameable(&method.output).then(|| quote_spanned!(method.span()=> { loop {} }))
}

/// `<Self as Store>::get::<T>(self, key)`, or with `calls = Self::other` that function in the place of the method.
pub(crate) fn source_call(method: &Method, source: Source<'_>) -> TokenStream {
    let span = method.span();
    let prefix = source.prefix(span);
    let (name, args) = (&method.name, &method.args);
    let this = method.self_token.map(|this| match source {
        Source::Original(_) => quote_spanned!(span=> __this),
        _ => this.to_token_stream(),
    });
    let receiver = this.iter();
    let generics = method.source_arguments();
    let turbofish = if generics.is_empty() { TokenStream::new() } else { quote_spanned!(span=> ::<#(#generics),*>) };
    let other = method.options.calls.as_ref().map(|(_, other)| other);
    // A path that is given with its arguments has others than the twin.
    let has_arguments = other.is_some_and(|other| other.path.segments.iter().any(|of| !of.arguments.is_none()));
    let turbofish = if has_arguments { TokenStream::new() } else { turbofish };
    let other = other.map(ToTokens::to_token_stream);
    let callee = other.unwrap_or_else(|| quote_spanned!(span=> #prefix #name));
    let call = quote_spanned!(span=> #callee #turbofish(#(#receiver,)* #(#args),*));
    if method.sig.safety.to_token_stream().to_string() == "unsafe" {
        quote_spanned!(span=> unsafe { #call })
    } else {
        call
    }
}
