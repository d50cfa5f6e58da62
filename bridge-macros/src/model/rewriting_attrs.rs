//! Attributes of other macros that change how a method is called.

use crate::options::conditional::each_meta;
use crate::syntax::tokens::is_one_of;
use syn::{Attribute, Path};

/// Their names, after any path. A macro with another name is taken to leave the signature as it is written: if it does
/// not, the compiler says so at the call.
const REWRITING: [&str; 6] = ["async_generic", "builder", "main", "stream", "test", "try_stream"];

/// The first of them among `attrs`.
pub(crate) fn rewriting_attr(attrs: &[Attribute]) -> Option<Path> {
    let mut found = None;
    for attr in attrs {
        each_meta(&attr.meta, &mut |meta| {
            let is_one = meta.path().segments.last().is_some_and(|last| is_one_of(&last.ident, &REWRITING));
            if is_one && found.is_none() {
                found = Some(meta.path().clone());
            }
        });
    }
    found
}
