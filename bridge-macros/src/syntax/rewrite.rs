//! Types of the user's, said again where `Self` or an `impl Trait` would mean something else.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{
    ExprPath, GenericParam, Generics, Ident, Lifetime, ParenthesizedGenericArguments, Path, PredicateType, QSelf,
    Signature, Token, Type, TypeFnPtr, TypeImplTrait, TypeInfer, TypePath, TypeReference, TypeTraitObject, parse_quote,
};

// Input:
//     fn get(&self) -> dyn Row +
//
// Output:
//     fn get(&self) -> dyn Row
//
// The last `+` is allowed, except where something follows, as in `<dyn Row as Debug>`.
pub(crate) fn trim_bounds(sig: &mut Signature) {
    struct Trim;

    impl VisitMut for Trim {
        fn visit_type_trait_object_mut(&mut self, ty: &mut TypeTraitObject) {
            ty.bounds.pop_punct();
            visit_mut::visit_type_trait_object_mut(self, ty);
        }

        fn visit_type_impl_trait_mut(&mut self, ty: &mut TypeImplTrait) {
            ty.bounds.pop_punct();
            visit_mut::visit_type_impl_trait_mut(self, ty);
        }
    }

    Trim.visit_signature_mut(sig);
}

// Input:
//     Result<impl Iterator<Item = u8>, Error>
//
// Output:
//     Result<_, Error>
//
// `!` is inferred as well: as a type of its own it is unstable.
pub(crate) fn infer_unnameable(ty: &Type) -> Type {
    struct Infer;

    impl VisitMut for Infer {
        fn visit_type_mut(&mut self, ty: &mut Type) {
            let span = match ty {
                Type::ImplTrait(opaque) => opaque.impl_token.span,
                Type::Never(never) => never.bang_token.span,
                _ => return visit_mut::visit_type_mut(self, ty),
            };
            *ty = Type::Infer(TypeInfer { attrs: Vec::new(), underscore_token: Token![_](span) });
        }
    }

    let mut ty = ty.clone();
    Infer.visit_type_mut(&mut ty);
    ty
}

// Input:
//     fn get(&self) -> Result<Self::Item, Self::Error>
//
// Output:
//     fn get(&self) -> Result<<Self as Store>::Item, <Self as __Inherited>::Error>
//
// In an impl of a trait written by hand, `Self::Item` would be looked up in that trait. Where a twin of ours is not in scope,
// nothing need be said of the types in it. `Error` is of a supertrait of `Store`, which neither trait need have.
pub(crate) struct Qualify<'a> {
    /// The trait of the associated types of the impl itself.
    pub(crate) source: &'a Path,
    /// That of the constants, if there may be another of the same name.
    pub(crate) source_of_consts: Option<&'a Path>,
    pub(crate) own: &'a [&'a Ident],
    /// The trait that has the associated types of supertraits.
    pub(crate) inherited: &'a Path,
    pub(crate) of_supertraits: &'a [Ident],
}

impl VisitMut for Qualify<'_> {
    fn visit_type_path_mut(&mut self, ty: &mut TypePath) {
        let of = match of_self(ty.qself.as_ref(), &ty.path) {
            Some(name) if self.of_supertraits.contains(name) => Some(self.inherited),
            Some(name) if self.own.contains(&name) => Some(self.source),
            _ => None,
        };
        if let Some(of) = of {
            qualify(&mut ty.qself, &mut ty.path, of);
        }
        visit_mut::visit_type_path_mut(self, ty);
    }

    // The impl need not say a constant that has a default.
    fn visit_expr_path_mut(&mut self, expr: &mut ExprPath) {
        if let (Some(_), Some(source)) = (of_self(expr.qself.as_ref(), &expr.path), self.source_of_consts) {
            qualify(&mut expr.qself, &mut expr.path, source);
        }
        visit_mut::visit_expr_path_mut(self, expr);
    }
}

/// The `Item` of `Self::Item`.
fn of_self<'a>(qself: Option<&QSelf>, path: &'a Path) -> Option<&'a Ident> {
    let first = path.segments.first().filter(|first| qself.is_none() && first.ident == "Self");
    first.and(path.segments.get(1)).map(|of| &of.ident)
}

/// Gathers the associated types in `Self::Item` that are not `own`, so of a supertrait. One with arguments is left out.
pub(crate) struct OfSupertraits<'a> {
    pub(crate) own: &'a [&'a Ident],
    pub(crate) found: Vec<Ident>,
}

