//! The facts about a block and its methods.

pub(crate) mod async_trait;
pub(crate) mod names;
pub(crate) mod strip;

pub(crate) mod shape;

pub(crate) mod adapter;
pub(crate) mod stream_args;

pub(crate) mod method;

pub(crate) mod block;
