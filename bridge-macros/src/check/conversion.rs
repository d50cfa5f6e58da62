//! Whether the error that a body of ours would make of a failure visibly cannot be made.

use crate::model::block::TraitBlock;
use crate::model::method::Method;
use crate::syntax::output::{as_trait, named_bound, type_arguments};
use crate::syntax::tokens::mentions;
use quote::ToTokens;
use syn::{PathArguments, TraitItemType, Type, TypeParamBound, TypePath};

/// The `Self::Error` of `Result<_, Self::Error>`, if the trait asks nothing of it from which a `From<BridgeError>` could
/// follow. An impl knows its error, and a generic body only what the trait says.
pub(crate) fn error_without_conversion<'a>(
    output: &'a Type,
    method: &Method,
    block: &TraitBlock,
) -> Option<&'a TypePath> {
    let error = error_of_self(output)?;
    let name = &error.path.segments[1].ident;
    let declared = block.types.iter().find(|of| of.ident == *name)?;
    (!is_bounded_elsewhere(declared, method, block) && declared.bounds.iter().all(implies_no_conversion))
        .then_some(error)
}

/// Whether more may be known of an associated type in `method` than its declaration says.
pub(crate) fn is_bounded_elsewhere(declared: &TraitItemType, method: &Method, block: &TraitBlock) -> bool {
    let name = declared.ident.to_string();
    let wheres = [&block.generics.where_clause, &declared.generics.where_clause, &method.sig.generics.where_clause];
    wheres.into_iter().flatten().any(|of| mentions(of.to_token_stream(), &name))
}

fn error_of_self(output: &Type) -> Option<&TypePath> {
    let path = match output {
        Type::Group(ty) => return error_of_self(&ty.elem),
        Type::Paren(ty) => return error_of_self(&ty.elem),
        Type::Path(ty) => &ty.path,
        _ => return None,
    };
    let last = path.segments.last().filter(|last| last.ident == "Result")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match type_arguments(arguments).nth(1)? {
        Type::Path(error) => {
            let segments = &error.path.segments;
            (error.qself.is_none() && segments.len() == 2 && segments[0].ident == "Self").then_some(error)
        }
        _ => None,
    }
}

/// A trait of the user's may have `From<BridgeError>` above it, and is called `Error` as like as not.
fn implies_no_conversion(bound: &TypeParamBound) -> bool {
    const OF_STD: [&str; 13] = [
        "Clone",
        "Debug",
        "Default",
        "Display",
        "Eq",
        "Hash",
        "PartialEq",
        "RefUnwindSafe",
        "Send",
        "Sized",
        "Sync",
        "Unpin",
        "UnwindSafe",
    ];
    let is_error_of_std = || {
        let first = as_trait(bound).and_then(|bound| bound.path.segments.first());
        first.is_some_and(|first| first.ident == "core" || first.ident == "std")
            && named_bound(bound, &["Error"]).is_some()
    };
    matches!(bound, TypeParamBound::Lifetime(_)) || named_bound(bound, &OF_STD).is_some() || is_error_of_std()
}
