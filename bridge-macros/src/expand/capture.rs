//! One lifetime for what an `impl Trait` captures, so that a box of it has a name.

use crate::model::block::{Block, Twin};
use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::visit::Visit;
use syn::visit_mut::{self, VisitMut};
use syn::{
    CapturedParam, FnArg, GenericParam, Generics, Lifetime, ParenthesizedGenericArguments, Path, PathArguments,
    PreciseCapture, ReceiverKind, Signature, Type, TypeFnPtr, TypeImplTrait, TypeParam, TypeParamBound, TypeReference,
    WherePredicate, parse_quote,
};

/// What is around a method, as far as its `impl Trait` captures that too.
pub(crate) struct Surroundings {
    /// The parameters of the block.
    params: Vec<GenericParam>,
    place: Place,
    /// A borrow of `Self` lives no longer than any of the parameters.
    is_within_self: bool,
}

#[derive(PartialEq)]
enum Place {
    /// A trait, or an impl of one: their twins have to have the same lifetimes.
    Trait,
    /// An impl that has no trait of ours to agree with.
    Impl,
    Function,
}

impl Surroundings {
    pub(crate) fn of(block: &Block) -> Self {
        let (generics, place, is_within_self) = match block {
            Block::Trait(block) => (&block.generics, Place::Trait, block.generics.params.is_empty()),
            Block::Impl(block) => match block.twin {
                Twin::Existing(_) => (&block.generics, Place::Impl, is_within(&block.self_ty, &block.generics)),
                Twin::Generated(_) | Twin::Unknown => (&block.generics, Place::Trait, !has_arguments(&block.source)),
            },
            Block::Inherent(block) => (&block.generics, Place::Impl, is_within(&block.self_ty, &block.generics)),
            Block::Type(_) | Block::Polled(_) | Block::Function => {
                return Self { params: Vec::new(), place: Place::Function, is_within_self: true };
            }
        };
        Self { params: generics.params.iter().cloned().collect(), place, is_within_self }
    }
}

/// A trait with parameters does not know them to be within `Self`. Its impls may, but go by this too.
fn has_arguments(source: &Path) -> bool {
    source.segments.last().is_some_and(|last| !matches!(last.arguments, PathArguments::None))
}

/// Whether each parameter is a part of `ty`, or `'static`.
fn is_within(ty: &Type, generics: &Generics) -> bool {
    struct Mentions<'a> {
        name: &'a Ident,
        found: bool,
    }

    impl Visit<'_> for Mentions<'_> {
        fn visit_ident(&mut self, ident: &Ident) {
            self.found |= self.name == ident;
        }
    }

    generics.params.iter().all(|param| {
        let name = match param {
            GenericParam::Lifetime(param) => &param.lifetime.ident,
            GenericParam::Type(param) if is_static(param, generics) => return true,
            GenericParam::Type(param) => &param.ident,
            GenericParam::Const(_) => return true,
        };
        let mut mentions = Mentions { name, found: false };
        mentions.visit_type(ty);
        mentions.found
    })
}

fn is_static(param: &TypeParam, generics: &Generics) -> bool {
    let is_static = |bound: &TypeParamBound| matches!(bound, TypeParamBound::Lifetime(of) if of.ident == "static");
    let predicates = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    let bounds = predicates.filter_map(|predicate| match predicate {
        WherePredicate::Type(of) => match &of.bounded_ty {
            Type::Path(ty) if ty.path.is_ident(&param.ident) => Some(&of.bounds),
            _ => None,
        },
        _ => None,
    });
    bounds.flatten().chain(&param.bounds).any(is_static)
}

/// The lifetime of what the `impl Trait`s that `parts` are capture together. `sig` is changed so that it can be named.
pub(crate) fn capture(sig: &mut Signature, parts: &[&Type], around: &Surroundings) -> Lifetime {
    let listed: Option<Vec<_>> = parts.iter().map(|part| captures(part)).collect();
    match listed {
        Some(listed) => capture_listed(sig, &listed, around),
        None => capture_all(sig, around),
    }
}

