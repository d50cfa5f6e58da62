//! The options of a call.

use std::error::Error;
use std::future::Future;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::base::error::BridgeError;
use crate::bridge::RuntimeBridge;
use crate::call::enclosing::Enclosing;
use crate::call::limits::Limits;
use crate::engine::wait_hooks::Check;

impl RuntimeBridge {
    /// Returns the options of one call: a time limit, a token that cancels the call, a check while it waits.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use sync_bridge_core::{BridgeError, RuntimeBridge};
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let error = bridge.call().timeout(Duration::from_millis(5)).block_on(std::future::pending::<()>()).unwrap_err();
    /// assert!(matches!(error, BridgeError::TimedOut { .. }));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn call(&self) -> CallOptions<'_> {
        CallOptions::new(self, Limits::NONE)
    }
}

/// The options of one call. [`RuntimeBridge::call`] returns them.
///
/// If a limit ends a call early, the call returns after its future has been dropped. What the future borrowed is then
/// free again. The future is dropped when its current poll has returned, so a future that computes or blocks without an
/// await delays the return. If this poll returns the output, the call returns the output too.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use sync_bridge_core::{BridgeError, RuntimeBridge};
/// use tokio_util::sync::CancellationToken;
///
/// let bridge = RuntimeBridge::new()?;
/// let token = CancellationToken::new();
/// token.cancel();
/// let mut log = vec!["asked"];
/// let outcome = bridge.call().timeout(Duration::from_secs(5)).cancel_on(&token).block_on(async {
///     tokio::time::sleep(Duration::from_secs(3600)).await;
///     log.push("answered");
/// });
/// assert!(matches!(outcome, Err(BridgeError::Cancelled { .. })));
/// assert_eq!(log, ["asked"]);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "options do nothing until the call is made"]
pub struct CallOptions<'a> {
    pub(crate) bridge: &'a RuntimeBridge,
    timeout: Option<Duration>,
    deadline: Option<Instant>,
    token: Option<&'a CancellationToken>,
    check: Option<Check>,
}

impl<'a> CallOptions<'a> {
    pub(crate) fn new(bridge: &'a RuntimeBridge, limits: Limits<'a>) -> Self {
        let Limits { timeout, deadline, token, check } = limits;
        Self { bridge, timeout, deadline, token, check: check.cloned() }
    }

