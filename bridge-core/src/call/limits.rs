//! What may end a call early: a time limit, a token. Both are part of the future, so that they work wherever it runs.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::time::sleep_until;
use tokio_util::sync::CancellationToken;

use crate::base::error::BridgeError;
use crate::call::dispatch::CallResult;
use crate::call::erased::{BorrowedFuture, ErasedFuture, ErasedLocalCall, Slots};
use crate::engine::call_limit::Permit;
use crate::engine::metrics::Ended;
use crate::engine::shared::Shared;

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
