//! Tokens of the annotated item, read as an item that can have a twin.

use crate::faults;
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, Error, Fields, Generics, Ident, Item, ItemFn, ItemImpl, ItemTrait, Visibility};

pub(crate) enum Input {
    Trait(ItemTrait),
    Impl(ItemImpl),
    Inherent(ItemImpl),
    Function(ItemFn),
    Type(ItemType),
}

/// A struct or an enum.
pub(crate) struct ItemType {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    /// It is a struct that says nothing of what is in it.
    pub(crate) is_unit: bool,
    pub(crate) tokens: TokenStream,
}

pub(crate) enum Rejected {
    /// The tokens make no item. rustc, which gets them back, says so in better words.
    Syntax,
    /// The item can have no twin.
    Item(Error),
}

/// # Errors
///
/// The item is not a trait, an impl, a function, a struct or an enum.
pub(crate) fn parse(item: TokenStream) -> Result<Input, Rejected> {
    let found = match syn::parse2::<Item>(item) {
        Ok(Item::Trait(item)) => return Ok(Input::Trait(item)),
        Ok(Item::Impl(item)) if item.trait_.is_some() => return Ok(Input::Impl(item)),
        Ok(Item::Impl(item)) => return Ok(Input::Inherent(item)),
        Ok(Item::Fn(item)) if item.sig.receiver().is_none() => return Ok(Input::Function(item)),
        Ok(Item::Struct(item)) => {
            return Ok(Input::Type(ItemType {
                tokens: item.to_token_stream(),
                is_unit: matches!(item.fields, Fields::Unit),
                attrs: item.attrs,
                vis: item.vis,
                ident: item.ident,
                generics: item.generics,
            }));
        }
        Ok(Item::Enum(item)) => {
            return Ok(Input::Type(ItemType {
                tokens: item.to_token_stream(),
                is_unit: false,
                attrs: item.attrs,
                vis: item.vis,
                ident: item.ident,
                generics: item.generics,
            }));
        }
        Ok(found) => found,
        Err(_) => return Err(Rejected::Syntax),
    };
    Err(Rejected::Item(match &found {
        Item::Fn(item) => faults::wrong_item("one method").at(&item.sig.ident),
        Item::Union(item) => faults::wrong_item("a union").at(&item.ident),
        Item::Mod(item) => faults::wrong_item("a module").at(&item.ident),
        other => faults::wrong_item("this item").at(other),
    }))
}
