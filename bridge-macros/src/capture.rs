//! One lifetime for what an `impl Trait` captures, so that a box of it has a name.

use proc_macro2::Span;
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{
    FnArg, GenericParam, Lifetime, ParenthesizedGenericArguments, ReceiverKind, Signature, Type, TypeFnPtr,
    TypeImplTrait, TypeReference, parse_quote,
};

// Input:
//     fn list<T: Row>(&self, prefix: &str) -> impl Stream<Item = T> + Send
//
// Output:
//     fn list<'captured, T: Row>(&'captured self, prefix: &'captured str) -> …
//     where
//         Self: 'captured,
//         T: 'captured
//
// An `impl Trait` of a trait's method captures everything. Where that is one elided lifetime, it is `'_`, and nothing
// is changed.
pub(crate) fn capture(sig: &mut Signature) -> Lifetime {
    let mut elided = Elided { count: 0, replacement: None, is_generic: false };
    sig.inputs.iter_mut().for_each(|input| elided.visit_fn_arg_mut(input));
    let is_alone = sig.generics.params.is_empty() && !elided.is_generic;
    if elided.count == 1 && is_alone {
        return Lifetime::new("'_", Span::mixed_site());
    }
    let captured = Lifetime::new("'captured", Span::mixed_site());
    elided.replacement = Some(captured.clone());
    sig.inputs.iter_mut().for_each(|input| elided.visit_fn_arg_mut(input));
    let params = sig.generics.params.iter();
    let outlives: Vec<syn::WherePredicate> = params
        .filter_map(|param| match param {
            GenericParam::Lifetime(param) => {
                let lifetime = &param.lifetime;
                Some(parse_quote!(#lifetime: #captured))
            }
            GenericParam::Type(param) => {
                let ident = &param.ident;
                Some(parse_quote!(#ident: #captured))
            }
            GenericParam::Const(_) => None,
        })
        .collect();
    let this = sig.receiver().is_some().then(|| parse_quote!(Self: #captured));
    sig.generics.params.insert(0, parse_quote!(#captured));
    sig.generics.make_where_clause().predicates.extend(outlives.into_iter().chain(this));
    captured
}

/// The lifetimes that the arguments do not name.
struct Elided {
    count: usize,
    replacement: Option<Lifetime>,
    /// There is an `impl Trait`.
    is_generic: bool,
}

impl Elided {
    fn found(&mut self, lifetime: &mut Option<Lifetime>) {
        self.count += 1;
        if let Some(replacement) = &self.replacement {
            *lifetime = Some(replacement.clone());
        }
    }
}

impl VisitMut for Elided {
    fn visit_fn_arg_mut(&mut self, argument: &mut FnArg) {
        match argument {
            FnArg::Receiver(receiver) => self.visit_receiver_kind_mut(&mut receiver.kind),
            FnArg::Typed(argument) => self.visit_type_mut(&mut argument.ty),
        }
    }

    fn visit_receiver_kind_mut(&mut self, kind: &mut ReceiverKind) {
        match kind {
            ReceiverKind::Reference(_, lifetime, _) if lifetime.is_none() => self.found(lifetime),
            ReceiverKind::Reference(_, Some(lifetime), _) => self.visit_lifetime_mut(lifetime),
            kind => visit_mut::visit_receiver_kind_mut(self, kind),
        }
    }

    fn visit_type_reference_mut(&mut self, ty: &mut TypeReference) {
        if ty.lifetime.is_none() {
            self.found(&mut ty.lifetime);
        }
        visit_mut::visit_type_reference_mut(self, ty);
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident == "_" {
            let mut replaced = None;
            self.found(&mut replaced);
            if let Some(replaced) = replaced {
                *lifetime = replaced;
            }
        }
    }

    fn visit_type_impl_trait_mut(&mut self, ty: &mut TypeImplTrait) {
        self.is_generic = true;
        visit_mut::visit_type_impl_trait_mut(self, ty);
        if let Some(replacement) = &self.replacement {
            ty.bounds.push(syn::TypeParamBound::Lifetime(replacement.clone()));
        }
    }

    // In `fn(&str)`, and `Fn(&str)`, what is left out means something else.
    fn visit_type_fn_ptr_mut(&mut self, _: &mut TypeFnPtr) {}

    fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut ParenthesizedGenericArguments) {}
}

/// The lifetime that the bounds of an `impl Trait` name.
pub(crate) fn named(ty: &Type) -> Option<Lifetime> {
    let Type::ImplTrait(ty) = ty else { return None };
    let bounds: &Punctuated<_, _> = &ty.bounds;
    bounds.iter().find_map(|bound| match bound {
        syn::TypeParamBound::Lifetime(lifetime) => Some(lifetime.clone()),
        _ => None,
    })
}
