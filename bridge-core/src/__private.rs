//! What generated twins call. None of it is public API: a twin and this module are always of one version.

mod call;
mod chosen;
mod output;
mod probe;

pub use call::{call, call_local};
pub use chosen::{Chosen, Detached, IntoChosen};
pub use output::{MappedOutput, TwinOutput, or_resume};
pub use probe::{Probe, Returnable, TaskHandle, returnable};

pub use crate::{BridgeError, RuntimeBridge};
pub use core::marker::{Send, Sized, Sync};
pub use core::result::Result;
