//! An existing synchronous trait, and two types that implement it: one in memory, and one in a database with an async
//! pool.
//!
//! The trait and its callers contain no async code.

mod memory;
mod sql;

use std::error::Error;

pub use memory::MemoryRefs;
pub use sql::{SqlError, SqlOptions, SqlRefs};

/// A store of refs. A ref is a name that points at a target.
///
/// Each method is atomic. No caller sees a part of another caller's change.
pub trait RefBackend {
    /// The error of an operation.
    type Error: Error + Send + Sync + 'static;

    /// Returns the target of `name`, if there is such a ref.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn get(&self, name: &str) -> Result<Option<String>, Self::Error>;

    /// Points `name` at `target`, and replaces an existing target.
    ///
    /// # Errors
    ///
    /// If the store cannot be changed.
    fn set(&self, name: &str, target: &str) -> Result<(), Self::Error>;

    /// Points `name` at `target` if it now points at `expected`. If `expected` is `None`, the ref must not exist.
    /// Returns whether the ref was changed.
    ///
    /// # Errors
    ///
    /// If the store cannot be changed, or if its answer is lost. In the second case the ref may have been changed.
    fn compare_and_set(&self, name: &str, expected: Option<&str>, target: &str) -> Result<bool, Self::Error>;

    /// Removes `name`. Returns whether it existed.
    ///
    /// # Errors
    ///
    /// If the store cannot be changed.
    fn delete(&self, name: &str) -> Result<bool, Self::Error>;

    /// Returns the refs whose names start with `prefix`, sorted by name.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn list(&self, prefix: &str) -> Result<Vec<Ref>, Self::Error>;

    /// Makes all of `updates` in one transaction. If one of them does not find what it expects, makes none. Returns
    /// whether the updates were made. No name may occur twice.
    ///
    /// # Errors
    ///
    /// If the store cannot be changed. No update is made then, except if the answer to the commit is lost.
    fn update_all(&self, updates: &[Update]) -> Result<bool, Self::Error>;
}

/// A name, and the target that it points at.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ref {
    /// The name.
    pub name: String,
    /// The target.
    pub target: String,
}

/// One change in [`RefBackend::update_all`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Update {
    /// The name to change.
    pub name: String,
    /// The target that the ref must have now. `None` if the ref must not exist.
    pub expected: Option<String>,
    /// The new target. `None` to remove the ref.
    pub target: Option<String>,
}

impl Update {
    /// Returns a change of `name` from `expected` to `target`.
    #[must_use]
    pub fn new(name: &str, expected: Option<&str>, target: Option<&str>) -> Self {
        Self { name: name.to_owned(), expected: expected.map(str::to_owned), target: target.map(str::to_owned) }
    }
}
