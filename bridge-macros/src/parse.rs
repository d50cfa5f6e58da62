//! Tokens of the annotated item, read as an item that can have a twin.

use crate::faults;
use proc_macro2::TokenStream;
use syn::{Error, Item, ItemFn, ItemImpl, ItemTrait};

pub(crate) enum Input {
    Trait(ItemTrait),
    Impl(ItemImpl),
    Inherent(ItemImpl),
    Function(ItemFn),
}

pub(crate) enum Rejected {
    /// The tokens make no item. rustc, which gets them back, says so in better words.
    Syntax,
    /// The item can have no twin.
    Item(Error),
}

/// # Errors
///
/// The item is no trait, no impl and no function.
pub(crate) fn parse(item: TokenStream) -> Result<Input, Rejected> {
    let found = match syn::parse2::<Item>(item) {
        Ok(Item::Trait(item)) => return Ok(Input::Trait(item)),
        Ok(Item::Impl(item)) if item.trait_.is_some() => return Ok(Input::Impl(item)),
        Ok(Item::Impl(item)) => return Ok(Input::Inherent(item)),
        Ok(Item::Fn(item)) if item.sig.receiver().is_none() => return Ok(Input::Function(item)),
        Ok(found) => found,
        Err(_) => return Err(Rejected::Syntax),
    };
    Err(Rejected::Item(match &found {
        Item::Fn(item) => faults::wrong_item("one method").at(&item.sig.ident),
        Item::Struct(item) => faults::wrong_item("a struct").at(&item.ident),
        Item::Enum(item) => faults::wrong_item("an enum").at(&item.ident),
        Item::Mod(item) => faults::wrong_item("a module").at(&item.ident),
        other => faults::wrong_item("this item").at(other),
    }))
}
