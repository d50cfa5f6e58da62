//! What has to be true of the generic parts of a type, for another thread to have a value of it.

use crate::syntax::output::{Bounds, as_trait, named_bound};
use crate::syntax::tokens::is_same;
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{
    Expr, GenericArgument, GenericParam, Generics, Ident, Lifetime, ParenthesizedGenericArguments, Path, PathArguments,
    Type, TypeFnPtr, TypeImplTrait, TypeParamBound, TypePath, TypeReference, TypeTraitObject, WherePredicate,
};

/// What has to be true of a type.
#[derive(Clone, Copy, Default, PartialEq)]
pub(crate) struct Threads {
    pub(crate) sync: bool,
    pub(crate) send: bool,
}

impl Threads {
    pub(crate) const SEND: Self = Self { sync: false, send: true };
    pub(crate) const SYNC: Self = Self { sync: true, send: false };
    pub(crate) const BOTH: Self = Self { sync: true, send: true };

    pub(crate) fn or(self, other: Self) -> Self {
        Self { sync: self.sync || other.sync, send: self.send || other.send }
    }

    pub(crate) fn without(self, other: Self) -> Self {
        Self { sync: self.sync && !other.sync, send: self.send && !other.send }
    }
}

/// A type that is known by its bounds only: a parameter, or an associated type of one.
#[derive(Clone)]
pub(crate) struct GenericType {
    pub(crate) ty: TypePath,
    pub(crate) required: Threads,
}

impl GenericType {
    pub(crate) fn is(&self, ty: &impl ToTokens) -> bool {
        is_same(&self.ty, ty)
    }
}

/// Gathers the generic types in what is visited, each once. What is visited is to be true of the whole.
///
/// A function pointer, a trait object and the arguments of `Fn(…)` say nothing about the values that they are of.
pub(crate) struct GenericTypes<'a> {
    /// The names that generic types begin with: parameters, and `Self`.
    names: Vec<&'a Ident>,
    /// Those that a `where` clause can name.
    lifetimes: Vec<&'a Lifetime>,
    /// What has to be true of the type that is visited.
    pub(crate) required: Threads,
    pub(crate) found: Vec<GenericType>,
}

impl<'a> GenericTypes<'a> {
    pub(crate) fn new(names: Vec<&'a Ident>, lifetimes: Vec<&'a Lifetime>) -> Self {
        Self { names, lifetimes, required: Threads::SEND, found: Vec::new() }
    }

    /// Asks this of `ty` besides.
    pub(crate) fn require(&mut self, ty: &TypePath, required: Threads) {
        match self.found.iter_mut().find(|of| of.is(ty)) {
            Some(of) => of.required = of.required.or(required),
            None => self.found.push(GenericType { ty: ty.clone(), required }),
        }
    }

    pub(crate) fn with(&mut self, required: Threads, visit: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.required, required);
        visit(self);
        self.required = before;
    }

    /// Whether the type is `T`, `T::Item` or `<T as Trait>::Item`.
    pub(crate) fn is_generic(&self, ty: &TypePath) -> bool {
        if let Some(qself) = &ty.qself {
            return matches!(&*qself.ty, Type::Path(of) if self.is_generic(of));
        }
        let first = &ty.path.segments[0];
        ty.path.leading_colon.is_none() && first.arguments.is_none() && self.names.contains(&&first.ident)
    }

    /// Asks this of `ty`, if a `where` clause can name it.
    pub(crate) fn visit_generic(&mut self, ty: &TypePath, required: Threads) {
        if self.can_be_named(ty) {
            self.require(ty, required);
        }
    }

    fn can_be_named(&self, ty: &TypePath) -> bool {
        struct Lifetimes<'a> {
            declared: &'a [&'a Lifetime],
            are_declared: bool,
        }

        impl Visit<'_> for Lifetimes<'_> {
            fn visit_lifetime(&mut self, lifetime: &Lifetime) {
                self.are_declared &= lifetime.ident == "static" || self.declared.contains(&lifetime);
            }

            fn visit_type_reference(&mut self, ty: &TypeReference) {
                self.are_declared &= ty.lifetime.is_some();
                visit::visit_type_reference(self, ty);
            }
        }

        let mut lifetimes = Lifetimes { declared: &self.lifetimes, are_declared: true };
        lifetimes.visit_type_path(ty);
        lifetimes.are_declared
    }
}

