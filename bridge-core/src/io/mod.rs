//! std's IO over tokio's.

pub(crate) mod operation;

pub(crate) mod blocking_io;
pub(crate) mod reader;
pub(crate) mod writer;
