//! Tokens of the annotated item, read as an item that can have a twin.

use crate::faults;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::{
    Attribute, Block, Error, Expr, Fields, FnModifiers, Generics, Ident, ImplItem, ImplItemFn, Item, ItemFn, ItemImpl,
    ItemTrait, Signature, Stmt, Token, TraitItem, TraitItemFn, Visibility, braced, token,
};

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
    let found = match parse_item(item) {
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

// The body of a function is kept as the tokens that it is: nothing here depends on what it does, and most of an impl is
// bodies. What is wrong in one is reported by rustc.

fn parse_item(item: TokenStream) -> syn::Result<Item> {
    let Some((head, block)) = split_block(&item) else { return syn::parse2(item) };
    match syn::parse2(head)? {
        Item::Trait(mut item) => {
            item.items = (|input: ParseStream<'_>| parse_each(input, trait_method)).parse2(block)?;
            Ok(Item::Trait(item))
        }
        Item::Impl(mut item) => {
            item.items = (|input: ParseStream<'_>| parse_each(input, impl_method)).parse2(block)?;
            Ok(Item::Impl(item))
        }
        Item::Fn(mut item) => {
            item.block.stmts = statements(block);
            Ok(Item::Fn(item))
        }
        _ => syn::parse2(item),
    }
}

// Input:
//     pub trait Store { … }
//
// Output:
//     pub trait Store {}
//     …
//
/// The item without what is in its last braces. They are left as they are if an attribute of the item is in them.
fn split_block(item: &TokenStream) -> Option<(TokenStream, TokenStream)> {
    let mut tokens: Vec<_> = item.clone().into_iter().collect();
    let Some(TokenTree::Group(block)) = tokens.pop() else { return None };
    let content = block.stream();
    if block.delimiter() != Delimiter::Brace || has_inner_attribute(&content) {
        return None;
    }
    let mut empty = Group::new(Delimiter::Brace, TokenStream::new());
    empty.set_span(block.span());
    tokens.push(TokenTree::Group(empty));
    Some((tokens.into_iter().collect(), content))
}

/// Whether the first tokens are `#!`.
fn has_inner_attribute(content: &TokenStream) -> bool {
    let is = |token: Option<TokenTree>, written| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == written);
    let mut tokens = content.clone().into_iter();
    is(tokens.next(), '#') && is(tokens.next(), '!')
}

/// Each item of a block: those that `method` reads, and all others.
fn parse_each<T: syn::parse::Parse>(
    input: ParseStream<'_>,
    method: fn(ParseStream<'_>) -> syn::Result<Option<T>>,
) -> syn::Result<Vec<T>> {
    let mut items = Vec::new();
    while !input.is_empty() {
        let ahead = input.fork();
        // What is not read here has an error that is reported where it is read in full.
        let item = if let Ok(Some(item)) = method(&ahead) {
            input.advance_to(&ahead);
            item
        } else {
            input.parse()?
        };
        items.push(item);
    }
    Ok(items)
}

fn trait_method(input: ParseStream<'_>) -> syn::Result<Option<TraitItem>> {
    let attrs = input.call(Attribute::parse_outer)?;
    let sig: Signature = input.parse()?;
    let (default, semi_token) = if input.peek(token::Brace) {
        let Some(body) = parse_body(input)? else { return Ok(None) };
        (Some(body), None)
    } else {
        (None, Some(input.parse::<Token![;]>()?))
    };
    let modifiers = FnModifiers::default();
    Ok(Some(TraitItem::Fn(TraitItemFn { attrs, modifiers, sig, default, semi_token })))
}

fn impl_method(input: ParseStream<'_>) -> syn::Result<Option<ImplItem>> {
    let attrs = input.call(Attribute::parse_outer)?;
    let vis: Visibility = input.parse()?;
    let sig: Signature = input.parse()?;
    let Some(block) = parse_body(input)? else { return Ok(None) };
    let modifiers = FnModifiers::default();
    Ok(Some(ImplItem::Fn(ImplItemFn { attrs, vis, modifiers, sig, block })))
}

/// A body, unless it has attributes of the method in it.
fn parse_body(input: ParseStream<'_>) -> syn::Result<Option<Block>> {
    let content;
    let brace_token = braced!(content in input);
    let body: TokenStream = content.parse()?;
    Ok((!has_inner_attribute(&body)).then(|| Block { brace_token, stmts: statements(body) }))
}

fn statements(body: TokenStream) -> Vec<Stmt> {
    if body.is_empty() { Vec::new() } else { vec![Stmt::Expr(Expr::Verbatim(body), None)] }
}