    pub(crate) fn limits(&self) -> Limits<'_> {
        let Self { timeout, deadline, token, check, .. } = self;
        Limits { timeout: *timeout, deadline: *deadline, token: *token, check: check.as_ref() }
    }

    /// Ends the call with [`BridgeError::TimedOut`] if it takes longer than this. Replaces the bridge's [default
    /// limit](crate::Builder::default_timeout).
    ///
    /// For an iterator, a reader or a writer, the limit applies to each item or operation.
    ///
    /// The calls that the future makes get at most the remaining time. A limit of a hundred years or more counts as no
    /// limit.
    ///
    /// The time starts with the call. A future that is ready at its first poll always returns its output, even with a
    /// limit of zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// assert_eq!(bridge.call().timeout(Duration::ZERO).block_on(async { "at once" })?, "at once");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Ends the call with [`BridgeError::Cancelled`] when any thread or task cancels the token. The calls that the
    /// future makes end too.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::{BridgeError, RuntimeBridge};
    /// use tokio_util::sync::CancellationToken;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let token = CancellationToken::new();
    /// let outcome = std::thread::scope(|scope| {
    ///     scope.spawn(|| token.cancel());
    ///     bridge.call().cancel_on(&token).block_on(std::future::pending::<()>())
    /// });
    /// assert!(matches!(outcome, Err(BridgeError::Cancelled { .. })));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn cancel_on(mut self, token: &'a CancellationToken) -> Self {
        self.token = Some(token);
        self
    }

    /// Ends the call with [`BridgeError::TimedOut`] at this moment. Replaces the bridge's [default
    /// limit](crate::Builder::default_timeout).
    ///
    /// For an iterator, a reader or a writer, the deadline applies to all items or operations together. With a
    /// [`timeout`](Self::timeout) too, the earlier of the two ends each call.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    /// use futures::stream;
    /// use sync_bridge_core::{BridgeError, RuntimeBridge};
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let soon = Instant::now() + Duration::from_millis(20);
    /// let ticks = stream::repeat(()).then(|()| tokio::time::sleep(Duration::from_millis(1)));
    /// # use futures::StreamExt;
    /// let outcome: Result<Vec<()>, BridgeError> = bridge.call().deadline(soon).iter(Box::pin(ticks)).collect();
    /// assert!(matches!(outcome, Err(BridgeError::TimedOut { .. })));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn deadline(mut self, deadline: Instant) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Runs `check` on the calling thread at intervals, as long as the call waits. If it breaks, the call ends with
    /// [`BridgeError::Interrupted`].
    ///
    /// The check runs for the first time when the thread has waited for this long, and again this long after it has
    /// returned. It may run more often. The check of the [bridge](crate::Builder::while_waiting) runs besides.
    ///
    /// If the check breaks, the future is dropped before the call returns, and the calls that it makes end too. The
    /// value of the break is the [reason](BridgeError::Interrupted). If the output is there already, the call returns
    /// it. A panic of the check ends the call in the same way, with [`ResponseLost`](BridgeError::ResponseLost).
    ///
    /// The check also runs while the thread waits for another call, which the future of this one makes on this thread.
    /// It may make short calls of its own, but it does not run while it runs already.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// use std::time::Duration;
    /// use sync_bridge_core::{BridgeError, RuntimeBridge};
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let mut looks = 0;
    /// let call = bridge.call().while_waiting(Duration::from_millis(1), move || {
    ///     looks += 1;
    ///     if looks < 3 { ControlFlow::Continue(()) } else { ControlFlow::Break("looked up three times") }
    /// });
    /// let error = call.block_on(std::future::pending::<()>()).unwrap_err();
    /// assert!(matches!(&error, BridgeError::Interrupted { reason } if reason.to_string() == "looked up three times"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn while_waiting<R>(mut self, every: Duration, check: impl FnMut() -> ControlFlow<R> + Send + 'static) -> Self
    where
        R: Into<Box<dyn Error + Send + Sync>>,
    {
        self.check = Some(Check::own(every, check));
        self
    }

    /// Runs `f`. The calls that it makes on this thread, to any bridge and through any twin, get these limits besides
    /// their own.
    ///
    /// The time starts with `within` and applies to all calls together. A call that is ended by a limit returns the same
    /// error as for a limit of its own. `f` itself continues.
    ///
    /// The limits do not reach other threads, or tasks that `f` spawns.
    ///
    /// # Panics
    ///
    /// If `f` panics. If the [check](Self::while_waiting) panics, `within` panics after `f` has returned.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use sync_bridge_core::{BridgeError, RuntimeBridge};
    ///
    /// /// Code that knows nothing of limits.
    /// fn ask(bridge: &RuntimeBridge) -> Result<(), BridgeError> {
    ///     bridge.block_on(std::future::pending())
    /// }
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let outcome = bridge.call().timeout(Duration::from_millis(5)).within(|| ask(&bridge));
    /// assert!(matches!(outcome, Err(BridgeError::TimedOut { .. })));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn within<T>(&self, f: impl FnOnce() -> T) -> T {
        self.limits().within(f)
    }

    /// Like [`RuntimeBridge::block_on`], with these options.
    ///
    /// # Errors
    ///
    /// The errors of [`RuntimeBridge::block_on`], and those of the options: [`TimedOut`](BridgeError::TimedOut),
    /// [`Cancelled`](BridgeError::Cancelled) and [`Interrupted`](BridgeError::Interrupted).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// assert_eq!(bridge.call().timeout(Duration::from_secs(5)).block_on(async { 3 })?, 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn block_on<F>(&self, future: F) -> Result<F::Output, BridgeError>
    where
        F: Future + Send,
        F::Output: Send,
    {
        self.bridge.run(self.limits(), move || future)
    }

    /// Like [`RuntimeBridge::block_on_with`], with these options.
    ///
    /// # Errors
    ///
    /// As for [`block_on`](Self::block_on).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use sync_bridge_core::{BridgeError, RuntimeBridge};
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let call = bridge.call().timeout(Duration::from_millis(5));
    /// let outcome = call.block_on_with(|| tokio::time::sleep(Duration::from_secs(3600)));
    /// assert!(matches!(outcome, Err(BridgeError::TimedOut { .. })));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn block_on_with<F>(&self, make: impl FnOnce() -> F) -> Result<F::Output, BridgeError>
    where
        F: Future + Send,
        F::Output: Send,
    {
        self.bridge.run(self.limits(), make)
    }

    /// Like [`RuntimeBridge::block_on_local`], with these options.
    ///
    /// # Errors
    ///
    /// As for [`block_on`](Self::block_on).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::{rc::Rc, time::Duration};
    /// use sync_bridge_core::{BridgeError, RuntimeBridge};
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let outcome = bridge.call().timeout(Duration::from_millis(5)).block_on_local(|| async {
    ///     let kept = Rc::new(1);
    ///     tokio::time::sleep(Duration::from_secs(3600)).await;
    ///     *kept
    /// });
    /// assert!(matches!(outcome, Err(BridgeError::TimedOut { .. })));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn block_on_local<F>(&self, make: impl FnOnce() -> F + Send) -> Result<F::Output, BridgeError>
    where
        F: Future,
        F::Output: Send,
    {
        self.bridge.run_local(self.limits(), make)
    }
}

/// Options for several calls, one after the other.
#[derive(Clone)]
pub(crate) struct OwnedCallOptions {
    bridge: RuntimeBridge,
    timeout: Option<Duration>,
    deadline: Option<Instant>,
    token: Option<CancellationToken>,
    check: Option<Check>,
}

impl OwnedCallOptions {
    pub(crate) fn bridge(&self) -> &RuntimeBridge {
        &self.bridge
    }

    pub(crate) fn limits(&self) -> Limits<'_> {
        let Self { timeout, deadline, token, check, .. } = self;
        Limits { timeout: *timeout, deadline: *deadline, token: token.as_ref(), check: check.as_ref() }
    }

    #[track_caller]
    pub(crate) fn block_on<F>(&self, future: F) -> Result<F::Output, BridgeError>
    where
        F: Future + Send,
        F::Output: Send,
    {
        self.block_on_within(None, future)
    }

    /// With this time limit, if there is one, in place of the one of the options.
    #[track_caller]
    pub(crate) fn block_on_within<F>(&self, limit: Option<Duration>, future: F) -> Result<F::Output, BridgeError>
    where
        F: Future + Send,
        F::Output: Send,
    {
        let Self { timeout, deadline, token, check, .. } = self;
        let timeout = limit.or(*timeout);
        let limits = Limits { timeout, deadline: *deadline, token: token.as_ref(), check: check.as_ref() };
        self.bridge.run(limits, move || future)
    }

    /// Whether `error` is that of the time limit of one call, and a later call may still succeed.
    pub(crate) fn allow_another_call(&self, error: &BridgeError) -> bool {
        let around = Enclosing::current().and_then(|around| around.deadline());
        let deadline = self.deadline.into_iter().chain(around).min();
        matches!(error, BridgeError::TimedOut { .. }) && deadline.is_none_or(|deadline| Instant::now() < deadline)
    }
}

impl From<&CallOptions<'_>> for OwnedCallOptions {
    fn from(options: &CallOptions<'_>) -> Self {
        let CallOptions { bridge, timeout, deadline, token, check } = options;
        let (bridge, token, check) = ((*bridge).clone(), token.cloned(), check.clone());
        Self { bridge, timeout: *timeout, deadline: *deadline, token, check }
    }
}
