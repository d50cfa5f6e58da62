//! The bounds that a twin has and its original need not have: what another thread needs of the generic types of a call.
//!
//! A twin and its impls must agree. The bounds of a method of a trait therefore follow from its signature and from what
//! kind of future it has, which both see. Those of the block's own parameters are in the header of an impl, where a trait
//! asks for nothing.

use crate::expand::call::{default_route, impl_route};
use crate::expand::private_path::at;
use crate::model::adapted_args::AdaptedArg;
use crate::model::block::{Block, Model};
use crate::model::generic_owner::{Owner, owner_of, parameters};
use crate::model::method::{Kind, Method, Proof};
use crate::options::block_options::Route;
use crate::options::conditional::conditions;
use crate::syntax::output::{Bounds, is_nameable};
use crate::syntax::threads::{
    GenericType, GenericTypes, Threads, bounds_in, into_iterator, is_used_by_reference, required_within, written,
};
use crate::syntax::tokens::{is_same, mentions};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::visit::Visit;
use syn::visit_mut::{self, VisitMut};
use syn::{
    FnArg, GenericArgument, Generics, Lifetime, PathArguments, PredicateType, Signature, Type, TypeImplTrait,
    TypeParen, TypePath, TypeReference, WherePredicate, parse_quote, parse_quote_spanned, token,
};

/// What of a call another thread may have.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Crossing {
    Nothing,
    /// The type of the future says that it is `Send`.
    Output,
    /// The future is built and run on one thread.
    Arguments,
    /// The future with all that it holds.
    Everything,
}

// Input:
//     fn put_blocking<K: AsRef<str>>(&self, key: K, value: &impl Serialize) -> io::Result<()>
//
// Output:
//     fn put_blocking<K: AsRef<str>>(&self, key: K, value: &(impl Serialize + Send + Sync)) -> io::Result<()>
//     where
//         K: Send + Sync,
//
// In an inherent impl, the parameters of the impl are bounded here as well. Each method asks for what it needs, and what
// is missing is reported at its call.
pub(crate) fn add_bounds(sig: &mut Signature, method: &Method, model: &Model, private: &TokenStream) {
    let mut predicates = predicates(method, model, Owner::Method, private);
    if let Block::Inherent(_) = model.block {
        predicates.extend(self::predicates(method, model, Owner::Block, private));
    }
    let crossing = crossing(method, model, Owner::Method);
    if crossing > Crossing::Output || !bounds_of(method, model).is_empty() {
        let is_adapted = |index| method.adapted_args.iter().any(|arg| arg.index == index);
        let inputs = sig.inputs.iter_mut().enumerate().filter(|(index, _)| !is_adapted(*index));
        for (_, input) in inputs {
            if let FnArg::Typed(argument) = input {
                let required = Threads::SEND;
                let bounds = bounds_of(method, model);
                AnonymousTypes { crossing, required, bounds, private }.visit_type_mut(&mut argument.ty);
            }
        }
    }
    if !predicates.is_empty() {
        sig.generics.make_where_clause().predicates.extend(predicates);
    }
}

/// The bounds of the parameters of a block, and of associated types, which its `methods` need.
pub(crate) fn header_bounds(model: &Model, methods: &[&Method], private: &TokenStream) -> Vec<WherePredicate> {
    let mut found: Vec<PredicateType> = Vec::new();
    for predicate in methods.iter().flat_map(|method| predicates(method, model, Owner::Block, private)) {
        let WherePredicate::Type(predicate) = predicate else { continue };
        match found.iter_mut().find(|of| is_same(&of.bounded_ty, &predicate.bounded_ty)) {
            Some(of) => {
                for bound in predicate.bounds {
                    if of.bounds.iter().all(|of| !is_same(of, &bound)) {
                        of.bounds.push(bound);
                    }
                }
            }
            None => found.push(predicate),
        }
    }
    found.into_iter().map(WherePredicate::Type).collect()
}

