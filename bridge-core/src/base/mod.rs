//! What everything else stands on, and what knows nothing of a call.

pub(crate) mod sync;

pub(crate) mod config;
pub(crate) mod error;
pub(crate) mod id;
pub(crate) mod panic;
pub(crate) mod take_once;

pub(crate) mod runtime;
