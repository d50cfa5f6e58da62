//! `#[async_trait]`, which may run before us or after us.

use crate::syntax::output::{boxed_dyn, future_bound, has_send_bound, named_bound};
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::visit::Visit;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, GenericArgument, GenericParam, Generics, Lifetime, LifetimeParam, Meta, PredicateLifetime,
    PredicateType, ReceiverKind, ReturnType, Signature, Type, TypeImplTrait, TypeParam, TypeParamBound, TypeReference,
    WherePredicate,
};

/// What `#[async_trait]`, when it is still to run, promises of the futures of a block.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Promise {
    Send,
    /// `#[async_trait(?Send)]`
    Nothing,
}

/// The promise of the `#[async_trait]` among `attrs`, if there is one.
pub(crate) fn pending(attrs: &[Attribute]) -> Option<Promise> {
    let attr = attrs.iter().find(|attr| is_async_trait(attr))?;
    Some(match &attr.meta {
        Meta::List(list) if !list.tokens.is_empty() => Promise::Nothing,
        _ => Promise::Send,
    })
}

pub(crate) fn is_async_trait(attr: &Attribute) -> bool {
    attr.path().segments.last().is_some_and(|last| last.ident == "async_trait")
}

/// A signature as it was before `#[async_trait]` ran.
pub(crate) struct Undone {
    pub(crate) sig: Signature,
    pub(crate) promise: Promise,
    /// The bound `Self: Send` was added, because a default body mentions `Self`.
    pub(crate) self_is_send: bool,
}

// Input:
//     fn f<'life0, 'life1, 'async_trait, T>(
//         &'life0 self,
//         x: &'life1 T,
//     ) -> Pin<Box<dyn Future<Output = Ret> + Send + 'async_trait>>
//     where
//         'life0: 'async_trait,
//         'life1: 'async_trait,
//         T: 'async_trait + Bound,
//         Self: Sync + 'async_trait
//
// Output:
//     fn f<T>(&self, x: &T) -> Ret
//     where
//         T: Bound
//
// The same form may have been written by hand. A lifetime that is of use elsewhere, as in `Output = &'life0 str`, then
// stays; and a method that uses `'async_trait` for its arguments is one that returns a boxed future, and no more is known.
pub(crate) fn undo(sig: &Signature) -> Option<Undone> {
    if !sig.generics.lifetimes().any(|param| is_marker(&param.lifetime)) {
        return None;
    }
    let ReturnType::Type(arrow, ty) = &sig.output else { return None };
    let object = boxed_dyn(ty)?;
    let output = future_bound(&object.bounds)?.output?;
    let promise = if has_send_bound(&object.bounds) { Promise::Send } else { Promise::Nothing };

    let mut sig = sig.clone();
    sig.output = ReturnType::Type(*arrow, Box::new(output));
    let self_is_send = sig.generics.where_clause.iter().flat_map(|clause| &clause.predicates).any(|predicate| {
        matches!(predicate, WherePredicate::Type(of) if is_self(&of.bounded_ty)
            && of.bounds.iter().any(is_marker_bound)
            && has_send_bound(&of.bounds))
    });
    let added = remove_from_generics(&mut sig.generics);
    let mut needed = Needed::default();
    needed.visit_generics(&sig.generics);
    needed.visit_return_type(&sig.output);
    for param in added.iter().filter(|param| !param.bounds.is_empty()) {
        needed.visit_lifetime_param(param);
    }
    let (kept, added): (Vec<_>, Vec<_>) = added.into_iter().partition(|param| needed.0.contains(&param.lifetime));
    let mut erase = Erase { added: added.into_iter().map(|param| param.lifetime).collect() };
    for input in &mut sig.inputs {
        erase.visit_fn_arg_mut(input);
        needed.visit_fn_arg(input);
    }
    for param in kept.into_iter().rev() {
        sig.generics.params.insert(0, GenericParam::Lifetime(param));
    }
    let is_written_by_hand = needed.0.iter().any(is_marker);
    (!is_written_by_hand).then_some(Undone { sig, promise, self_is_send })
}

// Input:
//     fn f<T: Send + 'async_trait>(&self, x: T, y: &'async_trait str)
//
// Output:
//     fn f<'async_trait, T: Send>(&self, x: T, y: &'async_trait str)
//
// Where `#[async_trait]` is still to run, the lifetime that it will declare may be in use already. A bound says that the
// future holds the value, which is nothing to a twin.
pub(crate) fn remove_marker(sig: &mut Signature) {
    struct Remove;

    impl VisitMut for Remove {
        fn visit_type_param_mut(&mut self, param: &mut TypeParam) {
            remove_bounds(&mut param.bounds, is_marker_bound);
            visit_mut::visit_type_param_mut(self, param);
        }

        fn visit_lifetime_param_mut(&mut self, param: &mut LifetimeParam) {
            remove_bounds(&mut param.bounds, is_marker);
        }

        fn visit_predicate_type_mut(&mut self, predicate: &mut PredicateType) {
            remove_bounds(&mut predicate.bounds, is_marker_bound);
            visit_mut::visit_predicate_type_mut(self, predicate);
        }

        fn visit_predicate_lifetime_mut(&mut self, predicate: &mut PredicateLifetime) {
            remove_bounds(&mut predicate.bounds, is_marker);
        }

        fn visit_type_impl_trait_mut(&mut self, ty: &mut TypeImplTrait) {
            remove_bounds(&mut ty.bounds, is_marker_bound);
            visit_mut::visit_type_impl_trait_mut(self, ty);
        }
    }

    Remove.visit_signature_mut(sig);
    let mut needed = Needed::default();
    needed.visit_signature(sig);
    if let Some(marker) = needed.0.into_iter().find(is_marker) {
        sig.generics.params.insert(0, GenericParam::Lifetime(LifetimeParam::new(marker)));
    }
}

