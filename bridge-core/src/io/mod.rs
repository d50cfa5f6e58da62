//! std's IO traits over tokio's. Each operation of an async object is one call.

pub(crate) mod blocking_io;

pub(crate) mod operation;

mod read;
mod seek;
mod write;
