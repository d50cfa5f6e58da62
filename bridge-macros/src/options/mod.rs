//! The options in `#[sync_bridge(…)]` and in `#[bridge(…)]`.

pub(crate) mod conditional;
pub(crate) mod duration;
pub(crate) mod option_list;

pub(crate) mod bounds;
pub(crate) mod timeout;

pub(crate) mod marks;

pub(crate) mod forward;
pub(crate) mod twin_types;

pub(crate) mod block_options;
pub(crate) mod item_options;

pub(crate) mod argument_options;
