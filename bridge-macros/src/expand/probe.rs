//! Questions to the compiler: whether what an alias stands for is of any use to blocking code.

use crate::expand::private_path::at;
use crate::model::method::Method;
use crate::syntax::output::{Alias, AliasPlace, aliases, type_arguments};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use std::ops::Range;
use syn::visit::{self, Visit};
use syn::visit_mut::VisitMut;
use syn::{
    Attribute, GenericParam, Lifetime, ParenthesizedGenericArguments, Path, PathArguments, TraitBound, Type, TypeFnPtr,
    TypePath,
};

/// What blocking code can do nothing with. Those that end in `Inside` are about a place that no adapter reaches.
const RETURNABLE: [&str; 12] = [
    "NoTaskHandle",
    "NoTaskHandleInside",
    "NoGuard",
    "NoRuntime",
    "NoReceiver",
    "NoSink",
    "NoStream",
    "NoStreamInside",
    "NoFuture",
    "NoFutureInside",
    "NoIo",
    "NoIoInside",
];

/// What makes a method one that the twin should have.
const SYNCHRONOUS: [&str; 8] =
    ["NoReceiver", "NoSink", "NoStream", "NoStreamInside", "NoFuture", "NoFutureInside", "NoIo", "NoIoInside"];

/// What there may be to refuse at `place`.
fn is_asked_at(place: AliasPlace, refusal: &str) -> bool {
    match (place, refusal) {
        (AliasPlace::Whole, _) => true,
        (AliasPlace::InResult, refusal) => refusal != "NoFuture",
        (AliasPlace::Elsewhere, "NoReceiver" | "NoSink" | "NoIoInside") => false,
        (AliasPlace::Inside | AliasPlace::Elsewhere, refusal) => {
            !["NoTaskHandle", "NoStream", "NoFuture", "NoIo"].contains(&refusal)
        }
    }
}

/// Asks about each part of the output of a twin.
pub(crate) fn probes(output: &Type, private: &TokenStream) -> TokenStream {
    let aliases = aliases(output).into_iter();
    aliases.map(|alias| probe(alias.ty, alias.place, &RETURNABLE, &TokenStream::new(), private)).collect()
}

/// The output of a method, as far as there are questions about it.
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a Method,
    pub(crate) output: Option<Type>,
}

// Output, where two methods return a `Page`, in the body of the first that is always there:
//
//     {
//         use private::Returnable as _;
//         let __found = private::first((private::Probe::<Page>::RECEIVER, …));
//         <_ as private::NoTaskHandle<Page>>::ask(__found);
//         …
//         private::ask_again::<Page, _>(__found);
//     }
//
/// The questions of each method. What a type is, is found out once for all methods that return it, if the body of another
/// one can name it. Each asks about it at its own place.
pub(crate) fn probes_of_block(block: &[Asked<'_>], own: &[&Ident], private: &TokenStream) -> Vec<TokenStream> {
    let mut questions: Vec<_> = block.iter().map(|_| TokenStream::new()).collect();
    let host = block.iter().position(|asked| can_ask_for_others(asked.method));
    let mut shared: Vec<Shared<'_>> = Vec::new();
    for (index, Asked { method, output }) in block.iter().enumerate() {
        for Alias { ty, place } in output.iter().flat_map(aliases) {
            if host.is_none() || has_conditions(method) || !can_be_named_elsewhere(ty, method, own) {
                questions[index].extend(probe(ty, place, &RETURNABLE, &TokenStream::new(), private));
                continue;
            }
            let mut inferred = ty.clone();
            InferLifetimes.visit_type_path_mut(&mut inferred);
            let written = inferred.to_token_stream().to_string();
            match shared.iter_mut().find(|of| of.place == place && of.written == written) {
                Some(of) => of.others.push(inferred),
                None => shared.push(Shared { written, place, index, ty, inferred, others: Vec::new() }),
            }
        }
    }
    for Shared { place, index, ty, inferred, others, .. } in shared {
        let again: TokenStream = others.iter().map(|ty| ask_again(ty, private)).collect();
        let (place_of_probe, ty) = match host {
            Some(host) if !others.is_empty() => (host, &inferred),
            _ => (index, ty),
        };
        questions[place_of_probe].extend(probe(ty, place, &RETURNABLE, &again, private));
    }
    questions
}

/// A type that several methods may return.
struct Shared<'a> {
    written: String,
    place: AliasPlace,
    /// The first method that returns it, as it is said there.
    index: usize,
    ty: &'a TypePath,
    inferred: TypePath,
    others: Vec<TypePath>,
}

