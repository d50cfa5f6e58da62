//! The modules that all others use. They do not depend on calls.

pub(crate) mod sync;

pub(crate) mod config;
pub(crate) mod error;
pub(crate) mod id;
pub(crate) mod panic;
pub(crate) mod take_once;

pub(crate) mod runtime;
