//! The types of a block that have twin types: `twins(Repo, Cursor = blocking::Cursor)`, and the type of the block itself.

use crate::errors::Errors;
use crate::faults;
use crate::options::option_list::value_tokens;
use crate::syntax::names::blocking_name;
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::token::Paren;
use syn::visit::{self, Visit};
use syn::{Ident, Path, PathArguments, Token, Type, TypePath, parenthesized};

/// A name in `twins(…)`.
#[derive(Clone)]
pub(crate) struct ListedType {
    /// The last names of the types that it is about.
    pub(crate) name: Path,
    /// The twin, where it is written out.
    pub(crate) twin: Option<Path>,
}

impl Parse for ListedType {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = Path::parse_mod_style(input)?;
        let is_followed = input.parse::<Option<Token![=]>>()?.is_some();
        let twin = is_followed.then(|| Path::parse_mod_style(input)).transpose()?;
        Ok(Self { name, twin })
    }
}

const EXPECTED: &str = "twins(Repo, Cursor = blocking::Cursor)";

/// Reads the list that follows `name`, which is `twins`.
pub(crate) fn parse_twins(name: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Vec<ListedType> {
    let option = name.to_string();
    let list = |input: ParseStream<'_>| {
        let list;
        parenthesized!(list in input);
        Punctuated::<ListedType, Token![,]>::parse_terminated(&list)
    };
    let rest = value_tokens(input);
    if !input.peek(Paren) {
        let fault = faults::bad_value(&option, "its names must be in parentheses", EXPECTED);
        errors.push(if rest.is_empty() { fault.at(name) } else { fault.at(rest) });
        return Vec::new();
    }
    match list(input) {
        Ok(listed) if !listed.is_empty() => listed.into_iter().collect(),
        _ => {
            let reason = "it takes names of types, without generic arguments";
            errors.push(faults::bad_value(&option, reason, EXPECTED).at(rest));
            Vec::new()
        }
    }
}

/// The types in the signatures of a block that stand for twin types.
#[derive(Clone)]
pub(crate) struct TwinTypes {
    pub(crate) listed: Vec<ListedType>,
    /// The type of the block, and its twin.
    pub(crate) own: (Path, Path),
    pub(crate) signatures: Signatures,
}

/// Which types the signatures of a block are written with.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Signatures {
    /// Those of the async methods.
    OfOriginals,
    /// Those of the twins: the async methods are somebody else's.
    OfTwins,
}

/// How an argument has a twin.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Held {
    Value,
    Shared,
    Mutable,
}

impl TwinTypes {
    /// Whether the async methods are somebody else's, with errors of their own.
    pub(crate) fn is_of_twins(&self) -> bool {
        self.signatures == Signatures::OfTwins
    }

    /// The twin of `ty`, if that is a type that has one here.
    pub(crate) fn twin_of(&self, ty: &Type) -> Option<Type> {
        let Type::Path(of) = without_group(ty) else { return None };
        if of.qself.is_some() {
            return None;
        }
        if of.path.is_ident("Self") || self.is_of_twins() {
            return self.is_known(&of.path).then(|| ty.clone());
        }
        let mut path = of.path.clone();
        let arguments = path.segments.last().map(|last| last.arguments.clone()).unwrap_or_default();
        let explicit = match self.listed.iter().find(|listed| ends_in(&of.path, &listed.name)) {
            Some(listed) => listed.twin.as_ref(),
            None if ends_in(&of.path, &self.own.0) => Some(&self.own.1),
            None => return None,
        };
        match explicit {
            Some(twin) => path = twin.clone(),
            None => {
                if let Some(last) = path.segments.last_mut() {
                    last.ident = blocking_name(&last.ident);
                }
            }
        }
        if let Some(last) = path.segments.last_mut() {
            last.arguments = arguments;
        }
        Some(path_type(&path))
    }

    /// The twin that an argument of the type `ty` is, or a reference to one, and its type in the twin's method.
    pub(crate) fn argument(&self, ty: &Type) -> Option<(Held, Type)> {
        if let Type::Reference(reference) = without_group(ty) {
            let mut twin = reference.clone();
            *twin.elem = self.twin_of(&reference.elem)?;
            let held = if reference.mutability.is_some() { Held::Mutable } else { Held::Shared };
            return Some((held, Type::Reference(twin)));
        }
        Some((Held::Value, self.twin_of(ty)?))
    }

    /// Whether `ty` is `&mut Self`, which a method that takes `&mut self` returns to go on with.
    pub(crate) fn is_mutable_self(&self, ty: &Type) -> bool {
        let Type::Reference(reference) = without_group(ty) else { return false };
        let Type::Path(of) = without_group(&reference.elem) else { return false };
        reference.mutability.is_some() && of.qself.is_none() && self.is_own(&of.path)
    }

    /// The names of types with twins among `tokens`, which are types or bounds.
    pub(crate) fn names_in(&self, visit: impl FnOnce(&mut NamesOfTwins<'_>)) -> Vec<Path> {
        let mut names = NamesOfTwins { of: self, found: Vec::new() };
        visit(&mut names);
        names.found
    }

    /// The name in `twins(…)` under which `path` is listed.
    pub(crate) fn listing(&self, path: &Path) -> Option<&ListedType> {
        self.listed.iter().find(|listed| ends_in(path, &listed.name))
    }

    fn is_known(&self, path: &Path) -> bool {
        self.is_own(path) || self.listing(path).is_some()
    }

    fn is_own(&self, path: &Path) -> bool {
        path.is_ident("Self") || ends_in(path, &self.own.0)
    }
}

/// Finds the types that have twins.
pub(crate) struct NamesOfTwins<'a> {
    of: &'a TwinTypes,
    found: Vec<Path>,
}

impl Visit<'_> for NamesOfTwins<'_> {
    fn visit_type_path(&mut self, ty: &TypePath) {
        if ty.qself.is_none() && self.of.is_known(&ty.path) {
            self.found.push(ty.path.clone());
        }
        visit::visit_type_path(self, ty);
    }
}

fn without_group(ty: &Type) -> &Type {
    match ty {
        Type::Group(of) => without_group(&of.elem),
        Type::Paren(of) => without_group(&of.elem),
        ty => ty,
    }
}

/// Whether the last names of `path` are those of `listed`.
fn ends_in(path: &Path, listed: &Path) -> bool {
    let mut names = path.segments.iter().rev().map(|segment| &segment.ident);
    listed.segments.iter().rev().all(|segment| names.next() == Some(&segment.ident))
}

/// `path` without the arguments of its last name.
pub(crate) fn without_arguments(path: &Path) -> Path {
    let mut path = path.clone();
    if let Some(last) = path.segments.last_mut() {
        last.arguments = PathArguments::None;
    }
    path
}

/// The type that a path is.
pub(crate) fn path_type(path: &Path) -> Type {
    Type::Path(TypePath { attrs: Vec::new(), qself: None, path: path.clone() })
}

/// The tokens of a path, without spaces.
pub(crate) fn readable_path(path: &Path) -> String {
    let tokens: TokenStream = path.to_token_stream();
    tokens.to_string().replace(' ', "")
}
