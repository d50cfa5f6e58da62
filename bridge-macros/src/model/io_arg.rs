//! How a method takes an async reader or writer.

use crate::syntax::output::{Bounds, named_bound, only_argument};
use syn::{GenericParam, Generics, Ident, Type, WherePredicate};

pub(crate) struct IoArg {
    pub(crate) held: Held,
    pub(crate) object: Object,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Held {
    /// `R`
    Value,
    /// `Box<R>`
    Boxed,
    /// `Pin<Box<R>>`
    PinnedBox,
    /// `&mut R`
    Mutable,
    /// `Pin<&mut R>`
    PinnedMutable,
}

pub(crate) enum Object {
    /// `impl AsyncRead`
    Unnamed,
    /// `dyn AsyncRead`
    Dynamic,
    /// A type parameter of the method.
    Parameter(Ident),
}

impl IoArg {
    pub(crate) fn parameter(&self) -> Option<&Ident> {
        match &self.object {
            Object::Parameter(name) => Some(name),
            Object::Unnamed | Object::Dynamic => None,
        }
    }
}

/// The form of `ty`, if it says that it is a `name`, which is `AsyncRead` or `AsyncWrite`.
pub(crate) fn io_arg(ty: &Type, generics: &Generics, name: &str) -> Option<IoArg> {
    let (held, inner) = held(ty);
    let has_name = |bounds: &Bounds| bounds.iter().any(|bound| named_bound(bound, &[name]).is_some());
    let object = match inner {
        Type::ImplTrait(ty) if has_name(&ty.bounds) => Object::Unnamed,
        Type::TraitObject(ty) if held != Held::Value && has_name(&ty.bounds) => Object::Dynamic,
        Type::Path(path) => {
            let parameter = path.path.get_ident().filter(|_| path.qself.is_none())?;
            bounds_of(parameter, generics).into_iter().any(has_name).then(|| Object::Parameter(parameter.clone()))?
        }
        _ => return None,
    };
    Some(IoArg { held, object })
}

fn held(ty: &Type) -> (Held, &Type) {
    let ty = without_parentheses(ty);
    let borrowed = |ty| match without_parentheses(ty) {
        Type::Reference(ty) if ty.mutability.is_some() => Some(without_parentheses(&ty.elem)),
        _ => None,
    };
    let boxed = |ty| only_argument(without_parentheses(ty), "Box").map(without_parentheses);
    if let Some(inner) = borrowed(ty) {
        (Held::Mutable, inner)
    } else if let Some(inner) = boxed(ty) {
        (Held::Boxed, inner)
    } else if let Some(pinned) = only_argument(ty, "Pin") {
        match (borrowed(pinned), boxed(pinned)) {
            (Some(inner), _) => (Held::PinnedMutable, inner),
            (None, Some(inner)) => (Held::PinnedBox, inner),
            (None, None) => (Held::Value, ty),
        }
    } else {
        (Held::Value, ty)
    }
}

fn without_parentheses(ty: &Type) -> &Type {
    match ty {
        Type::Group(ty) => without_parentheses(&ty.elem),
        Type::Paren(ty) => without_parentheses(&ty.elem),
        ty => ty,
    }
}

/// The bounds of a type parameter, where it is declared and in the `where` clause. None if there is no such parameter.
fn bounds_of<'a>(parameter: &Ident, generics: &'a Generics) -> Vec<&'a Bounds> {
    let declared = generics.params.iter().find_map(|param| match param {
        GenericParam::Type(param) if param.ident == *parameter => Some(&param.bounds),
        _ => None,
    });
    let Some(declared) = declared else { return Vec::new() };
    let predicates = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    let besides = predicates.filter_map(|predicate| match predicate {
        WherePredicate::Type(of) if is_parameter(&of.bounded_ty, parameter) => Some(&of.bounds),
        _ => None,
    });
    std::iter::once(declared).chain(besides).collect()
}

pub(crate) fn is_parameter(ty: &Type, parameter: &Ident) -> bool {
    matches!(without_parentheses(ty), Type::Path(path) if path.path.is_ident(parameter) && path.qself.is_none())
}
