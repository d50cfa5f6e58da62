//! The runtime behind `sync-bridge`: a private tokio runtime, [`RuntimeBridge`], that any thread may wait on.
//!
//! Most users want the crate `sync-bridge`, which adds the attribute that writes blocking twins.

mod bridge;
mod builder;
mod call;
mod caller;
mod error;
mod global;
// The one file with unsafe code.
#[allow(unsafe_code)]
mod hand_off;
mod park;
mod runtime;
mod sync;
mod upstream;

#[doc(hidden)]
pub mod __private;

pub use bridge::RuntimeBridge;
pub use builder::{Builder, Flavor};
pub use error::{BridgeError, LostResponse};
