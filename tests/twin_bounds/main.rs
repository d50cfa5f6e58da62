//! The bounds that twins have and their originals do not: what another thread needs of generic types.

#![allow(clippy::elidable_lifetime_names)]

mod arguments;
mod blanket;
mod boxed;
mod boxed_local;
mod generic_associated_types;
mod headers;
mod mirror;
mod options;
mod promised;
mod references;
mod traits;

use std::cell::Cell;
use std::fmt::{Debug, Display};
use std::future::Future;
use std::hash::Hash;
use std::io;
use std::marker::PhantomData;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use sync_bridge::{BridgeError, sync_bridge};
use tokio::task::yield_now;

/// What is held across this is a part of the future.
async fn held<T>(value: T) -> T {
    yield_now().await;
    value
}

/// A value that is `Send` and no more.
#[derive(Debug)]
struct NotSync(Cell<u8>);

impl Display for NotSync {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Display::fmt(&self.0.get(), f)
    }
}
