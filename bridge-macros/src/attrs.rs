//! Attributes that a twin has of its original, and those it has of us.

use crate::options::ErrorRule;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Meta, Token};

/// Where an attribute lands: some mean something on a declaration only.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Place {
    Declaration,
    Implementation,
    /// An impl beside that of the user's, which is documented there.
    Beside,
}

/// The attributes of an original that its twin has too. An attribute that is not known to fit both is left out.
pub(crate) fn forwarded(attrs: &[Attribute], place: Place) -> Vec<Attribute> {
    let mut forwarded: Vec<_> = attrs.iter().filter(|attr| fits(&attr.meta, place)).cloned().collect();
    for attr in &mut forwarded {
        allow_what_is_expected(&mut attr.meta);
    }
    forwarded
}

/// Turns `expect` into `allow`: what the original is expected to do, the twin need not do as well.
fn allow_what_is_expected(meta: &mut Meta) {
    let Meta::List(list) = meta else { return };
    if list.path.is_ident("expect") {
        list.path = Ident::new("allow", list.path.span()).into();
    } else if list.path.is_ident("cfg_attr") {
        if let Ok(mut inner) = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated) {
            inner.iter_mut().skip(1).for_each(allow_what_is_expected);
            list.tokens = inner.into_token_stream();
        }
    }
}

/// The conditions of an original, without which an item beside it could name what is not there.
pub(crate) fn conditions(attrs: &[Attribute]) -> Vec<&Attribute> {
    attrs.iter().filter(|attr| attr.path().is_ident("cfg")).collect()
}

fn fits(meta: &Meta, place: Place) -> bool {
    let name = meta.path().get_ident().map(ToString::to_string);
    match name.as_deref() {
        Some("cfg") => true,
        Some("doc") => place != Place::Beside,
        Some("deprecated" | "must_use") => place == Place::Declaration,
        Some("allow" | "deny" | "expect" | "warn") => !is_of_async_trait(meta),
        Some("cfg_attr") => match meta {
            Meta::List(list) => {
                let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
                let inner = list.parse_args_with(parser);
                inner.is_ok_and(|inner| inner.iter().skip(1).all(|meta| fits(meta, place)))
            }
            _ => false,
        },
        _ => false,
    }
}

/// The list of lints that `#[async_trait]` allows in its expansion begins with this one.
fn is_of_async_trait(meta: &Meta) -> bool {
    meta.to_token_stream().to_string().contains("elided_named_lifetimes")
}

/// A paragraph below the documentation among `attrs`, if there is any.
pub(crate) fn paragraph(attrs: &[Attribute], text: &str) -> TokenStream {
    let text = format!(" {text}");
    let gap = attrs.iter().any(|attr| attr.path().is_ident("doc")).then(|| quote!(#[doc = ""]));
    quote!(#gap #[doc = #text])
}

/// What the documentation of a twin says after that of its original, which `original` links to.
pub(crate) fn blocking_paragraph(attrs: &[Attribute], original: &str, rule: &ErrorRule) -> TokenStream {
    let failure = match rule {
        ErrorRule::Convert | ErrorRule::Map(_) => "A failure of the bridge becomes an error of the same type.",
        ErrorRule::Wrap => "A failure of the bridge is the outer error.",
        ErrorRule::Panic => "It panics if the bridge fails, with the payload of the future if that panicked.",
    };
    paragraph(attrs, &format!("Blocks the calling thread until the future of [`{original}`] has finished. {failure}"))
}

/// What generated code is excused from: it repeats what the user wrote, as the user wrote it.
pub(crate) fn allowances() -> TokenStream {
    let span = Span::mixed_site();
    quote_spanned! {span=>
        #[allow(
            clippy::all,
            clippy::pedantic,
            clippy::nursery,
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
