//! One call: what it is to run, within which limits, and where.

pub(crate) mod erased;
pub(crate) mod result;

pub(crate) mod interrupt;

pub(crate) mod enclosing;

pub(crate) mod limits;

pub(crate) mod watch;

pub(crate) mod context;

pub(crate) mod drive;

pub(crate) mod dispatch;

pub(crate) mod local;

pub(crate) mod bound_thread;

pub(crate) mod inside;
