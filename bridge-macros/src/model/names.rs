//! The names of twins.

use crate::options::block_options::BlockOptions;
use crate::syntax::names::blocking_name;
use crate::syntax::tokens::is_one_of;
use syn::ext::IdentExt;
use syn::{Ident, Path};

/// The name that `twin = Name` gives, or one made of that of the trait.
pub(crate) fn twin_of(name: &Ident, options: &BlockOptions) -> Ident {
    let given = options.twin.as_ref().and_then(|(_, path)| as_name(path.as_ref()?));
    match given {
        Some(given) => given.clone(),
        // A mirror is not there beside its twin, and may have the name already.
        None if options.remote.is_some() && name.unraw().to_string().starts_with("Blocking") => name.clone(),
        None => blocking_name(name),
    }
}

/// The name that `path` is, if an item can have it.
pub(crate) fn as_name(path: &Path) -> Option<&Ident> {
    path.get_ident().filter(|name| !is_one_of(name, &["self", "Self", "super", "crate"]))
}

pub(crate) fn twin_path(source: &Path) -> Path {
    let mut path = source.clone();
    if let Some(last) = path.segments.last_mut() {
        last.ident = blocking_name(&last.ident);
    }
    path
}
