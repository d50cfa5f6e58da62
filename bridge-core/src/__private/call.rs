//! One blocking call of a twin.

use super::Chosen;
use crate::{BridgeError, CallOptions};
use std::time::Duration;

/// Whoever can be asked to run a future: a bridge, with a time limit or without, or a call that is set up already.
///
/// It hands out the options of a call, rather than making the call itself: a closure in between would hide from
/// `#[track_caller]` who calls the twin.
pub trait Serves {
    /// Sets a call up.
    ///
    /// # Errors
    ///
    /// [`BridgeError::NotStarted`] if this is the process-wide bridge, and it cannot be started.
    fn options(&self) -> Result<CallOptions<'_>, BridgeError>;
}

impl Serves for Chosen<'_> {
    #[inline]
    fn options(&self) -> Result<CallOptions<'_>, BridgeError> {
        Ok(self.bridge()?.call())
    }
}

impl Serves for CallOptions<'_> {
    #[inline]
    fn options(&self) -> Result<CallOptions<'_>, BridgeError> {
        Ok(*self)
    }
}

/// A bridge, and the time that a call on it may take: `timeout = "…"`.
#[derive(Debug)]
pub struct Within<'a> {
    bridge: Chosen<'a>,
    limit: Duration,
}

/// Gives a call on `bridge` this long.
#[must_use]
pub fn within(bridge: Chosen<'_>, seconds: u64, nanoseconds: u32) -> Within<'_> {
    Within { bridge, limit: Duration::new(seconds, nanoseconds) }
}

impl Serves for Within<'_> {
    #[inline]
    fn options(&self) -> Result<CallOptions<'_>, BridgeError> {
        Ok(self.bridge.bridge()?.call().timeout(self.limit))
    }
}

/// Sets a call up, for what a twin does with it besides waiting.
///
/// # Errors
///
/// [`BridgeError::NotStarted`] if this is the process-wide bridge, and it cannot be started.
pub fn options(server: &impl Serves) -> Result<CallOptions<'_>, BridgeError> {
    server.options()
}

/// Runs the future that `build` builds. It is `Send`: another thread may finish it.
///
/// The output comes first among the parameters, so that a twin can name it and leave the rest to inference.
#[inline]
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "a twin makes its server for this one call")]
pub fn call<T, F>(server: impl Serves, build: impl FnOnce() -> F) -> Result<T, BridgeError>
where
    F: Future<Output = T> + Send,
    T: Send,
{
    server.options()?.block_on_with(build)
}

/// Runs the future that `build` builds, all of it on one thread: it need not be `Send`, and what it is built of is.
#[inline]
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "a twin makes its server for this one call")]
pub fn call_local<T, F>(server: impl Serves, build: impl FnOnce() -> F + Send) -> Result<T, BridgeError>
where
    F: Future<Output = T>,
    T: Send,
{
    server.options()?.block_on_local(build)
}