impl Visit<'_> for GenericTypes<'_> {
    fn visit_type_path(&mut self, ty: &TypePath) {
        if self.is_generic(ty) {
            return self.visit_generic(ty, self.required);
        }
        let within = required_within(&ty.path, self.required);
        self.with(within, |this| visit::visit_path(this, &ty.path));
    }

    fn visit_type_reference(&mut self, ty: &TypeReference) {
        let within = if ty.mutability.is_none() { Threads::SYNC } else { self.required };
        self.with(within, |this| this.visit_type(&ty.elem));
    }

    fn visit_type_impl_trait(&mut self, ty: &TypeImplTrait) {
        self.with(Threads::SEND, |this| visit::visit_type_impl_trait(this, ty));
    }

    fn visit_type_fn_ptr(&mut self, _: &TypeFnPtr) {}

    fn visit_type_trait_object(&mut self, _: &TypeTraitObject) {}

    fn visit_parenthesized_generic_arguments(&mut self, _: &ParenthesizedGenericArguments) {}

    fn visit_expr(&mut self, _: &Expr) {}
}

/// What has to be true of the arguments of a type, for it to be what `required` says.
pub(crate) fn required_within(ty: &Path, required: Threads) -> Threads {
    match ty.segments.last() {
        Some(last) if last.ident == "Arc" => Threads::BOTH,
        Some(last) if last.ident == "Mutex" => Threads::SEND,
        _ => required,
    }
}

/// The bounds in `generics`, of parameters and in the `where` clause, with the type that each is of.
pub(crate) fn bounds_in(generics: &Generics) -> Vec<(Type, &Bounds)> {
    let of_params = generics.params.iter().filter_map(|param| match param {
        GenericParam::Type(param) => Some((
            Type::Path(TypePath { attrs: Vec::new(), qself: None, path: param.ident.clone().into() }),
            &param.bounds,
        )),
        _ => None,
    });
    let predicates = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    let of_predicates = predicates.filter_map(|predicate| match predicate {
        WherePredicate::Type(of) => Some((of.bounded_ty.clone(), &of.bounds)),
        _ => None,
    });
    of_params.chain(of_predicates).collect()
}

/// What `bounds` say themselves.
pub(crate) fn written(bounds: &Bounds) -> Threads {
    let says = |name| bounds.iter().any(|bound| named_bound(bound, &[name]).is_some());
    Threads { sync: says("Sync"), send: says("Send") }
}

/// Traits whose methods take `&self`, and give what borrows it or may be async. A future that uses one is likely to hold a
/// reference. `Copy` and those that compare are here because hardly any type has them and is not `Sync`. `Clone` is not:
/// `tower` has services that are `Clone` and not `Sync`.
const BY_REFERENCE: [&str; 29] = [
    "AsRef",
    "AsyncFn",
    "Binary",
    "Borrow",
    "BorrowMut",
    "Copy",
    "Debug",
    "Deref",
    "DerefMut",
    "Display",
    "Eq",
    "Error",
    "Fn",
    "Hash",
    "Index",
    "IndexMut",
    "LowerExp",
    "LowerHex",
    "Octal",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Pointer",
    "RangeBounds",
    "Serialize",
    "ToOwned",
    "ToString",
    "UpperExp",
    "UpperHex",
];

/// Whether a value with these bounds is used by reference.
pub(crate) fn is_used_by_reference(bounds: &Bounds) -> bool {
    bounds.iter().any(|bound| named_bound(bound, &BY_REFERENCE).is_some())
}

/// The `IntoIterator` among `bounds`, if it leaves open what the iterator is.
pub(crate) fn into_iterator(bound: &TypeParamBound) -> bool {
    let Some(last) = as_trait(bound).and_then(|bound| bound.path.segments.last()) else { return false };
    let names_iterator = match &last.arguments {
        PathArguments::AngleBracketed(arguments) => arguments.args.iter().any(|argument| match argument {
            GenericArgument::AssocType(of) => of.ident == "IntoIter",
            GenericArgument::Constraint(of) => of.ident == "IntoIter",
            _ => false,
        }),
        _ => false,
    };
    last.ident == "IntoIterator" && !names_iterator
}
