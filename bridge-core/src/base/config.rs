//! The choices of a bridge's configuration.

/// The kind of tokio runtime that a bridge runs futures on.
///
/// # Examples
///
/// ```
/// use sync_bridge_core::{BridgeError, Flavor, RuntimeBridge};
///
/// // A bridged future that calls its bridge again is served, or refused, and never waits for itself.
/// for flavor in [Flavor::MultiThread, Flavor::CurrentThread] {
///     let bridge = RuntimeBridge::builder().flavor(flavor).build()?;
///     let again = bridge.block_on(async { bridge.block_on(async { 1 }) })?;
///     match flavor {
///         Flavor::CurrentThread => assert!(matches!(again, Err(BridgeError::WouldDeadlock))),
///         _ => assert_eq!(again?, 1),
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Flavor {
    /// A multi-thread runtime, with one worker by default. A bridged future may call the bridge again, to any
    /// depth.
    #[default]
    MultiThread,
    /// A current-thread runtime, driven by one thread. A bridged future that calls the bridge again gets
    /// [`BridgeError::WouldDeadlock`](crate::BridgeError::WouldDeadlock).
    CurrentThread,
}

/// What happens to a call when the bridge already has as many calls in flight as it allows.
///
/// # Examples
///
/// ```
/// use sync_bridge_core::{Overflow, RuntimeBridge};
///
/// // At most 64 calls at a time. A further call returns an error at once.
/// let bridge = RuntimeBridge::builder().max_in_flight(64).overflow(Overflow::Reject).build()?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Overflow {
    /// The call waits. Calls are served in the order in which they come. The time limit includes this wait, and the
    /// call's token cancels it.
    #[default]
    Wait,
    /// The call returns [`BridgeError::Saturated`](crate::BridgeError::Saturated) at once.
    Reject,
}
