//! What may end a call early: a time limit, a token. Both are part of the future, so that they work wherever it runs.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::time::sleep_until;
use tokio_util::sync::CancellationToken;

use crate::call::dispatch::CallResult;
use crate::call::erased::{BorrowedFuture, ErasedFuture, ErasedLocalCall, Slots};
use crate::engine::call_limit::Permit;
use crate::engine::metrics::Ended;
use crate::engine::shared::Shared;
use crate::{BridgeError, RuntimeBridge};

/// Options of one call, made by [`RuntimeBridge::call`].
///
/// A call that is ended early returns after its future has been dropped: what that borrowed is free again. That takes
/// until the future next waits: one that computes or blocks without an await delays the answer, and if it ends first,
/// its value is the answer.
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

    /// Ends the call with [`BridgeError::TimedOut`] if it has no answer after this long. Replaces the bridge's
    /// [default](crate::Builder::default_timeout).
    ///
    /// Of an iterator, a reader or a writer each step is a call, and the limit holds for each.
    ///
    /// The time begins with the call. A future that is ready when it is first polled answers in any case, so a limit of
    /// zero asks for what is there already.
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

    /// Ends the call with [`BridgeError::Cancelled`] once the token is cancelled, by any thread or task.
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

    /// As [`RuntimeBridge::block_on`], with these options.
    ///
    /// # Errors
    ///
    /// As for [`RuntimeBridge::block_on`], and [`TimedOut`](BridgeError::TimedOut) and
    /// [`Cancelled`](BridgeError::Cancelled) as the options say.
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

    /// As [`RuntimeBridge::block_on_with`], with these options.
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

    /// As [`RuntimeBridge::block_on_local`], with these options.
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

/// A time limit and a token. Of the crate alone: what generated code hands on it does not look into.
#[derive(Clone, Copy, Debug)]
pub struct Limits<'a> {
    pub(crate) timeout: Option<Duration>,
    pub(crate) token: Option<&'a CancellationToken>,
}

impl Limits<'_> {
    pub(crate) const NONE: Self = Self { timeout: None, token: None };
}

/// What a call asks for, apart from its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CallKind<'a> {
    /// These limits, the bridge's own where they leave one open, and its room.
    Call(Limits<'a>),
    /// To wait, so long at most, for what runs already, and so needs no room.
    Wait(Option<Duration>),
}

impl<'a> CallKind<'a> {
    /// Whether it is a call without limits of its own.
    #[inline]
    pub(crate) fn is_nothing(&self) -> bool {
        matches!(self, Self::Call(Limits { timeout: None, token: None }))
    }

    /// On what terms the bridge serves it. `None` if there are none.
    ///
    /// # Errors
    ///
    /// [`BridgeError::Saturated`] if there is no room.
    #[inline]
    pub(crate) fn limits(self, bridge: &'a Shared) -> Result<Option<ActiveLimits<'a>>, BridgeError> {
        if self.is_nothing() && bridge.asks_nothing { Ok(None) } else { self.active_limits_slow_path(bridge) }
    }

    fn active_limits_slow_path(self, bridge: &'a Shared) -> Result<Option<ActiveLimits<'a>>, BridgeError> {
        let (limits, admission) = match self {
            Self::Call(limits) => {
                let timeout = limits.timeout.or(bridge.default_timeout);
                (Limits { timeout, ..limits }, bridge.admit()?)
            }
            Self::Wait(timeout) => (Limits { timeout, token: None }, None),
        };
        if limits.timeout.is_none() && limits.token.is_none() && admission.is_none() {
            return Ok(None);
        }
        let admission = admission.unwrap_or(Permit::Admitted(None));
        Ok(Some(ActiveLimits { limits, start: Instant::now(), admission }))
    }
}

/// On what terms a call is served, from the moment when it is made.
pub(crate) struct ActiveLimits<'a> {
    limits: Limits<'a>,
    start: Instant,
    admission: Permit<'a>,
}

impl ActiveLimits<'_> {
    /// Runs the future when there is room for it, until it ends, or one of the limits is met. Either way it is dropped
    /// with this one.
    pub(crate) async fn run<F: Future>(&self, future: F) -> Result<F::Output, BridgeError> {
        let Self { limits, start, admission } = self;
        let mut future = pin!(admission.run(future));
        // A limit beyond the end of time is none.
        let deadline = limits.timeout.and_then(|limit| start.checked_add(limit));
        // Neither is polled, and so no timer set, if the future is ready at once.
        let mut time_is_up = pin!(async {
            match deadline {
                Some(deadline) => sleep_until(deadline.into()).await,
                None => std::future::pending().await,
            }
        });
        let mut cancelled = pin!(async {
            match limits.token {
                Some(token) => token.cancelled().await,
                None => std::future::pending().await,
            }
        });
        poll_fn(|cx| {
            // The future comes first: an answer that is there counts, however late.
            if let Poll::Ready(value) = future.as_mut().poll(cx) {
                Poll::Ready(Ok(value))
            } else if cancelled.as_mut().poll(cx).is_ready() {
                Poll::Ready(Err(BridgeError::Cancelled { after: start.elapsed() }))
            } else if time_is_up.as_mut().poll(cx).is_ready() {
                Poll::Ready(Err(BridgeError::TimedOut { after: start.elapsed() }))
            } else {
                Poll::Pending
            }
        })
        .await
    }

    /// Tells how a call with limits has ended.
    pub(crate) fn classify(outcome: &Result<Ended, BridgeError>) -> Ended {
        match outcome {
            Ok(ended) => *ended,
            Err(BridgeError::TimedOut { .. }) => Ended::TimeLimit,
            Err(_) => Ended::Cancelled,
        }
    }

    /// As [`run`](Self::run), for work that has no future yet.
    pub(crate) fn with_local(
        &self,
        call: &mut dyn ErasedLocalCall,
        run: impl FnOnce(&mut dyn ErasedLocalCall) -> CallResult,
    ) -> CallResult {
        let mut outcome = None;
        run(&mut LimitedLocalCall { limits: self, call, outcome: &mut outcome })?;
        outcome.transpose().map(|_| ()).map_err(Box::new)
    }
}

struct LimitedLocalCall<'a> {
    limits: &'a ActiveLimits<'a>,
    call: &'a mut dyn ErasedLocalCall,
    outcome: &'a mut Option<Result<Ended, BridgeError>>,
}

impl ErasedLocalCall for LimitedLocalCall<'_> {
    fn begin(&mut self, run: &mut dyn FnMut(&mut dyn ErasedFuture)) {
        let Self { limits, call, outcome } = self;
        call.begin(&mut |work| {
            let future = pin!(Some(limits.run(BorrowedFuture(work))));
            run(&mut Slots::new(future, outcome, ActiveLimits::classify));
        });
    }
}
