//! Types of the user's, said again where `Self` or an `impl Trait` would mean something else.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{
    ExprPath, GenericParam, Generics, Ident, Lifetime, ParenthesizedGenericArguments, Path, QSelf, Signature, Token,
    Type, TypeFnPtr, TypeInfer, TypePath, TypeReference, parse_quote,
};

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
//     fn get(&self) -> Result<<Self as Store>::Item, <Self as Store>::Error>
//
// In an impl of a trait written by hand, `Self::Error` would be looked up in that trait.
pub(crate) fn qualify_self(sig: &mut Signature, source: &Path) {
    Qualify { source }.visit_signature_mut(sig);
}

pub(crate) fn qualify_self_in_type(ty: &mut Type, source: &Path) {
    Qualify { source }.visit_type_mut(ty);
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

pub(crate) struct Qualify<'a> {
    pub(crate) source: &'a Path,
}

impl Qualify<'_> {
    fn qualify(&self, qself: &mut Option<QSelf>, path: &mut Path) {
        if qself.is_some() || path.segments.len() < 2 || path.segments[0].ident != "Self" {
            return;
        }
        let (source, this) = (self.source, &path.segments[0].ident);
        let rest: Punctuated<_, Token![::]> = path.segments.iter().skip(1).collect();
        let qualified: TypePath = parse_quote!(<#this as #source>::#rest);
        *qself = qualified.qself;
        *path = qualified.path;
    }
}

impl VisitMut for Qualify<'_> {
    fn visit_type_path_mut(&mut self, ty: &mut TypePath) {
        self.qualify(&mut ty.qself, &mut ty.path);
        visit_mut::visit_type_path_mut(self, ty);
    }

    fn visit_expr_path_mut(&mut self, expr: &mut ExprPath) {
        self.qualify(&mut expr.qself, &mut expr.path);
        visit_mut::visit_expr_path_mut(self, expr);
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
    pub(crate) source: &'a Ident,
    pub(crate) base: &'a Ident,
    /// The associated types of the source itself.
    pub(crate) own: &'a [&'a Ident],
    /// A path led to an associated type of another trait, so of a supertrait.
    pub(crate) uses_supertrait: bool,
}

impl VisitMut for Rebase<'_> {
    fn visit_type_path_mut(&mut self, ty: &mut TypePath) {
        visit_mut::visit_type_path_mut(self, ty);
        match &mut ty.qself {
            Some(qself) if is_self(&qself.ty) && qself.position > 0 => {
                let last = &ty.path.segments[qself.position - 1];
                if last.ident != *self.source {
                    self.uses_supertrait = true;
                    return;
                }
                let mut renamed = last.clone();
                renamed.ident = Ident::new(&self.base.to_string(), last.ident.span());
                let rest = ty.path.segments.iter().skip(qself.position).cloned();
                let segments: Punctuated<_, Token![::]> = std::iter::once(renamed).chain(rest).collect();
                ty.path = Path { leading_colon: None, segments };
                qself.position = 1;
            }
            None if ty.path.segments.len() > 1 && ty.path.segments[0].ident == "Self" => {
                self.uses_supertrait |= !self.own.contains(&&ty.path.segments[1].ident);
            }
            _ => {}
        }
    }
}

fn is_self(ty: &Type) -> bool {
    matches!(ty, Type::Path(ty) if ty.qself.is_none() && ty.path.is_ident("Self"))
}
