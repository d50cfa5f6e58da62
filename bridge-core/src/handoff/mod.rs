//! Runs a future that is on one thread's stack on another thread. The only folder with unsafe code.
//!
//! The rest of the crate relies on this: the stack frame that owns a future does not end before the future has been
//! dropped. This includes errors and unwinding. [`call`] ensures it for one call, [`loan`] for the tasks of a scope.
#![allow(unsafe_code)]

pub(crate) mod fork;
pub(crate) mod leaked;

pub(crate) mod call;
pub(crate) mod loan;

pub(crate) mod park;

#[cfg(all(test, sync_bridge_loom))]
mod models;
