//! Streams as iterators, and iterators as streams.

pub(crate) mod flatten;

pub(crate) mod prefetch;

pub(crate) mod from_iter;
pub(crate) mod iter;

mod inner;
