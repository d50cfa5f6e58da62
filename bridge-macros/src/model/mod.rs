//! The facts about a block and its methods.

pub(crate) mod async_trait;
pub(crate) mod names;
pub(crate) mod strip;

pub(crate) mod derives;
pub(crate) mod polled_trait;

pub(crate) mod shape;

pub(crate) mod adapter;

pub(crate) mod io_arg;

pub(crate) mod adapted_args;
pub(crate) mod twin_args;
pub(crate) mod twin_receiver;

pub(crate) mod rewriting_attrs;

pub(crate) mod variants;

pub(crate) mod method;

pub(crate) mod block;

pub(crate) mod generic_owner;
