//! Attributes that a twin has of its original, and those it has of us.

use crate::expand::examples::{Doc, Kept, without_examples};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, LitStr, Meta, Signature, Token, parse_quote};

/// Where an attribute lands: some mean something on a declaration only.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Place {
    Declaration,
    Implementation,
    /// What nobody reads the documentation of: it is documented elsewhere, or hidden.
    Hidden,
}

/// The attributes of an original that its twin has too. One that is not known to fit both is left out. Examples in the
/// documentation are for async code.
pub(crate) fn forwarded(attrs: &[Attribute], place: Place) -> Vec<Attribute> {
    let mut docs = Vec::new();
    for attr in attrs {
        collect_docs(&attr.meta, false, &mut docs);
    }
    let mut docs = without_examples(&docs).into_iter();
    let fitting = attrs
        .iter()
        .filter_map(|attr| Some(Attribute { meta: fitting(&attr.meta, place, &mut docs)?, ..attr.clone() }));
    fitting.collect()
}

/// Each `doc = …`, in the order in which [`fitting`] comes upon it.
fn collect_docs(meta: &Meta, is_conditional: bool, docs: &mut Vec<Doc>) {
    match meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => docs.push(Doc::of(&meta.value, is_conditional)),
        Meta::List(list) if list.path.is_ident("cfg_attr") => {
            let inner = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).unwrap_or_default();
            inner.iter().skip(1).for_each(|meta| collect_docs(meta, true, docs));
        }
        _ => {}
    }
}

/// `meta`, or as much of it as fits. `expect` becomes `allow`: what the original is expected to do, the twin need not do
/// as well.
fn fitting(meta: &Meta, place: Place, docs: &mut impl Iterator<Item = Kept>) -> Option<Meta> {
    let mut meta = meta.clone();
    match &mut meta {
        Meta::List(list) if list.path.is_ident("cfg_attr") => {
            let inner = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()?;
            let condition = inner.first()?;
            let kept: Vec<_> = inner.iter().skip(1).filter_map(|meta| fitting(meta, place, docs)).collect();
            if kept.is_empty() {
                return None;
            }
            list.tokens = quote!(#condition, #(#kept),*);
        }
        Meta::NameValue(doc) if doc.path.is_ident("doc") => match docs.next().filter(|_| place != Place::Hidden)? {
            Kept::All => {}
            Kept::Lines(text) => {
                let text = LitStr::new(&text, doc.value.span());
                doc.value = parse_quote!(#text);
            }
            Kept::Nothing => return None,
        },
        meta if !fits(meta, place) => return None,
        Meta::List(list) if list.path.is_ident("expect") => {
            list.path = Ident::new("allow", list.path.span()).into();
        }
        _ => {}
    }
    Some(meta)
}

fn fits(meta: &Meta, place: Place) -> bool {
    let name = meta.path().get_ident().map(ToString::to_string);
    match name.as_deref() {
        Some("cfg") => true,
        Some("doc") => place != Place::Hidden,
        Some("deprecated" | "must_use") => place == Place::Declaration,
        Some("allow" | "deny" | "expect" | "warn") => !is_of_async_trait(meta),
        _ => false,
    }
}

/// The list of lints that `#[async_trait]` allows in its expansion begins with this one.
fn is_of_async_trait(meta: &Meta) -> bool {
    meta.to_token_stream().to_string().contains("elided_named_lifetimes")
}

/// What makes the line of the caller the place of the call, in a twin of a function with this signature. A foreign ABI
/// has no way to pass it on.
pub(crate) fn track_caller(sig: &Signature) -> Option<TokenStream> {
    sig.abi.is_none().then(|| quote_spanned!(Span::mixed_site()=> #[track_caller]))
}

/// A paragraph below the documentation among `attrs`, if there is any.
pub(crate) fn paragraph(attrs: &[Attribute], text: &str) -> TokenStream {
    let text = format!(" {text}");
    let documents = |attr: &Attribute| attr.path().is_ident("doc") || attr.path().is_ident("cfg_attr");
    let gap = attrs.iter().any(documents).then(|| quote!(#[doc = ""]));
    quote!(#gap #[doc = #text])
}

/// What generated code is excused from: it repeats what the user wrote, as the user wrote it, and a twin that nobody
/// calls is not for the user to remove.
pub(crate) fn allowances() -> TokenStream {
    let span = Span::mixed_site();
    quote_spanned! {span=>
        #[allow(
            clippy::all,
            clippy::pedantic,
            clippy::nursery,
            dead_code,
            deprecated,
            elided_lifetimes_in_paths,
            explicit_outlives_requirements,
            single_use_lifetimes,
            unreachable_pub,
            unused_lifetimes,
            unused_qualifications
        )]
    }
}

/// What a stub is excused from besides: it uses nothing.
pub(crate) fn stub_allowances() -> TokenStream {
    quote_spanned!(Span::mixed_site()=> #[allow(unused_variables)])
}
