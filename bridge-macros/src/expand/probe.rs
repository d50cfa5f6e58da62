//! Questions to the compiler: whether what an alias stands for is of any use to blocking code.

use crate::expand::private_path::at;
use crate::model::method::{Kind, Method};
use crate::syntax::output::aliases;
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::visit::{self, Visit};
use syn::visit_mut::VisitMut;
use syn::{
    Attribute, GenericParam, Lifetime, ParenthesizedGenericArguments, Path, TraitBound, Type, TypeFnPtr, TypePath,
};

/// What blocking code can do nothing with.
const RETURNABLE: [&str; 5] = ["NoTaskHandle", "NoGuard", "NoRuntime", "NoStream", "NoFuture"];

/// What makes a method one that the twin should have.
const SYNCHRONOUS: [&str; 2] = ["NoStream", "NoFuture"];

/// Asks about each part of the output of a twin.
pub(crate) fn probes(output: &Type, private: &TokenStream) -> TokenStream {
    aliases(output).into_iter().map(|ty| probe(ty, &RETURNABLE, private)).collect()
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
    let synchronous = methods.iter().filter(|method| {
        matches!(method.kind, Kind::Sync)
            && !method.is_skipped()
            && !method.is_passed_through()
            && !has_conditions(method)
    });
    let self_name = match self_ty {
        Type::Path(ty) => last_name(ty),
        _ => None,
    };
    let mut questions = TokenStream::new();
    for method in synchronous {
        let others = aliases(&method.output).into_iter().filter(|ty| last_name(ty) != self_name);
        for ty in others.filter(|ty| can_be_named_elsewhere(ty, method, own)) {
            let mut ty = ty.clone();
            InferLifetimes.visit_type_path_mut(&mut ty);
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
