//! The runtime of a bridge, and the calls in flight on it.

pub(crate) mod call_limit;
pub(crate) mod context;
pub(crate) mod metrics;
pub(crate) mod slow;
pub(crate) mod thread_hooks;
pub(crate) mod wait_hooks;

pub(crate) mod in_flight;
pub(crate) mod task_list;

pub(crate) mod running_count;

pub(crate) mod scope_tasks;

pub(crate) mod settings;

pub(crate) mod blocking_threads;

pub(crate) mod borrowed;

pub(crate) mod start;

pub(crate) mod delay;

pub(crate) mod shared;