/// The bounds of an impl in which every method is left to its default: what most of them need.
pub(crate) fn bounds_of_empty_impl(model: &Model, private: &TokenStream) -> Vec<WherePredicate> {
    let (Block::Impl(block), false) = (&model.block, model.has_existing_twin()) else { return Vec::new() };
    let mut types = GenericTypes::new(parameters(&block.generics), Vec::new());
    types.with(Threads::BOTH, |types| types.visit_type(&block.self_ty));
    let named = model.options.bounds.iter().flat_map(|(_, named)| named);
    let guesses = types.found.iter().filter(|of| named.clone().all(|named| !of.is(&named.bounded_ty)));
    let guesses = guesses.filter_map(|of| predicate(of, &[&block.generics], private));
    guesses.chain(named.clone().filter(|of| !of.bounds.is_empty()).cloned().map(WherePredicate::Type)).collect()
}

fn crossing(method: &Method, model: &Model, owner: Owner) -> Crossing {
    if !method.is_bridged() || method.is_entered() || matches!(method.kind, Kind::Around) || model.has_existing_twin() {
        return Crossing::Nothing;
    }
    let proof = match &method.kind {
        Kind::Async(proof) => *proof,
        // Its output comes from another thread.
        Kind::Immediate if is_nameable(&method.output) => return Crossing::Output,
        _ => return Crossing::Everything,
    };
    let options = &model.options;
    match &model.block {
        // An impl of the trait may have an `async fn`, and routes of its own.
        Block::Trait(block) if owner == Owner::Method && !block.implemented_for.is_every_implementor() => match proof {
            Proof::Leaks | Proof::Bounded => Crossing::Everything,
            Proof::Written if options.route.as_ref().is_some_and(|(_, route)| *route == Route::Local) => {
                Crossing::Arguments
            }
            Proof::Written => Crossing::Output,
            Proof::Absent => Crossing::Arguments,
        },
        Block::Trait(_) => match (default_route(method, options), proof) {
            (Route::Local, _) => Crossing::Arguments,
            // The compiler sees through the future of the one impl there is.
            (Route::Send, _) if options.implementors.is_some() => Crossing::Everything,
            (Route::Send, Proof::Leaks) => Crossing::Everything,
            (Route::Send, _) => Crossing::Output,
        },
        Block::Impl(_) | Block::Inherent(_) | Block::Type(_) | Block::Polled(_) | Block::Function => {
            match (impl_route(method, options), proof) {
                (Route::Local, _) => Crossing::Arguments,
                (Route::Send, Proof::Leaks) => Crossing::Everything,
                (Route::Send, _) => Crossing::Output,
            }
        }
    }
}

/// What the options say of types: those of the method, and those of the block that the method does not name.
fn bounds_of<'a>(method: &'a Method, model: &'a Model) -> Vec<&'a PredicateType> {
    let mut bounds: Vec<_> = method.options.bounds.iter().flat_map(|(_, bounds)| bounds).collect();
    let of_block = model.options.bounds.iter().flat_map(|(_, bounds)| bounds);
    let of_block: Vec<_> = of_block.filter(|of| named(&of.bounded_ty, &bounds).is_none()).collect();
    bounds.extend(of_block);
    bounds
}

/// The bounds that are given for `ty`.
fn named<'a>(ty: &impl ToTokens, bounds: &[&'a PredicateType]) -> Option<&'a PredicateType> {
    bounds.iter().find(|of| is_same(&of.bounded_ty, ty)).copied()
}

