//! `items(…)`: the options of methods, of their arguments and of other items, in the attribute of the block. A block whose
//! attribute is under a condition then has no `#[bridge(…)]` that would need the same condition.

use crate::errors::Errors;
use crate::faults;
use crate::options::option_list::{each_option, value_tokens};
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Attribute, FnArg, ImplItem, ItemFn, ItemImpl, ItemTrait, Pat, Signature, TraitItem, parse_quote};

/// What the attribute says of one item: the same as a `#[bridge(…)]` on it, and on arguments of it.
pub(crate) struct Mark {
    name: Ident,
    options: TokenStream,
    arguments: Vec<(Ident, TokenStream)>,
}

const EXPECTED: &str = "items(method(skip), other(timeout = \"5s\", argument(iter)))";

/// Reads the list that follows `name`, which is `items`.
pub(crate) fn parse_marks(name: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Vec<Mark> {
    let Some(list) = group(name, input, errors) else { return Vec::new() };
    let mut marks = Vec::new();
    each_option(list, errors, |item, input, errors| {
        if let Some(options) = group(&item, input, errors) {
            let (options, arguments) = without_arguments(options);
            marks.push(Mark { name: item, options, arguments });
        }
    });
    marks
}

/// The tokens in parentheses that follow `name`, which are some.
fn group(name: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Option<TokenStream> {
    let tokens = value_tokens(input);
    let mut each = tokens.clone().into_iter();
    match (each.next(), each.next()) {
        (Some(TokenTree::Group(group)), None) if is_list(&group) && !group.stream().is_empty() => Some(group.stream()),
        _ => {
            let fault = faults::bad_value("items", "each name is followed by options in parentheses", EXPECTED);
            errors.push(if tokens.is_empty() { fault.at(name) } else { fault.at(tokens) });
            None
        }
    }
}

fn is_list(group: &Group) -> bool {
    group.delimiter() == Delimiter::Parenthesis
}

// Input:
//     timeout = "5s", rows(iter), collect = Result<Vec<u8>, Error>
//
// Output:
//     timeout = "5s", collect = Result<Vec<u8>, Error>
//     rows: iter
//
/// Takes out the options of arguments. No option of a method has a list after its name.
fn without_arguments(tokens: TokenStream) -> (TokenStream, Vec<(Ident, TokenStream)>) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let (mut options, mut arguments) = (Vec::new(), Vec::new());
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let mut rest = &tokens[..];
    while !rest.is_empty() {
        let is_start = options.last().is_none_or(is_comma);
        match rest {
            [TokenTree::Ident(name), TokenTree::Group(list), after @ ..]
                if is_start && is_list(list) && after.first().is_none_or(is_comma) =>
            {
                arguments.push((name.clone(), list.stream()));
                rest = after.get(1..).unwrap_or_default();
            }
            [token, after @ ..] => {
                options.push(token.clone());
                rest = after;
            }
            [] => {}
        }
    }
    (options.into_iter().collect(), arguments)
}

impl Mark {
    fn is_of(&self, name: &Ident) -> bool {
        self.name.unraw() == name.unraw()
    }

    fn mark(&self, attrs: &mut Vec<Attribute>) {
        if !self.options.is_empty() {
            let options = &self.options;
            let bridge = Ident::new("bridge", self.name.span());
            attrs.push(parse_quote!(#[#bridge(#options)]));
        }
    }

    fn mark_method(&self, attrs: &mut Vec<Attribute>, sig: &mut Signature, errors: &mut Errors) {
        self.mark(attrs);
        for (name, options) in &self.arguments {
            let attrs = sig.inputs.iter_mut().find_map(|input| match input {
                FnArg::Typed(argument) => match &*argument.pat {
                    Pat::Ident(pat) if pat.ident.unraw() == name.unraw() => Some(&mut argument.attrs),
                    _ => None,
                },
                FnArg::Receiver(_) => None,
            });
            match attrs {
                Some(attrs) => {
                    let bridge = Ident::new("bridge", name.span());
                    attrs.push(parse_quote!(#[#bridge(#options)]));
                }
                None => errors.push(faults::no_such_argument(&name.to_string()).at(name)),
            }
        }
    }

    fn refuse_arguments(&self, errors: &mut Errors) {
        errors.extend(self.arguments.iter().map(|(name, _)| faults::no_such_argument(&name.to_string()).at(name)));
    }
}

/// The trait as if each item had its options on it.
pub(crate) fn marked_trait(item: &ItemTrait, marks: &[Mark], errors: &mut Errors) -> ItemTrait {
    let mut item = item.clone();
    for mark in marks {
        let mut found = false;
        for inner in &mut item.items {
            match inner {
                TraitItem::Fn(of) if mark.is_of(&of.sig.ident) => mark.mark_method(&mut of.attrs, &mut of.sig, errors),
                TraitItem::Type(of) if mark.is_of(&of.ident) => mark_other(mark, &mut of.attrs, errors),
                TraitItem::Const(of) if mark.is_of(&of.ident) => mark_other(mark, &mut of.attrs, errors),
                _ => continue,
            }
            found = true;
        }
        check_found(mark, found, errors);
    }
    item
}

/// The impl as if each item had its options on it.
pub(crate) fn marked_impl(item: &ItemImpl, marks: &[Mark], errors: &mut Errors) -> ItemImpl {
    let mut item = item.clone();
    for mark in marks {
        let mut found = false;
        for inner in &mut item.items {
            match inner {
                ImplItem::Fn(of) if mark.is_of(&of.sig.ident) => mark.mark_method(&mut of.attrs, &mut of.sig, errors),
                ImplItem::Type(of) if mark.is_of(&of.ident) => mark_other(mark, &mut of.attrs, errors),
                ImplItem::Const(of) if mark.is_of(&of.ident) => mark_other(mark, &mut of.attrs, errors),
                _ => continue,
            }
            found = true;
        }
        check_found(mark, found, errors);
    }
    item
}

/// The function as if it had its options on it.
pub(crate) fn marked_function(item: &ItemFn, marks: &[Mark], errors: &mut Errors) -> ItemFn {
    let mut item = item.clone();
    for mark in marks {
        let found = mark.is_of(&item.sig.ident);
        if found {
            mark.mark_method(&mut item.attrs, &mut item.sig, errors);
        }
        check_found(mark, found, errors);
    }
    item
}

fn mark_other(mark: &Mark, attrs: &mut Vec<Attribute>, errors: &mut Errors) {
    mark.mark(attrs);
    mark.refuse_arguments(errors);
}

fn check_found(mark: &Mark, found: bool, errors: &mut Errors) {
    if !found {
        errors.push(faults::no_such_item(&mark.name.to_string()).at(&mark.name));
    }
}
