//! std's IO over tokio's.

pub(crate) mod blocking_io;
mod operation;
mod read;
mod seek;
mod write;
