//! The calling thread: where it stands, what already waits for it, and how it may block.

pub(crate) mod marks;
pub(crate) mod pool;

pub(crate) mod home;

pub(crate) mod ancestry;
pub(crate) mod budget;

pub(crate) mod takeover;

pub(crate) mod caller;

pub(crate) mod in_place;
