//! What types and signatures say. Nothing here depends on an option.

pub(crate) mod expression;
pub(crate) mod names;
pub(crate) mod tokens;

pub(crate) mod elided;
pub(crate) mod output;
pub(crate) mod rewrite;
pub(crate) mod self_type;

pub(crate) mod threads;
