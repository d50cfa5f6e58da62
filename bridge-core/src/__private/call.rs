//! One blocking call of a twin.

use super::Chosen;
use crate::BridgeError;

/// Runs the future that `build` builds. It is `Send`: another thread may finish it.
///
/// The output comes first among the parameters, so that a twin can name it and leave the rest to inference.
pub fn call<T, F>(bridge: Chosen<'_>, build: impl FnOnce() -> F) -> Result<T, BridgeError>
where
    F: Future<Output = T> + Send,
    T: Send,
{
    bridge.with(|bridge| bridge.block_on_with(build))
}

/// Runs the future that `build` builds, all of it on one thread: it need not be `Send`, and what it is built of is.
pub fn call_local<T, F>(bridge: Chosen<'_>, build: impl FnOnce() -> F + Send) -> Result<T, BridgeError>
where
    F: Future<Output = T>,
    T: Send,
{
    bridge.with(|bridge| bridge.block_on_local(build))
}
