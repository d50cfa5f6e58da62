//! A future on one thread's stack, run on another: the only folder with unsafe code.
//!
//! What the rest of the crate relies on: the frame that owns a future does not end, by value, error or unwinding, before
//! the future has been dropped. [`call`] keeps that for one call, [`loan`] for the tasks of a scope.
#![allow(unsafe_code)]

pub(crate) mod fork;
pub(crate) mod leaked;

pub(crate) mod call;
pub(crate) mod loan;

pub(crate) mod park;

#[cfg(all(test, sync_bridge_loom))]
mod models;
