//! Whose a generic type is: a method's, or its block's.

use crate::model::block::Model;
use crate::model::method::Method;
use crate::syntax::tokens::mentions;
use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::{GenericParam, Generics};

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Owner {
    Method,
    Block,
}

/// Whose parameters `ty` names. Those of a block include `Self`. Nothing if it names none.
pub(crate) fn owner_of(ty: &impl ToTokens, method: &Method, model: &Model) -> Option<Owner> {
    let names = |name: &Ident| mentions(ty.to_token_stream(), &name.to_string());
    if parameters(&method.sig.generics).into_iter().any(names) {
        return Some(Owner::Method);
    }
    let generics = model.generics()?;
    let this = Ident::new("Self", Span::call_site());
    (names(&this) || parameters(generics).into_iter().any(names)).then_some(Owner::Block)
}

/// The names of the type parameters.
pub(crate) fn parameters(generics: &Generics) -> Vec<&Ident> {
    let params = generics.params.iter().filter_map(|param| match param {
        GenericParam::Type(param) => Some(&param.ident),
        _ => None,
    });
    params.collect()
}
