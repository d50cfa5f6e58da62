//! One attribute writes the blocking twin of an async API.

#![forbid(unsafe_code)]

pub use sync_bridge_core::{BridgeError, Builder, Flavor, LostResponse, RuntimeBridge};
pub use sync_bridge_macros::sync_bridge;

#[doc(hidden)]
pub use sync_bridge_core::__private;