impl Visit<'_> for OfSupertraits<'_> {
    fn visit_type_path(&mut self, ty: &TypePath) {
        if let Some(name) = of_self(ty.qself.as_ref(), &ty.path) {
            let is_plain = ty.path.segments.len() == 2 && ty.path.segments[1].arguments.is_none();
            if is_plain && !self.own.contains(&name) && !self.found.contains(name) {
                self.found.push(name.clone());
            }
        }
        visit::visit_type_path(self, ty);
    }
}

// Input:
//     impl Store<'_, &str> …, `twin = sync::Store<'_>`
//
// Output:
//     impl<'__header0, '__header1> Store<'__header0, &'__header1 str> …, `twin = sync::Store<'__header0>`
//
// `<Self as Store<'_>>::Error` is said where a lifetime has to have a name. The paths share the names, in the order of
// their lifetimes: what the twin is given, its source is given too.
pub(crate) fn name_lifetimes(generics: &mut Generics, paths: [&mut Path; 2]) {
    let mut most = 0;
    for path in paths {
        let mut name = NameLifetimes { named: 0 };
        name.visit_path_mut(path);
        most = most.max(name.named);
    }
    for number in (0..most).rev() {
        let lifetime = header_lifetime(number, Span::mixed_site());
        generics.params.insert(0, parse_quote!(#lifetime));
    }
}

/// Gives each lifetime in `ty` a name, and declares it.
pub(crate) fn name_lifetimes_of_type(generics: &mut Generics, ty: &mut Type) {
    let mut name = NameLifetimes { named: FIRST_OF_TYPE };
    name.visit_type_mut(ty);
    for number in (FIRST_OF_TYPE..name.named).rev() {
        let lifetime = header_lifetime(number, Span::mixed_site());
        generics.params.insert(0, parse_quote!(#lifetime));
    }
}

/// The paths of the same header have those before.
const FIRST_OF_TYPE: usize = 100;

/// Whether a lifetime in `path` has no name.
pub(crate) fn has_unnamed_lifetime(path: &Path) -> bool {
    let mut name = NameLifetimes { named: 0 };
    name.visit_path_mut(&mut path.clone());
    name.named > 0
}

fn header_lifetime(number: usize, span: Span) -> Lifetime {
    Lifetime::new(&format!("'__header{number}"), span.resolved_at(Span::mixed_site()))
}

struct NameLifetimes {
    named: usize,
}

impl NameLifetimes {
    fn next(&mut self, span: Span) -> Lifetime {
        let lifetime = header_lifetime(self.named, span);
        self.named += 1;
        lifetime
    }
}

impl VisitMut for NameLifetimes {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident == "_" {
            *lifetime = self.next(lifetime.span());
        }
    }

    fn visit_type_reference_mut(&mut self, ty: &mut TypeReference) {
        if ty.lifetime.is_none() {
            ty.lifetime = Some(self.next(ty.and_token.span));
        }
        visit_mut::visit_type_reference_mut(self, ty);
    }

    // In `fn(&str)`, and `Fn(&str)`, what is left out means something else.
    fn visit_type_fn_ptr_mut(&mut self, _: &mut TypeFnPtr) {}

    fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut ParenthesizedGenericArguments) {}
}

// Input:
//     fn get(&self) -> Result<u8, <Self as Store>::Error>
//
// Output:
//     fn get(&self) -> Result<u8, <Self as Base>::Error>
//
// The twin knows nothing of `Store`; its hidden base has the same associated types.
pub(crate) struct Rebase<'a> {
    /// The names of the trait: of a mirror, that of its remote and its own.
    pub(crate) sources: [&'a Ident; 2],
    pub(crate) base: &'a Path,
    /// The associated types of the source itself.
    pub(crate) own: &'a [&'a Ident],
    pub(crate) shorthand: Shorthand<'a>,
    /// A path led to an associated type of another trait, so of a supertrait.
    pub(crate) uses_supertrait: bool,
}

/// What becomes of `Self::Item`.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Shorthand<'a> {
    /// It stays.
    Kept,
    /// Besides the base there may be another bound of `Self` that has the same type, so the base is named.
    Qualified,
    /// The same; and one of another trait is that of a type parameter, for which the compiler looks among all bounds. In an
    /// impl `Self` has none but the supertraits of the trait.
    OfParameter(&'a Ident),
}

impl VisitMut for Rebase<'_> {
    fn visit_predicate_type_mut(&mut self, predicate: &mut PredicateType) {
        if let Shorthand::OfParameter(this) = self.shorthand {
            if is_self(&predicate.bounded_ty) {
                predicate.bounded_ty = parse_quote!(#this);
            }
        }
        visit_mut::visit_predicate_type_mut(self, predicate);
    }

    fn visit_type_path_mut(&mut self, ty: &mut TypePath) {
        visit_mut::visit_type_path_mut(self, ty);
        match &mut ty.qself {
            Some(qself) if is_self(&qself.ty) && qself.position > 0 => {
                let last = &ty.path.segments[qself.position - 1];
                if !self.sources.contains(&&last.ident) {
                    self.uses_supertrait = true;
                    return;
                }
                let mut base = self.base.segments[0].clone();
                base.ident.set_span(last.ident.span());
                if !last.arguments.is_none() {
                    base.arguments = last.arguments.clone();
                }
                let rest = ty.path.segments.iter().skip(qself.position).cloned();
                let segments: Punctuated<_, Token![::]> = std::iter::once(base).chain(rest).collect();
                ty.path = Path { leading_colon: None, segments };
                qself.position = 1;
            }
            None if ty.path.segments.len() > 1 && ty.path.segments[0].ident == "Self" => {
                let is_own = self.own.contains(&&ty.path.segments[1].ident);
                self.uses_supertrait |= !is_own;
                match self.shorthand {
                    Shorthand::Qualified | Shorthand::OfParameter(_) if is_own => {
                        qualify(&mut ty.qself, &mut ty.path, self.base);
                    }
                    Shorthand::OfParameter(this) => ty.path.segments[0] = this.clone().into(),
                    Shorthand::Kept | Shorthand::Qualified => {}
                }
            }
            _ => {}
        }
    }
}

// Input:
//     where Self::Keys: IntoIterator<Item = Self::Key>, Self: Sized
//
// Output:
//     where <Implementor as Store>::Keys: IntoIterator<Item = <Implementor as Store>::Key>, Implementor: Sized
//
// In the header of an impl, `Self::Key` would be that of the impl, which holds only if the clause does.
pub(crate) struct OfImplementor<'a> {
    pub(crate) this: &'a Ident,
    /// The names of the trait, as in `Rebase`.
    pub(crate) sources: [&'a Ident; 2],
    pub(crate) source: &'a Path,
    pub(crate) own: &'a [&'a Ident],
}

