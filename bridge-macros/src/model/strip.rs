//! The user's item without the `#[bridge(…)]` of its methods and arguments, which only we understand.

use crate::options::conditional::{refused_elsewhere, without_bridge};
use proc_macro2::TokenStream;
use syn::{Attribute, FnArg, ImplItem, ItemFn, ItemImpl, ItemTrait, Signature, TraitItem};

// Each of these leaves behind what refuses an option where it is not there.

pub(crate) fn strip_trait(item: &mut ItemTrait) -> TokenStream {
    let is_last = !has_another_sync_bridge(&item.attrs);
    item.items.iter_mut().filter(|_| is_last).map(trait_item_attrs).map(strip).collect()
}

pub(crate) fn strip_impl(item: &mut ItemImpl) -> TokenStream {
    let is_last = !has_another_sync_bridge(&item.attrs);
    item.items.iter_mut().filter(|_| is_last).map(impl_item_attrs).map(strip).collect()
}

pub(crate) fn strip_function(item: &mut ItemFn) -> TokenStream {
    if has_another_sync_bridge(&item.attrs) {
        return TokenStream::new();
    }
    strip(method_attrs(&mut item.attrs, &mut item.sig))
}

/// A second `#[sync_bridge]` on the same item still has to read the `#[bridge(…)]` of its methods.
fn has_another_sync_bridge(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| attr.path().segments.last().is_some_and(|last| last.ident == "sync_bridge"))
}

/// The first are the attributes of the item itself.
fn strip(attrs: Vec<&mut Vec<Attribute>>) -> TokenStream {
    let own = attrs.first().map(|own| (*own).clone()).unwrap_or_default();
    let refused = attrs.into_iter().enumerate().map(|(index, attrs)| {
        let refused = refused_elsewhere(attrs, if index == 0 { &[] } else { &own });
        *attrs = attrs.iter().filter_map(without_bridge).collect();
        refused
    });
    refused.collect()
}

fn trait_item_attrs(item: &mut TraitItem) -> Vec<&mut Vec<Attribute>> {
    match item {
        TraitItem::Fn(of) => method_attrs(&mut of.attrs, &mut of.sig),
        TraitItem::Type(of) => vec![&mut of.attrs],
        TraitItem::Const(of) => vec![&mut of.attrs],
        TraitItem::Macro(of) => vec![&mut of.attrs],
        _ => Vec::new(),
    }
}

fn impl_item_attrs(item: &mut ImplItem) -> Vec<&mut Vec<Attribute>> {
    match item {
        ImplItem::Fn(of) => method_attrs(&mut of.attrs, &mut of.sig),
        ImplItem::Type(of) => vec![&mut of.attrs],
        ImplItem::Const(of) => vec![&mut of.attrs],
        ImplItem::Macro(of) => vec![&mut of.attrs],
        _ => Vec::new(),
    }
}

/// The attributes of a method, and those of its arguments.
fn method_attrs<'a>(attrs: &'a mut Vec<Attribute>, sig: &'a mut Signature) -> Vec<&'a mut Vec<Attribute>> {
    let arguments = sig.inputs.iter_mut().map(|input| match input {
        FnArg::Receiver(of) => &mut of.attrs,
        FnArg::Typed(of) => &mut of.attrs,
    });
    std::iter::once(attrs).chain(arguments).collect()
}
