//! The traits that a type derives, as far as the attributes below ours say it.

use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Path, Token};

/// The traits that a twin has if its async type does. `Default` is not among them: it makes a value, which is often another one
/// for blocking code.
pub(crate) const DERIVABLE: [&str; 7] = ["Clone", "Debug", "PartialEq", "Eq", "PartialOrd", "Ord", "Hash"];

/// The last names of the traits in each `#[derive(…)]`.
pub(crate) fn derives(attrs: &[Attribute]) -> Vec<String> {
    let lists = attrs.iter().filter_map(|attr| match &attr.meta {
        Meta::List(list) if list.path.is_ident("derive") => {
            list.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated).ok()
        }
        _ => None,
    });
    lists.flatten().filter_map(|path| Some(path.segments.last()?.ident.to_string())).collect()
}
