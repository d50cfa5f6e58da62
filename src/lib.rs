#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub use sync_bridge_core::{
    BridgeError, BridgedTask, Builder, CallOptions, Flavor, LostResponse, RuntimeBridge, Shutdown,
};
pub use sync_bridge_macros::sync_bridge;

#[doc(hidden)]
pub use sync_bridge_core::__private;