/// The lifetimes that are named.
#[derive(Default)]
struct Needed(Vec<Lifetime>);

impl Visit<'_> for Needed {
    fn visit_lifetime(&mut self, lifetime: &Lifetime) {
        self.0.push(lifetime.clone());
    }
}

fn is_marker(lifetime: &Lifetime) -> bool {
    lifetime.ident == "async_trait"
}

fn is_marker_bound(bound: &TypeParamBound) -> bool {
    matches!(bound, TypeParamBound::Lifetime(lifetime) if is_marker(lifetime))
}

fn is_self(ty: &Type) -> bool {
    matches!(ty, Type::Path(ty) if ty.qself.is_none() && ty.path.is_ident("Self"))
}

/// Whether `lifetime` has the name that `#[async_trait]` gives to an elided one: `'life0`, `'life1`, ….
fn is_numbered(lifetime: &Lifetime) -> bool {
    let name = lifetime.ident.to_string();
    name.strip_prefix("life").is_some_and(|number| number.parse::<usize>().is_ok())
}

/// Removes the parameters and bounds that were added, and returns the parameters that stand for elided lifetimes.
fn remove_from_generics(generics: &mut Generics) -> Vec<LifetimeParam> {
    let mut added = Vec::new();
    let mut params = Punctuated::new();
    for mut param in std::mem::take(&mut generics.params) {
        match &mut param {
            GenericParam::Lifetime(param) if is_marker(&param.lifetime) => continue,
            GenericParam::Lifetime(param) => {
                remove_bounds(&mut param.bounds, is_marker);
                if is_numbered(&param.lifetime) {
                    added.push(param.clone());
                    continue;
                }
            }
            GenericParam::Type(param) => remove_bounds(&mut param.bounds, is_marker_bound),
            GenericParam::Const(_) => {}
        }
        params.push(param);
    }
    if params.is_empty() {
        generics.lt_token = None;
        generics.gt_token = None;
    }
    generics.params = params;

    if let Some(clause) = &mut generics.where_clause {
        let predicates = std::mem::take(&mut clause.predicates);
        clause.predicates = predicates.into_iter().filter_map(without_marker).collect();
        if clause.predicates.is_empty() {
            generics.where_clause = None;
        }
    }
    added
}

/// The predicate as the user wrote it, or nothing if it was added as a whole.
fn without_marker(mut predicate: WherePredicate) -> Option<WherePredicate> {
    let left = match &mut predicate {
        WherePredicate::Type(of) => {
            let written = !of.bounds.iter().any(is_marker_bound);
            if written {
                return Some(predicate);
            }
            remove_bounds(&mut of.bounds, is_marker_bound);
            if is_self(&of.bounded_ty) {
                remove_bounds(&mut of.bounds, |bound| named_bound(bound, &["Send", "Sync"]).is_some());
            }
            of.bounds.len()
        }
        WherePredicate::Lifetime(of) => {
            remove_bounds(&mut of.bounds, is_marker);
            of.bounds.len()
        }
        _ => 1,
    };
    (left > 0).then_some(predicate)
}

fn remove_bounds<T: ToTokens, P: Default>(bounds: &mut Punctuated<T, P>, added: fn(&T) -> bool) {
    *bounds = std::mem::take(bounds).into_iter().filter(|bound| !added(bound)).collect();
}

/// Makes added lifetimes elided again: also in `Fn(&'life0 str)`, which the user wrote as `Fn(&str)`.
struct Erase {
    added: Vec<Lifetime>,
}

impl Erase {
    fn reference(&self, lifetime: &mut Option<Lifetime>) {
        if lifetime.as_ref().is_some_and(|lifetime| self.added.contains(lifetime)) {
            *lifetime = None;
        }
    }
}

impl VisitMut for Erase {
    fn visit_receiver_kind_mut(&mut self, kind: &mut ReceiverKind) {
        if let ReceiverKind::Reference(_, lifetime, _) = kind {
            self.reference(lifetime);
        }
        visit_mut::visit_receiver_kind_mut(self, kind);
    }

    fn visit_type_reference_mut(&mut self, ty: &mut TypeReference) {
        self.reference(&mut ty.lifetime);
        visit_mut::visit_type_reference_mut(self, ty);
    }

    fn visit_generic_argument_mut(&mut self, argument: &mut GenericArgument) {
        match argument {
            GenericArgument::Lifetime(lifetime) if self.added.contains(lifetime) => {
                *lifetime = Lifetime::new("'_", lifetime.span());
            }
            _ => {}
        }
        visit_mut::visit_generic_argument_mut(self, argument);
    }

    fn visit_type_impl_trait_mut(&mut self, ty: &mut TypeImplTrait) {
        remove_bounds(&mut ty.bounds, is_marker_bound);
        visit_mut::visit_type_impl_trait_mut(self, ty);
    }
}