/// Whether the body of the method is there under all conditions, and none of its parameters could hide a type.
fn can_ask_for_others(method: &Method) -> bool {
    let is_lifetime = |param: &GenericParam| matches!(param, GenericParam::Lifetime(_));
    !has_conditions(method) && method.sig.generics.params.iter().all(is_lifetime)
}

/// Where tokens about `ty` point.
fn span_of(ty: &TypePath) -> Span {
    ty.path.segments[ty.path.segments.len() - 1].ident.span().resolved_at(Span::mixed_site())
}

fn ask_again(ty: &TypePath, private: &TokenStream) -> TokenStream {
    let span = span_of(ty);
    let private = at(private, span);
    quote_spanned!(span=> #private::ask_again::<#ty, _>(__found);)
}

/// Asks whether methods that look synchronous hand out streams or futures: their twins would be missed. The questions
/// stand in the body of a method beside them, so what they are about can name nothing of their own, and nothing that only
/// holds there. `own` are the associated types that this body knows; and the type of the impl itself is what it is, under
/// its name as under that of `Self`.
pub(crate) fn probes_of_synchronous(
    methods: &[Method],
    own: &[&Ident],
    self_ty: &Type,
    private: &TokenStream,
) -> TokenStream {
    let synchronous = methods.iter().filter(|method| method.is_left_where_it_is() && !has_conditions(method));
    let self_name = match self_ty {
        Type::Path(ty) => last_name(ty),
        _ => None,
    };
    let mut questions = TokenStream::new();
    for method in synchronous {
        let others = aliases(&method.output).into_iter().filter(|alias| last_name(alias.ty) != self_name);
        for Alias { ty, place } in others.filter(|alias| can_be_named_elsewhere(alias.ty, method, own)) {
            let mut ty = ty.clone();
            InferLifetimes.visit_type_path_mut(&mut ty);
            questions.extend(probe(&ty, place, &SYNCHRONOUS, &TokenStream::new(), private));
        }
    }
    questions
}

/// Asks the same about one method, where all that it names is there. What a caller chooses as the argument of another type
/// is not an output of its own.
pub(crate) fn probes_of_declaration(method: &Method, private: &TokenStream) -> TokenStream {
    let is_parameter = |ty: &TypePath| {
        let name = ty.path.get_ident();
        method.sig.generics.type_params().any(|param| Some(&param.ident) == name)
    };
    let aliases = aliases(&method.output).into_iter();
    let asked = aliases.filter(|alias| alias.place != AliasPlace::Elsewhere || !is_parameter(alias.ty));
    asked.map(|alias| probe(alias.ty, alias.place, &SYNCHRONOUS, &TokenStream::new(), private)).collect()
}

// Output, for `Page`:
//
//     {
//         use private::Returnable as _;
//         let __found = private::first((private::Probe::<Page>::RECEIVER, …));
//         <_ as private::NoTaskHandle<Page>>::ask(__found);
//         …
//     }
//
// `again` are the same questions about other methods.
fn probe(
    ty: &TypePath,
    place: AliasPlace,
    refusals: &[&str],
    again: &TokenStream,
    private: &TokenStream,
) -> TokenStream {
    let span = span_of(ty);
    let private = at(private, span);
    // The client of a socket is not a socket, and may be of use to blocking code.
    let answers = if place == AliasPlace::Elsewhere { &ANSWERS[OF_ARGUMENTS] } else { &ANSWERS[..] };
    let answers = answers.iter().map(|name| Ident::new(name, span));
    let items = sent_items(ty).filter(|_| place != AliasPlace::Elsewhere);
    let [collection, sink] = ["COLLECTION", "SINK"].map(|name| Ident::new(name, span));
    let of_sinks = items.map(|item| {
        quote_spanned!(span=> #private::SinkProbe::<#ty, #item>::#collection, #private::SinkProbe::<#ty, #item>::#sink,)
    });
    let first = Ident::new(
        match place {
            AliasPlace::Whole => "first",
            AliasPlace::InResult => "first_in_result",
            AliasPlace::Inside | AliasPlace::Elsewhere => "first_inside",
        },
        span,
    );
    let refusals = refusals.iter().filter(|name| is_asked_at(place, name)).map(|name| Ident::new(name, span));
    quote_spanned! {span=>
        {
            use #private::Returnable as _;
            let __found = #private::#first((#(#private::Probe::<#ty>::#answers,)* #(#of_sinks)*));
            #(<_ as #private::#refusals<#ty>>::ask(__found);)*
            #again
        }
    }
}

/// What a type may send, if it is a sink: its first arguments. A sender sends without waiting, too.
fn sent_items(ty: &TypePath) -> impl Iterator<Item = &Type> {
    let last = ty.path.segments.last().filter(|last| !last.ident.to_string().ends_with("Sender"));
    let arguments = last.and_then(|last| match &last.arguments {
        PathArguments::AngleBracketed(arguments) => Some(arguments),
        _ => None,
    });
    arguments.into_iter().flat_map(type_arguments).take(2)
}

/// The questions, in the order in which an answer counts.
const ANSWERS: [&str; 18] = [
    "RECEIVER",
    "KIND",
    "SECOND",
    "ITERATOR",
    "STREAM",
    "STREAM_INSIDE",
    "FUTURE",
    "FUTURE_INSIDE",
    "BUILDER",
    "BUILDER_INSIDE",
    "BLOCKING_READER",
    "BLOCKING_READER_INSIDE",
    "BLOCKING_WRITER",
    "BLOCKING_WRITER_INSIDE",
    "READER",
    "READER_INSIDE",
    "WRITER",
    "WRITER_INSIDE",
];

/// Those that are about the arguments of other types as well.
const OF_ARGUMENTS: Range<usize> = 1..8;

fn last_name(ty: &TypePath) -> Option<&Ident> {
    ty.path.segments.last().map(|last| &last.ident)
}

/// Under a condition the type may not be there, and with a `where` of the method's own it may be no type elsewhere.
fn has_conditions(method: &Method) -> bool {
    let is_conditional = |attr: &Attribute| attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr");
    method.sig.generics.where_clause.is_some() || method.attrs.iter().any(is_conditional)
}

/// Whether `ty` means the same in the body of another method of the block.
fn can_be_named_elsewhere(ty: &TypePath, method: &Method, own: &[&Ident]) -> bool {
    struct Foreign<'a> {
        method: &'a Method,
        own: &'a [&'a Ident],
        found: bool,
    }

    impl Visit<'_> for Foreign<'_> {
        fn visit_ident(&mut self, ident: &Ident) {
            self.found |= self.method.sig.generics.params.iter().any(|param| match param {
                GenericParam::Type(param) => param.ident == *ident,
                GenericParam::Const(param) => param.ident == *ident,
                GenericParam::Lifetime(_) => false,
            });
        }

        // The twin need not have the supertrait that `Self::Item` is of.
        fn visit_path(&mut self, path: &Path) {
            let associated = path.segments.get(1).filter(|_| path.segments[0].ident == "Self");
            self.found |= associated.is_some_and(|of| !self.own.contains(&&of.ident));
            visit::visit_path(self, path);
        }

        // What such a type leaves out belongs to its arguments, and is not inferred.
        fn visit_type_fn_ptr(&mut self, ty: &TypeFnPtr) {
            self.found |= names_lifetime(|names| names.visit_type_fn_ptr(ty));
            visit::visit_type_fn_ptr(self, ty);
        }

        fn visit_trait_bound(&mut self, bound: &TraitBound) {
            self.found |= bound.lifetimes.is_some();
            visit::visit_trait_bound(self, bound);
        }

        fn visit_parenthesized_generic_arguments(&mut self, arguments: &ParenthesizedGenericArguments) {
            self.found |= names_lifetime(|names| names.visit_parenthesized_generic_arguments(arguments));
            visit::visit_parenthesized_generic_arguments(self, arguments);
        }
    }

    let mut foreign = Foreign { method, own, found: false };
    foreign.visit_type_path(ty);
    !foreign.found
}

/// Whether `visit` comes upon a lifetime that `InferLifetimes` would rename.
fn names_lifetime(visit: impl FnOnce(&mut Named)) -> bool {
    let mut named = Named(false);
    visit(&mut named);
    named.0
}

struct Named(bool);

impl Visit<'_> for Named {
    fn visit_lifetime(&mut self, lifetime: &Lifetime) {
        self.0 |= lifetime.ident != "static";
    }
}

/// The lifetimes of another method have no meaning in a body, and are inferred there.
struct InferLifetimes;

impl VisitMut for InferLifetimes {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident != "static" {
            *lifetime = Lifetime::new("'_", lifetime.span());
        }
    }
}
