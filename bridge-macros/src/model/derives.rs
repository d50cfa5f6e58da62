//! The traits that a type derives, as far as the attributes below ours say it.

use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Path, Token};

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
