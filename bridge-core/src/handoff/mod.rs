//! A future on one thread's stack, run on another. The only folder with unsafe code.

#[allow(unsafe_code)]
pub(crate) mod raw;

pub(crate) mod park;
