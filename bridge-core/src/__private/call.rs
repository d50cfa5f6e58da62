//! One blocking call of a twin.

use super::BridgeRef;
use crate::call::limits::Limits;
use crate::{BridgeError, CallOptions, RuntimeBridge};
use std::time::Duration;

/// The bridge and the limits of a call.
///
/// The trait does not make the call itself. A closure between the twin and the call would hide the caller of the twin
/// from `#[track_caller]`.
pub trait CallTarget {
    /// The bridge.
    ///
    /// # Errors
    ///
    /// [`BridgeError::NotStarted`] if this is the process-wide bridge, and it cannot be started.
    fn bridge(&self) -> Result<&RuntimeBridge, BridgeError>;

    /// What may end the call early.
    fn limits(&self) -> Limits<'_>;
}

impl CallTarget for BridgeRef<'_> {
    #[inline]
    fn bridge(&self) -> Result<&RuntimeBridge, BridgeError> {
        self.bridge()
    }

    #[inline]
    fn limits(&self) -> Limits<'_> {
        Limits::NONE
    }
}

impl CallTarget for &CallOptions<'_> {
    #[inline]
    fn bridge(&self) -> Result<&RuntimeBridge, BridgeError> {
        Ok(self.bridge)
    }

    #[inline]
    fn limits(&self) -> Limits<'_> {
        CallOptions::limits(self)
    }
}

/// A bridge, and the time that a call on it may take: `timeout = …`.
#[derive(Debug)]
pub struct WithTimeout<'a> {
    bridge: BridgeRef<'a>,
    limit: Option<Duration>,
}

/// Gives a call on `bridge` this long.
#[must_use]
pub fn with_timeout(bridge: BridgeRef<'_>, seconds: u64, nanoseconds: u32) -> WithTimeout<'_> {
    WithTimeout { bridge, limit: Some(Duration::new(seconds, nanoseconds)) }
}

/// Gives a call on `bridge` this long, or no limit of its own.
#[must_use]
pub fn with_computed_timeout(bridge: BridgeRef<'_>, limit: Option<Duration>) -> WithTimeout<'_> {
    WithTimeout { bridge, limit }
}

/// What an expression in `timeout = …` may evaluate to.
#[diagnostic::on_unimplemented(
    message = "`timeout = …` needs a `Duration`, but this is `{Self}` [SB014]",
    label = "not a duration",
    note = "give a `Duration` or an `Option<Duration>`, or text with units, such as `timeout = \"5s\"`"
)]
pub trait IntoTimeout {
    /// The time limit, if there is one.
    fn into_timeout(self) -> Option<Duration>;
}

#[diagnostic::do_not_recommend]
impl IntoTimeout for Duration {
    fn into_timeout(self) -> Option<Duration> {
        Some(self)
    }
}

#[diagnostic::do_not_recommend]
impl IntoTimeout for Option<Duration> {
    fn into_timeout(self) -> Option<Duration> {
        self
    }
}

impl CallTarget for WithTimeout<'_> {
    #[inline]
    fn bridge(&self) -> Result<&RuntimeBridge, BridgeError> {
        self.bridge.bridge()
    }

    #[inline]
    fn limits(&self) -> Limits<'_> {
        Limits { timeout: self.limit, ..Limits::NONE }
    }
}

/// Returns the options of a call, for the adapters that a twin returns.
///
/// # Errors
///
/// [`BridgeError::NotStarted`] if this is the process-wide bridge, and it cannot be started.
pub fn options(target: &impl CallTarget) -> Result<CallOptions<'_>, BridgeError> {
    Ok(CallOptions::new(target.bridge()?, target.limits()))
}

// If a bound of these functions is not met, rustc shows its line. The comment on the line tells the user what to do.

/// Runs the future that `build` builds. The future is `Send`, because another thread may finish it.
///
/// The output is the first type parameter, so that a twin can name it and leave the other to inference.
#[inline]
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "a twin makes its target for this one call")]
pub fn call<T, F>(target: impl CallTarget, build: impl FnOnce() -> F) -> Result<T, BridgeError>
where
    F: Future<Output = T> + Send, // bound a generic type of the twin: `bounds(T: Send)`; or use `local`
    T: Send,                      // the output comes from the thread that finishes the future
{
    target.bridge()?.run(target.limits(), build)
}

/// `Send`, for a future about which only the definition of its trait is known.
#[diagnostic::on_unimplemented(
    message = "the future of this method is not known to be `Send`: its trait does not promise it [SB024]",
    label = "not known to be `Send`",
    note = "use `local` on the block, and its futures stay on one thread; in a mirror, write `-> impl Future<Output = …>` \
            instead of `async fn` to do this for one method",
    note = "or make the trait promise it: `-> impl Future<Output = …> + Send`; for an extension trait, name the trait that \
            it extends: `implementors = …`"
)]
pub trait PromisedSend: Send {}

#[diagnostic::do_not_recommend]
impl<F: Send> PromisedSend for F {}

/// Like [`call`], for a future about which only the definition of its trait is known.
#[inline]
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "a twin makes its target for this one call")]
pub fn call_promised<T, F>(target: impl CallTarget, build: impl FnOnce() -> F) -> Result<T, BridgeError>
where
    F: Future<Output = T> + PromisedSend,
    T: Send, // the output comes from the thread that finishes the future
{
    target.bridge()?.run(target.limits(), build)
}

/// Builds and runs a future on one thread. The future need not be `Send`. The arguments that it is built from must be.
#[inline]
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "a twin makes its target for this one call")]
pub fn call_local<T, F>(
    target: impl CallTarget,
    build: impl FnOnce() -> F + Send, // the arguments go to another thread: bound a generic type with `bounds(T: Send)`
) -> Result<T, BridgeError>
where
    F: Future<Output = T>,
    T: Send, // the output comes from the thread that builds the future
{
    target.bridge()?.run_local(target.limits(), build)
}

/// Runs a synchronous method on the calling thread, inside the bridge. Nothing need be `Send`.
///
/// The output is the first type parameter, as in [`call`].
#[inline]
#[expect(clippy::needless_pass_by_value, reason = "a twin makes its target for this one call")]
pub fn enter<T, F: FnOnce() -> T>(target: impl CallTarget, method: F) -> Result<T, BridgeError> {
    target.bridge()?.enter_with(method)
}
