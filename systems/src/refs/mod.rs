//! A synchronous trait of long standing, and what implements it: memory, and databases behind an async pool.
//!
//! Nothing in the trait knows of async code, and neither does a caller of it.

mod memory;
mod sql;

use std::error::Error;

pub use memory::MemoryRefs;
pub use sql::{SqlError, SqlOptions, SqlRefs};

/// A store of refs: names, each of which points at a target.
///
/// Each method is atomic: no caller sees a part of what another one does.
pub trait RefBackend {
    /// Why an operation fails.
    type Error: Error + Send + Sync + 'static;

    /// The target of `name`, if there is such a ref.
    ///
    /// # Errors
    ///
    /// If the store cannot be asked.
    fn get(&self, name: &str) -> Result<Option<String>, Self::Error>;

    /// Points `name` at `target`, whatever it pointed at before.
    ///
    /// # Errors
    ///
    /// If the store cannot be changed.
    fn set(&self, name: &str, target: &str) -> Result<(), Self::Error>;

    /// Points `name` at `target` if it points at `expected`, or if it is not there and `expected` is `None`. Returns
    /// whether it did.
    ///
    /// # Errors
    ///
    /// If the store cannot be changed, or its answer is lost: then the ref may have changed all the same.
    fn compare_and_set(&self, name: &str, expected: Option<&str>, target: &str) -> Result<bool, Self::Error>;

    /// Removes `name`. Returns whether it was there.
    ///
    /// # Errors
    ///
    /// If the store cannot be changed.
    fn delete(&self, name: &str) -> Result<bool, Self::Error>;

    /// The refs whose names start with `prefix`, by name.
    ///
    /// # Errors
    ///
    /// If the store cannot be asked.
    fn list(&self, prefix: &str) -> Result<Vec<Ref>, Self::Error>;

    /// Makes all of `updates`, in one transaction, or none of them if one of them does not find what it expects.
    /// Returns whether it made them. Each name may be there once.
    ///
    /// # Errors
    ///
    /// If the store cannot be changed: then no update is made, unless it is the last answer that is lost.
    fn update_all(&self, updates: &[Update]) -> Result<bool, Self::Error>;
}

/// A name, and what it points at.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ref {
    /// The name.
    pub name: String,
    /// What it points at.
    pub target: String,
}

/// One of the changes of [`RefBackend::update_all`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Update {
    /// The name to change.
    pub name: String,
    /// What it has to point at; `None` if it must not be there.
    pub expected: Option<String>,
    /// What it is to point at; `None` to remove it.
    pub target: Option<String>,
}

impl Update {
    /// Points `name` from `expected` at `target`.
    #[must_use]
    pub fn new(name: &str, expected: Option<&str>, target: Option<&str>) -> Self {
        Self { name: name.to_owned(), expected: expected.map(str::to_owned), target: target.map(str::to_owned) }
    }
}
