//! Associated types that a body of ours returns, and of which the trait says nothing that would make them `Send`.

use crate::check::conversion::is_bounded_elsewhere;
use crate::model::block::TraitBlock;
use crate::model::method::Method;
use crate::syntax::output::{named_bound, type_arguments};
use crate::syntax::tokens::is_one_of;
use syn::{Ident, PathArguments, TraitItemType, Type, TypeParamBound};

/// Those of `methods`, whose bodies know their implementor as `Self` only. Each is named once.
pub(crate) fn returned_without_send<'a>(block: &'a TraitBlock, methods: &[&Method]) -> Vec<&'a TraitItemType> {
    let is_returned = |of: &TraitItemType| {
        methods.iter().any(|method| {
            let output =
                method.adapted.as_ref().map_or_else(|| method.output.clone(), |it| it.without_parts(&method.output));
            holds(&output, &of.ident) && !is_bounded_elsewhere(of, method, block)
        })
    };
    // Under a condition there may be another one of the same name. A type without lifetimes is bounded where the twin is
    // implemented.
    let types = block.types.iter().filter(|of| of.attrs.iter().all(|attr| !attr.path().is_ident("cfg")));
    let types = types.filter(|of| of.generics.lifetimes().next().is_some());
    types.filter(|of| of.bounds.iter().all(implies_no_send) && is_returned(of)).collect()
}

/// Whether a value of `output` has one of `Self::name` in it.
fn holds(output: &Type, name: &Ident) -> bool {
    let path = match output {
        Type::Group(ty) => return holds(&ty.elem, name),
        Type::Paren(ty) => return holds(&ty.elem, name),
        Type::Tuple(ty) => return ty.elems.iter().any(|ty| holds(ty, name)),
        Type::Path(ty) if ty.qself.is_none() => &ty.path,
        _ => return false,
    };
    let segments = &path.segments;
    if segments.len() == 2 && segments[0].ident == "Self" {
        return segments[1].ident == *name;
    }
    let Some(last) = segments.last() else { return false };
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) if is_one_of(&last.ident, &["Option", "Result", "Vec"]) => {
            type_arguments(arguments).any(|ty| holds(ty, name))
        }
        _ => false,
    }
}

/// A trait of the user's may have `Send` above it.
fn implies_no_send(bound: &TypeParamBound) -> bool {
    const OF_STD: [&str; 13] = [
        "Clone",
        "Copy",
        "Debug",
        "Default",
        "Display",
        "Eq",
        "From",
        "Hash",
        "Ord",
        "PartialEq",
        "PartialOrd",
        "Sized",
        "Sync",
    ];
    matches!(bound, TypeParamBound::Lifetime(_)) || named_bound(bound, &OF_STD).is_some()
}
