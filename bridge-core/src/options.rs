//! The options of a call.

use std::future::Future;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::base::error::BridgeError;
use crate::bridge::RuntimeBridge;
use crate::call::limits::Limits;

impl RuntimeBridge {
    /// Returns the options of one call: a time limit, and a token that cancels the call.
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
        CallOptions::new(self)
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
#[derive(Clone, Copy, Debug)]
#[must_use = "options do nothing until the call is made"]
pub struct CallOptions<'a> {
    pub(crate) bridge: &'a RuntimeBridge,
    pub(crate) limits: Limits<'a>,
}

impl<'a> CallOptions<'a> {
    pub(crate) fn new(bridge: &'a RuntimeBridge) -> Self {
        Self { bridge, limits: Limits::NONE }
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
        self.limits.timeout = Some(limit);
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
        self.limits.token = Some(token);
        self
    }

    /// Like [`RuntimeBridge::block_on`], with these options.
    ///
    /// # Errors
    ///
    /// The errors of [`RuntimeBridge::block_on`], and those of the options: [`TimedOut`](BridgeError::TimedOut) and
    /// [`Cancelled`](BridgeError::Cancelled).
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
    pub fn block_on<F>(self, future: F) -> Result<F::Output, BridgeError>
    where
        F: Future + Send,
        F::Output: Send,
    {
        self.bridge.run(self.limits, move || future)
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
    pub fn block_on_with<F>(self, make: impl FnOnce() -> F) -> Result<F::Output, BridgeError>
    where
        F: Future + Send,
        F::Output: Send,
    {
        self.bridge.run(self.limits, make)
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
    pub fn block_on_local<F>(self, make: impl FnOnce() -> F + Send) -> Result<F::Output, BridgeError>
    where
        F: Future,
        F::Output: Send,
    {
        self.bridge.run_local(self.limits, make)
    }
}

/// Options for several calls, one after the other.
#[derive(Clone)]
pub(crate) struct OwnedCallOptions {
    bridge: RuntimeBridge,
    timeout: Option<Duration>,
    token: Option<CancellationToken>,
}

impl OwnedCallOptions {
    pub(crate) fn bridge(&self) -> &RuntimeBridge {
        &self.bridge
    }

    #[track_caller]
    pub(crate) fn block_on<F>(&self, future: F) -> Result<F::Output, BridgeError>
    where
        F: Future + Send,
        F::Output: Send,
    {
        let limits = Limits { timeout: self.timeout, token: self.token.as_ref() };
        self.bridge.run(limits, move || future)
    }
}

impl From<CallOptions<'_>> for OwnedCallOptions {
    fn from(CallOptions { bridge, limits }: CallOptions<'_>) -> Self {
        Self { bridge: bridge.clone(), timeout: limits.timeout, token: limits.token.cloned() }
    }
}
