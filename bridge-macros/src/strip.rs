//! The user's item without the `#[bridge(…)]` of its methods and arguments, which only we understand.

use crate::options::is_bridge_attr;
use syn::{Attribute, FnArg, ImplItem, ItemFn, ItemImpl, ItemTrait, Signature, TraitItem};

pub(crate) fn strip_trait(item: &mut ItemTrait) {
    if !has_another_sync_bridge(&item.attrs) {
        item.items.iter_mut().flat_map(trait_item_attrs).for_each(strip);
    }
}

pub(crate) fn strip_impl(item: &mut ItemImpl) {
    if !has_another_sync_bridge(&item.attrs) {
        item.items.iter_mut().flat_map(impl_item_attrs).for_each(strip);
    }
}

pub(crate) fn strip_function(item: &mut ItemFn) {
    if !has_another_sync_bridge(&item.attrs) {
        method_attrs(&mut item.attrs, &mut item.sig).into_iter().for_each(strip);
    }
}

/// A second `#[sync_bridge]` on the same item still has to read the `#[bridge(…)]` of its methods.
fn has_another_sync_bridge(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| attr.path().segments.last().is_some_and(|last| last.ident == "sync_bridge"))
}

fn strip(attrs: &mut Vec<Attribute>) {
    attrs.retain(|attr| !is_bridge_attr(attr));
}

fn trait_item_attrs(item: &mut TraitItem) -> Vec<&mut Vec<Attribute>> {
    match item {
        TraitItem::Fn(of) => method_attrs(&mut of.attrs, &mut of.sig),
        TraitItem::Type(of) => vec![&mut of.attrs],
        TraitItem::Const(of) => vec![&mut of.attrs],
        _ => Vec::new(),
    }
}

fn impl_item_attrs(item: &mut ImplItem) -> Vec<&mut Vec<Attribute>> {
    match item {
        ImplItem::Fn(of) => method_attrs(&mut of.attrs, &mut of.sig),
        ImplItem::Type(of) => vec![&mut of.attrs],
        ImplItem::Const(of) => vec![&mut of.attrs],
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