fn predicates(method: &Method, model: &Model, owner: Owner, private: &TokenStream) -> Vec<WherePredicate> {
    let crossing = crossing(method, model, owner);
    if crossing == Crossing::Nothing {
        return Vec::new();
    }
    let block = model.generics();
    let generics: Vec<_> = [Some(&method.sig.generics), block].into_iter().flatten().collect();
    let bounds = bounds_of(method, model);
    let guesses = guesses(method, model, crossing);
    let guesses = guesses.iter().filter(|of| owner_of(&of.ty, method, model) == Some(owner));
    let guesses = guesses.filter(|of| named(&of.ty, &bounds).is_none());
    let guesses = guesses.filter(|of| !is_conditional(&of.ty, method, model));
    let guesses =
        guesses.map(|of| GenericType { required: of.required.without(declared(&of.ty, model)), ..of.clone() });
    let mut predicates: Vec<_> = guesses.filter_map(|of| predicate(&of, &generics, private)).collect();
    let given = bounds.iter().filter(|of| !of.bounds.is_empty());
    let given = given.filter(|of| !matches!(of.bounded_ty, Type::ImplTrait(_)));
    let given = given.filter(|of| owner_of(&of.bounded_ty, method, model) == Some(owner));
    predicates.extend(given.map(|of| WherePredicate::Type((*of).clone())));
    predicates
}

/// What a trait says of `Self`, and of the `Item` of `Self::Item`.
fn declared(ty: &TypePath, model: &Model) -> Threads {
    let Block::Trait(block) = &model.block else { return Threads::default() };
    if ty.path.is_ident("Self") {
        return written(&block.supertraits);
    }
    let of = block.types.iter().find(|of| is_of_self(ty) && associated(ty) == Some(&of.ident));
    of.map_or_else(Threads::default, |of| written(&of.bounds))
}

