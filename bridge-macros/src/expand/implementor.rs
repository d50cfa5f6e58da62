//! What is asked of each implementor of the async trait, for which a base or a twin is implemented.

use crate::expand::added_bounds::header_bounds;
use crate::expand::trait_expansion::Expansion;
use crate::model::block::ImplementedFor;
use crate::model::method::Method;
use crate::options::conditional::conditions;
use crate::syntax::rewrite::arguments;
use crate::syntax::tokens::mentions;
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::visit_mut::VisitMut;
use syn::{
    AssocType, GenericParam, Generics, Lifetime, Token, TraitItemType, TypeParamBound, WherePredicate, parse_quote,
};

impl Expansion<'_> {
    /// The name of the type parameter for which the base is implemented. Users read it in messages of rustc's, so it
    /// is plain, and none that the trait uses itself.
    pub(crate) fn implementor(&self) -> Ident {
        let mut name = String::from("Implementor");
        while mentions(self.model.original.clone(), &name) {
            name.push('_');
        }
        Ident::new(&name, Span::mixed_site())
    }

    // Input:
    //     <'a, K = String>
    //
    // Output:
    //     <'a, Implementor: ?Sized + Store<'a, K> + Sync, K>
    //
    // With `implementors = Base`, `Base` stands in the place of `Store<'a, K>`.
    //
    // With a default `async fn find(&self, key: K) -> Option<Self::Row>` among `methods`, `K: Send` and
    // `<Implementor as Store<'a, K>>::Row: Send` follow in a `where` clause.
    //
    // What a mirror asks of its remote's associated types, and besides it, is asked of each implementor.
    pub(crate) fn implementor_generics(&self, this: &Ident, methods: &[&Method], threads: &[TokenStream]) -> Generics {
        let private = &self.private;
        let source = match &self.model.options.implementors {
            Some((_, Some(implementors))) => quote!(#implementors),
            _ => self.source.clone(),
        };
        let mut generics = self.block.generics.clone();
        let after_lifetimes = generics.params.iter().filter(|param| matches!(param, GenericParam::Lifetime(_))).count();
        let mut bounds: Punctuated<TypeParamBound, Token![+]> = parse_quote!(?#private::Sized + #source #(+ #threads)*);
        if let ImplementedFor::Remote(_) = self.block.implemented_for {
            bounds.extend(self.block.supertraits.iter().cloned());
            let predicates = self.type_predicates();
            if !predicates.is_empty() {
                generics.make_where_clause().predicates.extend(predicates);
            }
        }
        let added = header_bounds(self.model, methods, private);
        if !added.is_empty() {
            generics.make_where_clause().predicates.extend(added);
        }
        self.of_implementor(this, |visit| {
            visit.visit_generics_mut(&mut generics);
            bounds.iter_mut().for_each(|bound| visit.visit_type_param_bound_mut(bound));
        });
        generics.params.insert(after_lifetimes, parse_quote!(#this: #bounds));
        generics
    }

    /// The bounds of a mirror's associated types. What is generic over types cannot be bounded in a `where` clause, nor what
    /// is under a condition, so the bounds of such have to be those of the remote.
    fn type_predicates(&self) -> Vec<WherePredicate> {
        let source = &self.source;
        let is_of_types = |of: &TraitItemType| of.generics.lifetimes().count() < of.generics.params.len();
        let types = self.block.types.iter().filter(|of| !is_of_types(of) && conditions(&of.attrs).is_empty());
        let predicates = types.filter_map(|of| {
            let (ident, arguments) = (&of.ident, arguments(&of.generics));
            let names: Vec<_> = of.generics.lifetimes().map(|param| &param.lifetime).collect();
            let bounds: Vec<_> = of.bounds.iter().filter(|bound| is_predicate(bound, &names)).collect();
            let lifetimes = (!names.is_empty()).then(|| quote!(for<#(#names),*>));
            (!bounds.is_empty()).then(|| parse_quote!(#lifetimes <Self as #source>::#ident #arguments: #(#bounds)+*))
        });
        predicates.collect()
    }
}

/// Whether a `where` clause can have the bound, for all `lifetimes`. It can have no `?Sized`, and no lifetime of a `for`
/// in what an associated type is, as in `Future<Output = &'a str>`.
fn is_predicate(bound: &TypeParamBound, lifetimes: &[&Lifetime]) -> bool {
    struct Binds<'a> {
        lifetimes: &'a [&'a Lifetime],
        is_within: bool,
        found: bool,
    }

    impl Visit<'_> for Binds<'_> {
        fn visit_assoc_type(&mut self, of: &AssocType) {
            let around = std::mem::replace(&mut self.is_within, true);
            visit::visit_assoc_type(self, of);
            self.is_within = around;
        }

        fn visit_lifetime(&mut self, lifetime: &Lifetime) {
            self.found |= self.is_within && self.lifetimes.contains(&lifetime);
        }
    }

    let is_relaxed = matches!(bound, TypeParamBound::Trait(bound) if bound.maybe.is_some());
    let mut binds = Binds { lifetimes, is_within: false, found: false };
    binds.visit_type_param_bound(bound);
    !is_relaxed && !binds.found
}
