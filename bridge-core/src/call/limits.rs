//! What may end a call early: a time limit, a token. Both are part of the future, so that they work wherever it runs.
//!
//! The limits of a call hold for the calls that its future makes, too: they are in force on a thread while the future is
//! polled there.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use tokio::task::coop::unconstrained;
use tokio::time::sleep_until;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::base::error::BridgeError;
use crate::base::sync::{Thread, current};
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

/// A longer time limit is none: tokio's timers do not reach so far.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// What a call asks for, apart from its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CallKind<'a> {
    /// These limits, the bridge's own where they leave one open, and a permit.
    Call(Limits<'a>),
    /// To wait, so long at most, for what runs already, and so needs no permit.
    Wait(Option<Duration>),
}

impl<'a> CallKind<'a> {
    /// Whether it is a call without limits of its own.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        matches!(self, Self::Call(Limits { timeout: None, token: None }))
    }

    /// Whether a call that is made now has no limits: neither its own, nor the bridge's, nor those of a call around.
    #[inline]
    pub(crate) fn is_unlimited(&self, bridge: &Shared) -> bool {
        self.is_plain() && !bridge.limits_calls && Enclosing::are_none()
    }

    /// The limits of a call that is made now, of its own, of the bridge, and of the calls around. `None` if there are none.
    ///
    /// # Errors
    ///
    /// [`BridgeError::Saturated`] if there is no permit, and the bridge lets no call wait for one.
    pub(crate) fn limits(self, bridge: &'a Shared) -> Result<Option<ActiveLimits<'a>>, BridgeError> {
        let (limits, permit) = match self {
            Self::Call(limits) => {
                let timeout = limits.timeout.or(bridge.default_timeout);
                (Limits { timeout, ..limits }, bridge.admit()?)
            }
            Self::Wait(timeout) => (Limits { timeout, token: None }, None),
        };
        let outer = Enclosing::current();
        if limits.timeout.is_none() && limits.token.is_none() && permit.is_none() && outer.is_none() {
            return Ok(None);
        }
        let start = Instant::now();
        let own = limits.timeout.filter(|limit| *limit < LONGEST).and_then(|limit| start.checked_add(limit));
        let inherited = outer.as_ref().and_then(|outer| outer.deadline);
        let deadline = own.into_iter().chain(inherited).min();
        let permit = permit.unwrap_or(Permit::Admitted(None));
        Ok(Some(ActiveLimits { start, deadline, token: limits.token, outer, permit }))
    }
}

/// The limits of the calls that a piece of code is a part of.
#[derive(Debug)]
pub(crate) struct Enclosing {
    /// The first deadline of all of them.
    deadline: Option<Instant>,
    token: Option<CancellationToken>,
    outer: Option<Arc<Enclosing>>,
}

thread_local! {
    static ENCLOSING: RefCell<Option<Arc<Enclosing>>> = const { RefCell::new(None) };
}

impl Enclosing {
    /// Those in force on this thread.
    pub(crate) fn current() -> Option<Arc<Self>> {
        ENCLOSING.try_with(|enclosing| enclosing.borrow().clone()).unwrap_or_default()
    }

    /// Whether none are.
    fn are_none() -> bool {
        ENCLOSING.try_with(|enclosing| enclosing.borrow().is_none()).unwrap_or(true)
    }

    /// Puts limits in force on this thread, until the value returned is dropped.
    pub(crate) fn enter(limits: Option<Arc<Self>>) -> EnteredLimits {
        EnteredLimits { before: ENCLOSING.try_with(|enclosing| enclosing.replace(limits)).unwrap_or_default() }
    }

    /// The tokens of all of them.
    fn tokens(self: &Arc<Self>) -> impl Iterator<Item = &CancellationToken> {
        std::iter::successors(Some(self), |limits| limits.outer.as_ref()).filter_map(|limits| limits.token.as_ref())
    }
}

#[must_use]
pub(crate) struct EnteredLimits {
    before: Option<Arc<Enclosing>>,
}

impl Drop for EnteredLimits {
    fn drop(&mut self) {
        let before = self.before.take();
        let _ = ENCLOSING.try_with(|enclosing| enclosing.replace(before));
    }
}

/// Within which limits a call is served, from the moment when it is made.
pub(crate) struct ActiveLimits<'a> {
    start: Instant,
    deadline: Option<Instant>,
    token: Option<&'a CancellationToken>,
    outer: Option<Arc<Enclosing>>,
    permit: Permit<'a>,
}

