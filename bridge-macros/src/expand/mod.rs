//! The tokens of a twin. Nothing here fails, because the block has been checked.

pub(crate) mod examples;

pub(crate) mod attrs;
pub(crate) mod describe;
pub(crate) mod private_path;

pub(crate) mod bridge_expr;
pub(crate) mod capture;
pub(crate) mod probe;
pub(crate) mod time_limit;

pub(crate) mod adapted_output;

pub(crate) mod io_args;

pub(crate) mod adapted_args;

pub(crate) mod call;

pub(crate) mod added_bounds;

pub(crate) mod trait_expansion;

pub(crate) mod implementor;

pub(crate) mod blanket_impl;

pub(crate) mod base_consts;
pub(crate) mod declared_outputs;
pub(crate) mod trait_base;

pub(crate) mod trait_twin;

pub(crate) mod imported_names;
pub(crate) mod polled_traits;
pub(crate) mod twin_bounds;

pub(crate) mod twin_type_impl;

pub(crate) mod delegating_impl;

pub(crate) mod impl_twin;
pub(crate) mod inherent_twin;

pub(crate) mod forwarded_traits;
pub(crate) mod twin_type;
