//! The rules for a block. Two of them search in files of their own.

pub(crate) mod conversion;
pub(crate) mod returned;
pub(crate) mod twin_types;

pub(crate) mod rules;