impl ActiveLimits<'_> {
    /// Runs the future when it has its permit, until it ends, or one of the limits is met. Either way it is dropped with
    /// this one.
    pub(crate) async fn run<F: Future>(&self, future: F) -> Result<F::Output, BridgeError> {
        let Self { start, deadline, token, outer, permit } = self;
        let mut future = pin!(permit.run(future));
        // Neither is polled, and so no timer set, if the future is ready at once. The budget of a poll is for the future: a
        // limit has to be seen though it is used up.
        let mut time_is_up = pin!(unconstrained(async {
            match deadline {
                Some(deadline) => sleep_until((*deadline).into()).await,
                None => std::future::pending().await,
            }
        }));
        let mut cancelled = pin!(unconstrained(async {
            match token {
                Some(token) => token.cancelled().await,
                None => std::future::pending().await,
            }
        }));
        let mut outer_cancelled = Cancelled::new(outer.as_ref());
        let inside = self.enclosing();
        poll_fn(|cx| {
            let polled = {
                let _in_force = Enclosing::enter(inside.clone());
                future.as_mut().poll(cx)
            };
            // The future comes first: an answer that is there counts, however late.
            if let Poll::Ready(value) = polled {
                Poll::Ready(Ok(value))
            } else if cancelled.as_mut().poll(cx).is_ready() || outer_cancelled.poll(cx).is_ready() {
                Poll::Ready(Err(BridgeError::Cancelled { after: start.elapsed() }))
            } else if time_is_up.as_mut().poll(cx).is_ready() {
                Poll::Ready(Err(BridgeError::TimedOut { after: start.elapsed() }))
            } else {
                Poll::Pending
            }
        })
        .await
    }

    /// What the calls inside inherit.
    fn enclosing(&self) -> Option<Arc<Enclosing>> {
        let Self { deadline, token, outer, .. } = self;
        let adds_nothing = token.is_none() && *deadline == outer.as_ref().and_then(|outer| outer.deadline);
        if adds_nothing {
            return outer.clone();
        }
        Some(Arc::new(Enclosing { deadline: *deadline, token: token.cloned(), outer: outer.clone() }))
    }

    /// Tells how a call with limits has ended.
    pub(crate) fn classify(outcome: &Result<Ended, BridgeError>) -> Ended {
        match outcome {
            Ok(ended) => *ended,
            Err(BridgeError::TimedOut { .. }) => Ended::TimeLimit,
            Err(_) => Ended::Cancelled,
        }
    }

    /// As [`run`](Self::run), for a call that has no future yet.
    pub(crate) fn with_local(
        &self,
        call: &mut dyn ErasedLocalCall,
        run: impl FnOnce(&mut dyn ErasedLocalCall) -> Result<(), Box<BridgeError>>,
    ) -> Result<(), Box<BridgeError>> {
        let mut outcome = None;
        run(&mut LimitedLocalCall { limits: self, call, outcome: &mut outcome })?;
        outcome.transpose().map(|_| ()).map_err(Box::new)
    }
}

/// Waits for any of the tokens of the calls around.
struct Cancelled(Vec<Pin<Box<WaitForCancellationFutureOwned>>>);

impl Cancelled {
    fn new(limits: Option<&Arc<Enclosing>>) -> Self {
        let tokens = limits.into_iter().flat_map(Enclosing::tokens);
        Self(tokens.map(|token| Box::pin(token.clone().cancelled_owned())).collect())
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let is_cancelled =
            self.0.iter_mut().any(|cancelled| pin!(unconstrained(cancelled.as_mut())).poll(cx).is_ready());
        if is_cancelled { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// The limits of the calls around, for a thread that waits without a future of its own.
pub(crate) struct EnclosingWait {
    start: Instant,
    limits: Option<Arc<Enclosing>>,
    cancelled: Cancelled,
    unpark: Waker,
}

impl EnclosingWait {
    pub(crate) fn new() -> Self {
        struct Unpark(Thread);

        impl Wake for Unpark {
            fn wake(self: Arc<Self>) {
                self.0.unpark();
            }
        }

        let limits = Enclosing::current();
        let cancelled = Cancelled::new(limits.as_ref());
        Self { start: Instant::now(), limits, cancelled, unpark: Waker::from(Arc::new(Unpark(current()))) }
    }

    /// How long the thread may park before it has to look again, if there is a deadline. A token unparks it.
    ///
    /// # Errors
    ///
    /// The limit that is met.
    pub(crate) fn look(&mut self) -> Result<Option<Duration>, BridgeError> {
        let Some(limits) = &self.limits else { return Ok(None) };
        let after = self.start.elapsed();
        if self.cancelled.poll(&mut Context::from_waker(&self.unpark)).is_ready() {
            return Err(BridgeError::Cancelled { after });
        }
        let left = limits.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if left.is_some_and(|left| left.is_zero()) { Err(BridgeError::TimedOut { after }) } else { Ok(left) }
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
        call.begin(&mut |future| {
            let limited = pin!(Some(limits.run(BorrowedFuture(future))));
            run(&mut Slots::new(limited, outcome, ActiveLimits::classify));
        });
    }
}
