//! Every fault of a block, collected so that all of them are reported at once.

use proc_macro2::TokenStream;
use quote::ToTokens;
use std::{mem, thread};
use syn::Error;

/// The faults found so far.
///
/// # Panics
///
/// Dropping it without [`finish`](Self::finish) panics: a fault nobody reports is a bug of this crate.
pub(crate) struct Errors {
    found: Vec<Error>,
    finished: bool,
}

impl Errors {
    pub(crate) fn new() -> Self {
        Self { found: Vec::new(), finished: false }
    }

    pub(crate) fn push(&mut self, error: Error) {
        self.found.push(error);
    }

    pub(crate) fn extend(&mut self, errors: impl IntoIterator<Item = Error>) {
        self.found.extend(errors);
    }

    /// How many there are so far.
    pub(crate) fn count(&self) -> usize {
        self.found.len()
    }

    /// Every fault as a `compile_error!`, or nothing if there is none.
    pub(crate) fn finish(mut self) -> Option<TokenStream> {
        self.finished = true;
        let found = mem::take(&mut self.found);
        (!found.is_empty()).then(|| found.iter().map(Error::to_compile_error).collect())
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        assert!(self.finished || thread::panicking(), "the errors of a block were not reported");
    }
}

/// One sentence of what is wrong, the code under which `docs/diagnostics.md` explains it, one sentence of how to
/// fix it.
pub(crate) struct Fault {
    pub(crate) code: &'static str,
    pub(crate) what: String,
    pub(crate) help: String,
}

impl Fault {
    /// The error, underlining `token`.
    pub(crate) fn at(self, token: impl ToTokens) -> Error {
        let Self { code, what, help } = self;
        Error::new_spanned(token, format!("{what} [{code}]\nhelp: {help}"))
    }
}