/// The predicate for what is required of a type and not written yet.
fn predicate(of: &GenericType, generics: &[&Generics], private: &TokenStream) -> Option<WherePredicate> {
    let bounds_in = generics.iter().flat_map(|generics| bounds_in(generics)).filter(|(ty, _)| of.is(ty));
    let written = bounds_in.map(|(_, bounds)| written(bounds)).fold(Threads::default(), Threads::or);
    let bounds = thread_bounds(of.required.without(written), of.ty.span(), private);
    let ty = &of.ty;
    (!bounds.is_empty()).then(|| parse_quote!(#ty: #bounds))
}

fn thread_bounds(required: Threads, span: Span, private: &TokenStream) -> Bounds {
    let span = span.resolved_at(Span::mixed_site());
    let private = at(private, span);
    let send = required.send.then(|| quote_spanned!(span=> #private::Send));
    let sync = required.sync.then(|| quote_spanned!(span=> #private::Sync));
    send.into_iter().chain(sync).map(|bound| -> syn::TypeParamBound { parse_quote_spanned!(span=> #bound) }).collect()
}

fn lifetimes(generics: &Generics) -> Vec<&Lifetime> {
    generics.lifetimes().map(|param| &param.lifetime).collect()
}

/// Whether the type may not be there: an associated type of the trait, or the method that names it, under a condition.
fn is_conditional(ty: &TypePath, method: &Method, model: &Model) -> bool {
    let Block::Trait(block) = &model.block else { return false };
    let is_named = |ident: &Ident| mentions(ty.to_token_stream(), &ident.to_string());
    let of_types = block.types.iter().any(|of| is_named(&of.ident) && !conditions(&of.attrs).is_empty());
    owner_of(ty, method, model) == Some(Owner::Block) && of_types
}

/// The types of which something is required, as far as the signature shows it.
fn guesses(method: &Method, model: &Model, crossing: Crossing) -> Vec<GenericType> {
    let this = Ident::new("Self", Span::mixed_site());
    let own = &method.sig.generics;
    let block = model.generics();
    let is_adapted = |name: &Ident| method.adapted_args.iter().filter_map(AdaptedArg::parameter).any(|of| of == name);
    let own_names: Vec<_> = parameters(own).into_iter().filter(|name| !is_adapted(name)).collect();
    let names = own_names.iter().copied().chain(block.into_iter().flat_map(parameters));
    let declared: Vec<_> = names.clone().collect();
    // In a trait and in its impls, the header is where the types of the block are bounded, which has its own lifetimes.
    let own_lifetimes = model.has_twins_in_scope().then_some(own);
    let lifetimes = own_lifetimes.into_iter().chain(block).flat_map(lifetimes);
    let mut types = GenericTypes::new(names.chain([&this]).collect(), lifetimes.collect());

    types.visit_return_type(&method.sig.output);
    let is_impl = matches!(model.block, Block::Impl(_));
    let receiver: TypePath = parse_quote!(Self);
    // The twin of a trait asks this of each implementor, whatever the future is.
    if (crossing > Crossing::Output || is_impl) && method.threads != Threads::default() {
        types.require(&receiver, method.threads);
    }
    if crossing > Crossing::Output {
        for (index, input) in method.sig.inputs.iter().enumerate() {
            match input {
                FnArg::Typed(argument) if method.adapted_args.iter().all(|arg| arg.index != index) => {
                    types.visit_type(&argument.ty);
                }
                _ => {}
            }
        }
    }
    if crossing == Crossing::Everything {
        for generics in [Some(own), block].into_iter().flatten() {
            visit_bounds(&mut types, generics);
        }
        for name in declared {
            types.require(&parameter(name), Threads::SEND);
        }
    }
    resolve(&mut types, method, model);
    let mut found = types.found;
    if crossing == Crossing::Everything {
        for of in found.iter_mut().filter(|of| !of.ty.path.is_ident("Self")) {
            of.required.send = true;
        }
    }
    found
}

fn parameter(name: &Ident) -> TypePath {
    TypePath { attrs: Vec::new(), qself: None, path: name.clone().into() }
}

/// What the bounds in `generics` say of their types and name besides.
fn visit_bounds(types: &mut GenericTypes<'_>, generics: &Generics) {
    let all = bounds_in(generics);
    for (ty, bounds) in &all {
        types.visit_type(ty);
        bounds.iter().for_each(|bound| types.visit_type_param_bound(bound));
        let Type::Path(ty) = ty else { continue };
        if !types.is_generic(ty) {
            continue;
        }
        let mut of_same = all.iter().filter(|(other, _)| is_same(other, ty));
        // Who has written `Send` has thought about threads.
        let says_send = of_same.any(|(_, bounds)| written(bounds).send);
        if is_used_by_reference(bounds) && !says_send {
            types.visit_generic(ty, Threads::SYNC);
        }
        if let (Some(name), true) = (ty.path.get_ident(), bounds.iter().any(into_iterator)) {
            let iterator: TypePath = parse_quote_spanned!(name.span()=> #name::IntoIter);
            types.visit_generic(&iterator, Threads::SEND);
        }
    }
}

/// Puts in the place of `Self` what it stands for in an impl. In a trait the supertraits of the twin say what the receiver
/// has to be.
fn resolve(types: &mut GenericTypes<'_>, method: &Method, model: &Model) {
    let (this, assigned): (_, &[_]) = match &model.block {
        Block::Impl(block) => (Some(&block.self_ty), &block.types),
        Block::Inherent(block) => (Some(&block.self_ty), &[]),
        Block::Trait(_) | Block::Type(_) | Block::Polled(_) | Block::Function => (None, &[]),
    };
    let is_trait = matches!(model.block, Block::Trait(_));
    let of_receiver = method.threads;
    // A type may be defined by another one, and a faulty one by itself.
    for _ in 0..=assigned.len() {
        let (of_self, found): (Vec<_>, _) =
            std::mem::take(&mut types.found).into_iter().partition(|of| is_of_self(&of.ty));
        types.found = found;
        for of in of_self {
            let name = associated(&of.ty);
            let value = assigned.iter().find(|it| name.is_some_and(|name| it.ident == *name)).map(|it| &it.ty);
            let value = if of.ty.path.is_ident("Self") { this } else { value };
            match value {
                Some(value) => types.with(of.required, |types| types.visit_type(value)),
                None if of.ty.path.is_ident("Self") => {
                    let required = of.required.without(of_receiver);
                    if is_trait && required != Threads::default() {
                        types.require(&of.ty, required);
                    }
                }
                None => types.require(&of.ty, of.required),
            }
        }
    }
    types
        .found
        .retain(|of| is_trait || !is_of_self(&of.ty) || !model.generics().is_none_or(|it| parameters(it).is_empty()));
}

/// Whether the type is `Self`, `Self::Item` or `<Self as Trait>::Item`.
fn is_of_self(ty: &TypePath) -> bool {
    match &ty.qself {
        Some(qself) => matches!(&*qself.ty, Type::Path(of) if of.path.is_ident("Self")),
        None => ty.path.segments[0].ident == "Self",
    }
}

/// The `Item` of `Self::Item` and `<Self as Trait>::Item`.
fn associated(ty: &TypePath) -> Option<&Ident> {
    let at = ty.qself.as_ref().map_or(1, |qself| qself.position);
    ty.path.segments.get(at).map(|of| &of.ident)
}

/// Bounds each `impl Trait` of an argument.
struct AnonymousTypes<'a> {
    crossing: Crossing,
    required: Threads,
    bounds: Vec<&'a PredicateType>,
    private: &'a TokenStream,
}

impl AnonymousTypes<'_> {
    fn with(&mut self, required: Threads, visit: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.required, required);
        visit(self);
        self.required = before;
    }
}

impl VisitMut for AnonymousTypes<'_> {
    fn visit_type_impl_trait_mut(&mut self, ty: &mut TypeImplTrait) {
        let given = named(ty, &self.bounds).map(|of| of.bounds.clone());
        let span = ty.impl_token.span;
        let written = written(&ty.bounds);
        let mut required = if self.crossing > Crossing::Output { self.required } else { Threads::default() };
        if self.crossing == Crossing::Everything {
            required.send = true;
            required.sync |= is_used_by_reference(&ty.bounds) && !written.send;
        }
        // What an argument gives out while it is used never leaves the thread of a future that stays on one.
        let crossing = if self.crossing == Crossing::Everything { Crossing::Everything } else { Crossing::Output };
        let before = std::mem::replace(&mut self.crossing, crossing);
        self.with(Threads::SEND, |this| visit_mut::visit_type_impl_trait_mut(this, ty));
        self.crossing = before;
        if let Some(given) = given {
            ty.bounds.extend(given);
            return;
        }
        if self.crossing == Crossing::Everything {
            name_iterators(&mut ty.bounds, span, self.private);
        }
        ty.bounds.extend(thread_bounds(required.without(written), span, self.private));
    }

    fn visit_type_path_mut(&mut self, ty: &mut TypePath) {
        let within = required_within(&ty.path, self.required);
        self.with(within, |this| visit_mut::visit_type_path_mut(this, ty));
    }

    fn visit_type_reference_mut(&mut self, ty: &mut TypeReference) {
        let within = if ty.mutability.is_none() { Threads::SYNC } else { self.required };
        self.with(within, |this| this.visit_type_mut(&mut ty.elem));
        if matches!(&*ty.elem, Type::ImplTrait(of) if of.bounds.len() > 1) {
            let elem = ty.elem.clone();
            *ty.elem = Type::Paren(TypeParen { attrs: Vec::new(), paren_token: token::Paren::default(), elem });
        }
    }
}

/// Makes `impl IntoIterator<Item = u8>` an `impl IntoIterator<Item = u8, IntoIter: Send>`.
fn name_iterators(bounds: &mut Bounds, span: Span, private: &TokenStream) {
    let send = thread_bounds(Threads::SEND, span, private);
    let iterator: GenericArgument = parse_quote_spanned!(span=> IntoIter: #send);
    for bound in bounds.iter_mut().filter(|bound| into_iterator(bound)) {
        let syn::TypeParamBound::Trait(bound) = bound else { continue };
        let Some(last) = bound.path.segments.last_mut() else { continue };
        match &mut last.arguments {
            PathArguments::AngleBracketed(arguments) => arguments.args.push(iterator.clone()),
            arguments => *arguments = PathArguments::AngleBracketed(parse_quote_spanned!(span=> <#iterator>)),
        }
    }
}
