//! Streams as iterators, and iterators as streams.

pub(crate) mod flatten;
pub(crate) mod from_iter;
pub(crate) mod iter;
pub(crate) mod prefetch;