// Input:
//     fn list<T: Row>(&self, prefix: &str) -> impl Stream<Item = T> + Send
//
// Output, in a trait with a parameter `K`:
//     fn list<'captured, T: Row>(&'captured self, prefix: &'captured str) -> …
//     where
//         K: 'captured,
//         T: 'captured,
//         Self: 'captured
//
// An `impl Trait` of a trait's method captures everything. Where that is one borrow of `self`, it is `'_`, and nothing is
// changed.
fn capture_all(sig: &mut Signature, around: &Surroundings) -> Lifetime {
    let elided = Elided::of(sig);
    let is_alone = sig.generics.params.is_empty() && !elided.is_generic && around.is_within_self;
    if elided.count == 1 && is_alone && (elided.in_receiver == 1 || around.place == Place::Function) {
        return Lifetime::new("'_", Span::mixed_site());
    }
    let captured = captured();
    elided.name(sig, &captured, |_| true);
    let params = around.params.iter().chain(&sig.generics.params);
    let outlives = params.filter_map(|param| match param {
        GenericParam::Lifetime(param) => Some(outlives(&param.lifetime, &captured)),
        GenericParam::Type(param) => Some(outlives(&param.ident, &captured)),
        GenericParam::Const(_) => None,
    });
    let this = (around.place != Place::Function).then(|| parse_quote!(Self: #captured));
    let outlives = outlives.chain(this).collect();
    declare(sig, &captured, outlives);
    captured
}

// Input:
//     fn list<T: Row>(&self, prefix: &str, key: T) -> impl Stream<Item = T> + Send + use<T>
//
// Output:
//     fn list<'captured, T: Row>(&self, prefix: &str, key: T) -> …
//     where
//         T: 'captured
//
// In a trait the list has `Self`, which an impl leaves out; their twins have to have the same lifetimes.
fn capture_listed(sig: &mut Signature, listed: &[&PreciseCapture], around: &Surroundings) -> Lifetime {
    let params = || listed.iter().flat_map(|listed| &listed.params);
    let is_const = |ident: &Ident| {
        let mut all = around.params.iter().chain(&sig.generics.params);
        all.any(|param| matches!(param, GenericParam::Const(param) if param.ident == *ident))
    };
    let types: Vec<_> = params()
        .filter_map(|param| match param {
            CapturedParam::Ident(ident) if ident != "Self" && !is_const(ident) => Some(ident),
            _ => None,
        })
        .collect();
    let lifetimes: Vec<_> = params()
        .filter_map(|param| match param {
            CapturedParam::Lifetime(lifetime) => Some(lifetime),
            _ => None,
        })
        .collect();
    match &lifetimes[..] {
        _ if around.place == Place::Trait || !types.is_empty() => {}
        [] => return Lifetime::new("'static", Span::mixed_site()),
        [lifetime] => return (*lifetime).clone(),
        _ => {}
    }
    let captured = captured();
    let (elided, named): (Vec<_>, Vec<_>) = lifetimes.into_iter().partition(|lifetime| lifetime.ident == "_");
    if !elided.is_empty() {
        let elided = Elided::of(sig);
        elided.name(sig, &captured, |input| elided.in_receiver == 0 || matches!(input, FnArg::Receiver(_)));
    }
    let named = named.into_iter().map(|lifetime| outlives(lifetime, &captured));
    let types = types.into_iter().map(|ty| outlives(ty, &captured));
    let this = (around.place == Place::Trait).then(|| parse_quote!(Self: #captured));
    let outlives = named.chain(types).chain(this).collect();
    declare(sig, &captured, outlives);
    captured
}

fn captured() -> Lifetime {
    Lifetime::new("'captured", Span::mixed_site())
}

fn outlives(param: &impl ToTokens, captured: &Lifetime) -> WherePredicate {
    parse_quote!(#param: #captured)
}

fn declare(sig: &mut Signature, captured: &Lifetime, outlives: Vec<WherePredicate>) {
    sig.generics.params.insert(0, parse_quote!(#captured));
    if !outlives.is_empty() {
        sig.generics.make_where_clause().predicates.extend(outlives);
    }
}

/// The lifetimes that the arguments do not name.
#[derive(Default)]
struct Elided {
    count: usize,
    in_receiver: usize,
    /// There is an `impl Trait`.
    is_generic: bool,
    replacement: Option<Lifetime>,
    /// This is about the output, whose `impl Trait` gets a box of its own.
    is_output: bool,
}

impl Elided {
    fn of(sig: &Signature) -> Self {
        let mut elided = Self::default();
        for input in &sig.inputs {
            elided.visit_fn_arg_mut(&mut input.clone());
            if let FnArg::Receiver(_) = input {
                elided.in_receiver = elided.count;
            }
        }
        elided
    }

    /// Names those `within` the arguments that are meant, and the same in the output: what that does not name is the
    /// lifetime of the receiver, or else the only one.
    fn name(&self, sig: &mut Signature, name: &Lifetime, within: impl Fn(&FnArg) -> bool) {
        let mut naming = Self { replacement: Some(name.clone()), ..Self::default() };
        let inputs = sig.inputs.iter_mut().filter(|input| within(input));
        inputs.for_each(|input| naming.visit_fn_arg_mut(input));
        let borrows_self = sig.receiver().is_some_and(|receiver| !matches!(receiver.kind, ReceiverKind::Value));
        if self.in_receiver > 0 || self.count == 1 && !borrows_self {
            naming.is_output = true;
            naming.visit_return_type_mut(&mut sig.output);
        }
    }

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
        if let Some(replacement) = self.replacement.as_ref().filter(|_| !self.is_output) {
            ty.bounds.push(TypeParamBound::Lifetime(replacement.clone()));
        }
    }

    // In `fn(&str)`, and `Fn(&str)`, what is left out means something else.
    fn visit_type_fn_ptr_mut(&mut self, _: &mut TypeFnPtr) {}

    fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut ParenthesizedGenericArguments) {}
}

/// The lifetime that the bounds of an `impl Trait` name.
pub(crate) fn named(ty: &Type) -> Option<Lifetime> {
    let Type::ImplTrait(ty) = ty else { return None };
    ty.bounds.iter().find_map(|bound| match bound {
        TypeParamBound::Lifetime(lifetime) => Some(lifetime.clone()),
        _ => None,
    })
}

/// The list of what an `impl Trait` captures, `use<…>`.
fn captures(ty: &Type) -> Option<&PreciseCapture> {
    let Type::ImplTrait(ty) = ty else { return None };
    ty.bounds.iter().find_map(|bound| match bound {
        TypeParamBound::PreciseCapture(listed) => Some(listed),
        _ => None,
    })
}
