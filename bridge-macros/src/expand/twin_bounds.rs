//! The bounds that the parameters of a twin type have: any thread may drop the value that it holds.

use crate::expand::private_path::at;
use crate::options::block_options::BlockOptions;
use crate::syntax::threads::{bounds_in, written};
use crate::syntax::tokens::{is_same, mentions};
use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::{GenericParam, Generics, Type, TypePath, WherePredicate, parse_quote_spanned};

// Input:
//     impl<'a, M: Manager, const N: usize> Pool<'a, M, N>, `bounds(M::Conn: Send)`
//
// Output:
//     impl<'a, M: Manager, const N: usize> BlockingPool<'a, M, N>
//     where
//         M: Send,
//         M::Conn: Send,
//
// A bound of `Pool<'a, M, N>` itself would say what is wanted. But then the compiler would not look further for whether the
// type is `Send`, and could not prove it for the futures of methods, in which lifetimes have no names.
pub(crate) fn bound_parameters(generics: &mut Generics, options: &BlockOptions, private: &TokenStream) {
    let given: Vec<_> = options.bounds.iter().flat_map(|(_, bounds)| bounds).collect();
    let mut added: Vec<WherePredicate> = Vec::new();
    for param in generics.type_params() {
        let ty = Type::Path(TypePath { attrs: Vec::new(), qself: None, path: param.ident.clone().into() });
        let is_send = bounds_in(generics).iter().any(|(of, bounds)| is_same(of, &ty) && written(bounds).send);
        if !is_send && given.iter().all(|of| !is_same(&of.bounded_ty, &ty)) {
            let span = param.ident.span().resolved_at(Span::mixed_site());
            let private = at(private, span);
            added.push(parse_quote_spanned!(span=> #ty: #private::Send));
        }
    }
    let is_of_params = |ty: &Type| {
        generics.params.iter().any(|param| match param {
            GenericParam::Type(param) => mentions(ty.to_token_stream(), &param.ident.to_string()),
            _ => false,
        })
    };
    let given = given.into_iter().filter(|of| !of.bounds.is_empty() && is_of_params(&of.bounded_ty));
    added.extend(given.map(|of| WherePredicate::Type(of.clone())));
    if !added.is_empty() {
        generics.make_where_clause().predicates.extend(added);
    }
}
