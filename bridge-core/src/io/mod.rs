//! std's IO traits over tokio's: each operation of an async object is one call. And tokio's traits over std's: each
//! operation of a blocking object is a job on a blocking thread.

pub(crate) mod blocking_io;

pub(crate) mod byte_reader;

pub(crate) mod operation;

pub(crate) mod read;
mod seek;
mod write;

pub(crate) mod job;

pub(crate) mod async_reader;
pub(crate) mod async_writer;