impl VisitMut for OfImplementor<'_> {
    fn visit_type_path_mut(&mut self, ty: &mut TypePath) {
        if ty.qself.is_none() && ty.path.segments[0].ident == "Self" {
            let is_own = ty.path.segments.get(1).is_some_and(|of| self.own.contains(&&of.ident));
            ty.path.segments[0] = self.this.clone().into();
            if is_own {
                qualify(&mut ty.qself, &mut ty.path, self.source);
            }
        } else if let Some(qself) = ty.qself.as_ref().filter(|qself| is_self(&qself.ty) && qself.position > 0) {
            let last = &ty.path.segments[qself.position - 1];
            if self.sources.contains(&&last.ident) && last.arguments.is_none() {
                let rest = ty.path.segments.iter().skip(qself.position).cloned();
                let segments = std::iter::once(self.this.clone().into()).chain(rest).collect();
                ty.path = Path { leading_colon: None, segments };
                qualify(&mut ty.qself, &mut ty.path, self.source);
            }
        }
        visit_mut::visit_type_path_mut(self, ty);
    }
}

/// `<Self as of>::Item`, for `Self::Item`.
fn qualify(qself: &mut Option<QSelf>, path: &mut Path, of: &Path) {
    let this = &path.segments[0].ident;
    let rest: Punctuated<_, Token![::]> = path.segments.iter().skip(1).collect();
    let qualified: TypePath = parse_quote!(<#this as #of>::#rest);
    *qself = qualified.qself;
    *path = qualified.path;
}

pub(crate) fn is_self(ty: &Type) -> bool {
    matches!(ty, Type::Path(ty) if ty.qself.is_none() && ty.path.is_ident("Self"))
}

// Input:
//     <'a, K: Key = String, const N: usize>
//
// Output:
//     <'a, K, { N }>
//
// Without the braces, `N` is a type if there is one of that name.
pub(crate) fn arguments(generics: &Generics) -> Option<TokenStream> {
    let arguments = generics.params.iter().map(argument);
    (!generics.params.is_empty()).then(|| quote!(<#(#arguments),*>))
}

/// What a parameter is called in a list of arguments.
pub(crate) fn argument(param: &GenericParam) -> TokenStream {
    match param {
        GenericParam::Lifetime(param) => param.lifetime.to_token_stream(),
        GenericParam::Type(param) => param.ident.to_token_stream(),
        GenericParam::Const(param) => {
            let ident = &param.ident;
            quote!({ #ident })
        }
    }
}
