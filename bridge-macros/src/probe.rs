//! Questions to the compiler: whether what an alias stands for is of any use to blocking code.

use crate::face::at;
use crate::method::{Kind, Method};
use crate::output::aliases;
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::visit::{self, Visit};
use syn::visit_mut::VisitMut;
use syn::{GenericParam, Lifetime, LifetimeParam, Type, TypePath};

/// What blocking code can do nothing with.
const RETURNABLE: [&str; 5] = ["NoTaskHandle", "NoGuard", "NoRuntime", "NoStream", "NoFuture"];

/// What makes a method one that the twin should have.
const SYNCHRONOUS: [&str; 2] = ["NoStream", "NoFuture"];

/// Asks about each part of the output of a twin.
pub(crate) fn probes(output: &Type, private: &TokenStream) -> TokenStream {
    aliases(output).into_iter().map(|ty| probe(ty, &RETURNABLE, private)).collect()
}

/// Asks whether methods that look synchronous hand out streams or futures: their twins would be missed. The questions
/// stand in the body of a method beside them, so what they are about can name nothing of their own.
pub(crate) fn probes_of_synchronous(methods: &[Method], private: &TokenStream) -> TokenStream {
    let synchronous = methods.iter().filter(|method| {
        matches!(method.kind, Kind::Sync)
            && !method.is_skipped()
            && !method.is_passed_through()
            && !has_conditions(method)
    });
    let mut questions = TokenStream::new();
    for method in synchronous {
        for ty in aliases(&method.output).into_iter().filter(|ty| !mentions_generics(ty, method)) {
            let mut ty = ty.clone();
            InferLifetimes::besides_bound(&ty).visit_type_path_mut(&mut ty);
            questions.extend(probe(&ty, &SYNCHRONOUS, private));
        }
    }
    questions
}

// Output, for `Error`:
//
//     {
//         use private::Returnable as _;
//         let __found = private::first((private::Probe::<Error>::KIND, …));
//         <_ as private::NoTaskHandle<Error>>::ask(__found);
//         …
//     }
fn probe(ty: &TypePath, refusals: &[&str], private: &TokenStream) -> TokenStream {
    let span = ty.path.segments[ty.path.segments.len() - 1].ident.span().resolved_at(Span::mixed_site());
    let private = at(private, span);
    let answers = ["KIND", "SECOND", "STREAM", "STREAM_INSIDE", "FUTURE", "FUTURE_INSIDE"];
    let answers = answers.map(|name| Ident::new(name, span));
    let refusals = refusals.iter().map(|name| Ident::new(name, span));
    quote_spanned! {span=>
        {
            use #private::Returnable as _;
            let __found = #private::first((#(#private::Probe::<#ty>::#answers,)*));
            #(<_ as #private::#refusals<#ty>>::ask(__found);)*
        }
    }
}

/// Under a condition the type may not be there.
fn has_conditions(method: &Method) -> bool {
    method.attrs.iter().any(|attr| attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr"))
}

fn mentions_generics(ty: &TypePath, method: &Method) -> bool {
    struct Mentions<'a> {
        method: &'a Method,
        found: bool,
    }

    impl Visit<'_> for Mentions<'_> {
        fn visit_ident(&mut self, ident: &Ident) {
            self.found |= self.method.sig.generics.params.iter().any(|param| match param {
                GenericParam::Type(param) => param.ident == *ident,
                GenericParam::Const(param) => param.ident == *ident,
                GenericParam::Lifetime(_) => false,
            });
        }
    }

    let mut mentions = Mentions { method, found: false };
    visit::visit_type_path(&mut mentions, ty);
    mentions.found
}

/// The lifetimes of another method have no meaning in a body, and are inferred there. Those of a `for<'a>` have.
struct InferLifetimes {
    bound: Vec<Lifetime>,
}

impl InferLifetimes {
    fn besides_bound(ty: &TypePath) -> Self {
        let mut infer = Self { bound: Vec::new() };
        infer.visit_type_path(ty);
        infer
    }
}

impl Visit<'_> for InferLifetimes {
    fn visit_lifetime_param(&mut self, param: &LifetimeParam) {
        self.bound.push(param.lifetime.clone());
    }
}

impl VisitMut for InferLifetimes {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident != "static" && !self.bound.contains(lifetime) {
            *lifetime = Lifetime::new("'_", lifetime.span());
        }
    }
}
