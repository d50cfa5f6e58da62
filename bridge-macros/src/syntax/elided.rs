//! Lifetimes that are left out where generated code has to name them.

use proc_macro2::Span;
use syn::visit_mut::{self, VisitMut};
use syn::{FnArg, Lifetime, ParenthesizedGenericArguments, Signature, Type, TypeFnPtr, TypeImplTrait, TypeReference};

// Input:
//     fn put(&self, items: impl IntoIterator<Item = &u8>, each: impl Fn(&u8))
//
// Output:
//     fn put<'elided0>(&self, items: impl IntoIterator<Item = &'elided0 u8>, each: impl Fn(&u8))
//
// An `async fn` may leave the lifetime out, and no other function. What is left out in `Fn(&u8)` belongs to the call of the
// closure.
pub(crate) fn name_elided_in_impl_trait(sig: &mut Signature) {
    let mut name = NameElided { names: Vec::new(), depth: 0 };
    let arguments = sig.inputs.iter_mut().filter_map(|input| match input {
        FnArg::Typed(argument) => Some(argument),
        FnArg::Receiver(_) => None,
    });
    arguments.for_each(|argument| name.visit_type_mut(&mut argument.ty));
    for lifetime in name.names.into_iter().rev() {
        sig.generics.params.insert(0, syn::parse_quote!(#lifetime));
    }
}

struct NameElided {
    names: Vec<Lifetime>,
    /// How many `impl Trait` are around.
    depth: usize,
}

impl NameElided {
    fn next(&mut self, span: Span) -> Lifetime {
        let name = format!("'elided{}", self.names.len());
        let lifetime = Lifetime::new(&name, span.resolved_at(Span::mixed_site()));
        self.names.push(lifetime.clone());
        lifetime
    }
}

impl VisitMut for NameElided {
    fn visit_type_impl_trait_mut(&mut self, ty: &mut TypeImplTrait) {
        self.depth += 1;
        visit_mut::visit_type_impl_trait_mut(self, ty);
        self.depth -= 1;
    }

    fn visit_type_reference_mut(&mut self, ty: &mut TypeReference) {
        if self.depth > 0 && ty.lifetime.is_none() {
            ty.lifetime = Some(self.next(ty.and_token.span));
        }
        visit_mut::visit_type_reference_mut(self, ty);
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if self.depth > 0 && lifetime.ident == "_" {
            *lifetime = self.next(lifetime.span());
        }
    }

    fn visit_type_fn_ptr_mut(&mut self, _: &mut TypeFnPtr) {}

    fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut ParenthesizedGenericArguments) {}
}

// Input:
//     const NAMES: &[&str];
//
// Output:
//     &'static [&'static str]
//
// The type of a constant may leave it out, and no argument of a trait.
pub(crate) fn name_static(ty: &mut Type) {
    struct NameStatic;

    impl VisitMut for NameStatic {
        fn visit_type_reference_mut(&mut self, ty: &mut TypeReference) {
            ty.lifetime.get_or_insert_with(|| Lifetime::new("'static", ty.and_token.span));
            visit_mut::visit_type_reference_mut(self, ty);
        }

        fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
            if lifetime.ident == "_" {
                *lifetime = Lifetime::new("'static", lifetime.span());
            }
        }

        fn visit_type_fn_ptr_mut(&mut self, _: &mut TypeFnPtr) {}

        fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut ParenthesizedGenericArguments) {}
    }

    NameStatic.visit_type_mut(ty);
}
