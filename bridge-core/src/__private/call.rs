//! One blocking call of a twin.

use super::Chosen;
use crate::{BridgeError, CallOptions};
use std::time::Duration;

/// Whoever can be asked to run a future: a bridge, with a time limit or without, or a call that is set up already.
pub trait Serves: Sized {
    /// Sets the call up, and lets `run` make it.
    fn serve<T>(self, run: impl FnOnce(CallOptions<'_>) -> Result<T, BridgeError>) -> Result<T, BridgeError>;
}

impl Serves for Chosen<'_> {
    #[inline]
    fn serve<T>(self, run: impl FnOnce(CallOptions<'_>) -> Result<T, BridgeError>) -> Result<T, BridgeError> {
        self.with(|bridge| run(bridge.call()))
    }
}

impl Serves for CallOptions<'_> {
    #[inline]
    fn serve<T>(self, run: impl FnOnce(CallOptions<'_>) -> Result<T, BridgeError>) -> Result<T, BridgeError> {
        run(self)
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
    fn serve<T>(self, run: impl FnOnce(CallOptions<'_>) -> Result<T, BridgeError>) -> Result<T, BridgeError> {
        self.bridge.with(|bridge| run(bridge.call().timeout(self.limit)))
    }
}

/// Sets a call up for `run`, which makes it, and finishes what it returns.
pub fn serve<T>(
    server: impl Serves,
    run: impl FnOnce(CallOptions<'_>) -> Result<T, BridgeError>,
) -> Result<T, BridgeError> {
    server.serve(run)
}

/// Runs the future that `build` builds. It is `Send`: another thread may finish it.
///
/// The output comes first among the parameters, so that a twin can name it and leave the rest to inference.
pub fn call<T, F>(server: impl Serves, build: impl FnOnce() -> F) -> Result<T, BridgeError>
where
    F: Future<Output = T> + Send,
    T: Send,
{
    server.serve(|call| call.block_on_with(build))
}

/// Runs the future that `build` builds, all of it on one thread: it need not be `Send`, and what it is built of is.
pub fn call_local<T, F>(server: impl Serves, build: impl FnOnce() -> F + Send) -> Result<T, BridgeError>
where
    F: Future<Output = T>,
    T: Send,
{
    server.serve(|call| call.block_on_local(build))
}
