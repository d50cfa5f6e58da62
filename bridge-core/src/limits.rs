//! What may end a call early: a time limit, a token. Both are part of the future, so that they work wherever it runs.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::time::sleep_until;
use tokio_util::sync::CancellationToken;

use crate::call::as_it_is;
use crate::make::Make;
use crate::metrics::Ended;
use crate::room::Admission;
use crate::runtime::Shared;
use crate::{BridgeError, RuntimeBridge, call};

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

#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits<'a> {
    pub(crate) timeout: Option<Duration>,
    pub(crate) token: Option<&'a CancellationToken>,
}

impl Limits<'_> {
    pub(crate) const NONE: Self = Self { timeout: None, token: None };

    /// These limits, and the bridge's own where they leave one open. `None` if there are none at all.
    #[inline]
    fn or_default(self, bridge: &Shared) -> Option<Self> {
        let timeout = self.timeout.or(bridge.default_timeout);
        (timeout.is_some() || self.token.is_some()).then_some(Self { timeout, ..self })
    }
}

#[inline]
#[track_caller]
pub(crate) fn block_on<F>(
    bridge: &Shared,
    limits: Limits<'_>,
    make: impl FnOnce() -> F,
) -> Result<F::Output, BridgeError>
where
    F: Future + Send,
    F::Output: Send,
{
    let mut make = Make::new(make);
    let mut make = || make.build();
    match (limits.or_default(bridge), bridge.admit()?) {
        (None, None) => call::block_on(bridge, make, as_it_is),
        (None, Some(admission)) => call::block_on(bridge, || admission.run(make()), as_it_is),
        (Some(limits), admission) => {
            let start = Instant::now();
            let admission = admission.unwrap_or(Admission::Admitted(None));
            call::block_on(bridge, || limited(limits, start, admission.run(make())), by_limit)?
        }
    }
}

#[track_caller]
pub(crate) fn block_on_local<F>(
    bridge: &Shared,
    limits: Limits<'_>,
    make: impl FnOnce() -> F + Send,
) -> Result<F::Output, BridgeError>
where
    F: Future,
    F::Output: Send,
{
    let mut make = Make::new(make);
    let mut make = || make.build();
    match (limits.or_default(bridge), bridge.admit()?) {
        (None, None) => call::block_on_local(bridge, make, as_it_is),
        (None, Some(admission)) => call::block_on_local(bridge, || admission.run(make()), as_it_is),
        (Some(limits), admission) => {
            let start = Instant::now();
            let admission = admission.unwrap_or(Admission::Admitted(None));
            call::block_on_local(bridge, || limited(limits, start, admission.run(make())), by_limit)?
        }
    }
}

/// Waits for this long at most for what runs already, and so needs no room.
#[track_caller]
pub(crate) fn wait<F>(
    bridge: &Shared,
    limit: Duration,
    make: impl FnOnce() -> F,
    judge: impl Fn(&F::Output) -> Ended,
) -> Result<F::Output, BridgeError>
where
    F: Future + Send,
    F::Output: Send,
{
    let start = Instant::now();
    let limits = Limits { timeout: Some(limit), ..Limits::NONE };
    let mut make = Make::new(make);
    let judge = |outcome: &Result<F::Output, BridgeError>| outcome.as_ref().map_or(by_limit(outcome), &judge);
    call::block_on(bridge, || limited(limits, start, make.build()), judge)?
}

/// Tells how a call with limits has ended.
fn by_limit<T>(value: &Result<T, BridgeError>) -> Ended {
    match value {
        Ok(_) => Ended::Value,
        Err(BridgeError::TimedOut { .. }) => Ended::TimeLimit,
        Err(_) => Ended::Cancelled,
    }
}

/// Runs the future until it ends, or one of the limits is met. Either way it is dropped with this one.
async fn limited<F: Future>(limits: Limits<'_>, start: Instant, future: F) -> Result<F::Output, BridgeError> {
    let mut future = pin!(future);
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
