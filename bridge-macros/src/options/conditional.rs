//! Conditions: `#[cfg]`, and attributes under `#[cfg_attr]`. The attribute of a block is resolved when we see it, those within
//! are not: our own are read as if the condition held, which is checked where conditions can be.

use crate::faults;
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use std::slice;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Meta, MetaList, Token};

/// One of our own attributes.
pub(crate) struct BridgeAttr {
    pub(crate) meta: Meta,
    /// The conditions under which it is there.
    predicates: Vec<TokenStream>,
}

/// The `#[bridge(…)]` among `attrs`.
pub(crate) fn bridge_attrs(attrs: &[Attribute]) -> Vec<BridgeAttr> {
    let mut found = Vec::new();
    for attr in attrs {
        collect(&attr.meta, &mut Vec::new(), &mut found);
    }
    found
}

fn collect(meta: &Meta, predicates: &mut Vec<TokenStream>, found: &mut Vec<BridgeAttr>) {
    if meta.path().is_ident("bridge") {
        found.push(BridgeAttr { meta: meta.clone(), predicates: predicates.clone() });
    } else if let Some((_, conditional)) = conditional(meta) {
        predicates.push(conditional.predicate);
        for meta in &conditional.metas {
            collect(meta, predicates, found);
        }
        predicates.pop();
    }
}

/// Calls `visit` with `meta`, or with each that it has under a condition.
pub(crate) fn each_meta(meta: &Meta, visit: &mut impl FnMut(&Meta)) {
    match conditional(meta) {
        Some((_, Conditional { metas, .. })) => metas.iter().for_each(|meta| each_meta(meta, visit)),
        None => visit(meta),
    }
}

/// The conditions of an original, without which an item beside it could name what is not there.
pub(crate) fn conditions(attrs: &[Attribute]) -> Vec<&Attribute> {
    attrs.iter().filter(|attr| attr.path().is_ident("cfg")).collect()
}

/// The condition under which one of the `conditions` does not hold.
pub(crate) fn opposite(attrs: &[Attribute]) -> TokenStream {
    let predicates = conditions(attrs).into_iter().filter_map(|attr| match &attr.meta {
        Meta::List(list) => Some(&list.tokens),
        _ => None,
    });
    quote!(#[cfg(not(all(#(#predicates),*)))])
}

// Input:
//     #[cfg(unix)]
//     #[cfg_attr(test, cfg(unix))]
//
// Output:
//     unix
//     any(not(test), all(unix))
//
/// The condition that `attr` puts on what it is on.
///
/// # Errors
///
/// It may be one, but cannot be read.
pub(crate) fn presence(attr: &Attribute) -> Result<Option<TokenStream>, ()> {
    fn of(meta: &Meta) -> Result<Option<TokenStream>, ()> {
        if meta.path().is_ident("cfg") {
            let Meta::List(list) = meta else { return Err(()) };
            let mut tokens: Vec<_> = list.tokens.clone().into_iter().collect();
            if matches!(tokens.last(), Some(TokenTree::Punct(comma)) if comma.as_char() == ',') {
                tokens.pop();
            }
            return if tokens.is_empty() { Err(()) } else { Ok(Some(tokens.into_iter().collect())) };
        }
        if !meta.path().is_ident("cfg_attr") {
            return Ok(None);
        }
        let (_, Conditional { predicate, metas }) = conditional(meta).ok_or(())?;
        let mut found = Vec::new();
        for meta in &metas {
            found.extend(of(meta)?);
        }
        Ok((!found.is_empty()).then(|| quote!(any(not(#predicate), all(#(#found),*)))))
    }

    of(&attr.meta)
}

/// `attr` without what is ours of it, unless it is all ours.
pub(crate) fn without_bridge(attr: &Attribute) -> Option<Attribute> {
    if bridge_attrs(slice::from_ref(attr)).is_empty() {
        return Some(attr.clone());
    }
    Some(Attribute { meta: others(&attr.meta)?, ..attr.clone() })
}

fn others(meta: &Meta) -> Option<Meta> {
    if meta.path().is_ident("bridge") {
        return None;
    }
    let Some((list, Conditional { predicate, metas })) = conditional(meta) else { return Some(meta.clone()) };
    let kept: Vec<_> = metas.iter().filter_map(others).collect();
    let tokens = quote!(#predicate, #(#kept),*);
    (!kept.is_empty()).then(|| Meta::List(MetaList { tokens, ..list.clone() }))
}

// Input, on a method under `#[cfg(unix)]`:
//     #[cfg_attr(feature = "blocking", bridge(skip))]
//
// Output:
//     #[cfg(unix)]
//     #[cfg(not(feature = "blocking"))]
//     ::core::compile_error! { "…" }
//
/// Refuses the options among `attrs` where they are not there, which the twin cannot know. `method` are the attributes
/// of the method whose argument it is.
pub(crate) fn refused_elsewhere(attrs: &[Attribute], method: &[Attribute]) -> TokenStream {
    let mut cfgs = conditions(method);
    cfgs.extend(conditions(attrs));
    let conditional = bridge_attrs(attrs).into_iter().filter(|attr| !attr.predicates.is_empty());
    let refused = conditional.map(|BridgeAttr { meta, predicates }| {
        let error = faults::condition_of_its_own().at(&meta).to_compile_error();
        quote_spanned!(meta.span()=> #(#cfgs)* #[cfg(not(all(#(#predicates),*)))] #error)
    });
    refused.collect()
}

/// What stands in a `cfg_attr`.
struct Conditional {
    predicate: TokenStream,
    metas: Vec<Meta>,
}

fn conditional(meta: &Meta) -> Option<(&MetaList, Conditional)> {
    let Meta::List(list) = meta else { return None };
    let parser = |input: ParseStream<'_>| {
        let mut predicate = TokenStream::new();
        while !input.is_empty() && !input.peek(Token![,]) {
            input.parse::<TokenTree>()?.to_tokens(&mut predicate);
        }
        input.parse::<Token![,]>()?;
        let metas = Punctuated::<Meta, Token![,]>::parse_terminated(input)?;
        Ok(Conditional { predicate, metas: metas.into_iter().collect() })
    };
    let is_conditional = list.path.is_ident("cfg_attr");
    is_conditional.then(|| parser.parse2(list.tokens.clone()).ok()).flatten().map(|conditional| (list, conditional))
}
