#![doc = include_str!("../README.md")]
mod bridge;
mod builder;
mod call;
mod caller;
mod context;
mod error;
mod gate;
mod global;
mod in_place;
mod journey;
// The one file with unsafe code.
mod limits;
mod park;
#[allow(unsafe_code)]
mod raw;
mod room;
mod runtime;
mod sync;
mod task;
mod upstream;

#[doc(hidden)]
pub mod __private;

pub use bridge::RuntimeBridge;
pub use builder::{Builder, Flavor};
pub use error::{BridgeError, LostResponse};
pub use limits::CallOptions;
pub use room::Overflow;
pub use runtime::Shutdown;
pub use task::BridgedTask;
