//! What may end a call early: a time limit, a token, a check of the thread that waits. They are part of the future, so that
//! they work wherever it runs.

use std::future::{Future, poll_fn};
use std::panic::resume_unwind;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::task::coop::unconstrained;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::base::error::BridgeError;
use crate::call::enclosing::{Cancelled, Enclosing, WithLimits};
use crate::call::erased::{BorrowedFuture, ErasedFuture, ErasedLocalCall, Slots};
use crate::call::interrupt::Interrupt;
use crate::engine::call_limit::Permit;
use crate::engine::metrics::Ended;
use crate::engine::shared::Shared;
use crate::engine::wait_hooks::{Check, WaitHooks};
use crate::thread::caller::LimitsMark;

/// What a call asks to be ended by. Of the crate alone: what generated code hands on it does not look into.
#[derive(Clone, Copy, Debug)]
pub struct Limits<'a> {
    pub(crate) timeout: Option<Duration>,
    pub(crate) deadline: Option<Instant>,
    pub(crate) token: Option<&'a CancellationToken>,
    pub(crate) check: Option<&'a Check>,
}

impl Limits<'_> {
    pub(crate) const NONE: Self = Self { timeout: None, deadline: None, token: None, check: None };

    #[inline]
    fn are_none(&self) -> bool {
        matches!(self, Self { timeout: None, deadline: None, token: None, check: None })
    }

    /// Runs a piece of code with these limits in force on this thread, besides those that are.
    pub(crate) fn within<T>(&self, f: impl FnOnce() -> T) -> T {
        let interrupt = Interrupt::new(&WaitHooks::default(), self.check);
        let deadline = self.deadline(Instant::now());
        let limits = Enclosing::new(deadline, self.token.cloned(), interrupt.clone(), Enclosing::current());
        let value = {
            let _limits = Enclosing::enter(Some(limits));
            let _mark = LimitsMark::set();
            f()
        };
        if let Some(payload) = interrupt.and_then(|interrupt| interrupt.take_panic()) {
            resume_unwind(payload);
        }
        value
    }

    /// Until when a call may take that is made at `start`.
    fn deadline(&self, start: Instant) -> Option<Instant> {
        let timeout = self.timeout.filter(|limit| *limit < LONGEST).and_then(|limit| start.checked_add(limit));
        let deadline = self.deadline.filter(|deadline| deadline.saturating_duration_since(start) < LONGEST);
        timeout.into_iter().chain(deadline).min()
    }
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
        matches!(self, Self::Call(limits) if limits.are_none())
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
                let timeout =
                    if limits.deadline.is_some() { limits.timeout } else { limits.timeout.or(bridge.default_timeout) };
                (Limits { timeout, ..limits }, bridge.admit()?)
            }
            Self::Wait(timeout) => (Limits { timeout, ..Limits::NONE }, None),
        };
        let outer = Enclosing::current();
        let interrupt = Interrupt::new(&bridge.wait_hooks, limits.check);
        if limits.are_none() && permit.is_none() && outer.is_none() && interrupt.is_none() {
            return Ok(None);
        }
        let start = Instant::now();
        let inherited = outer.as_ref().and_then(|outer| outer.deadline());
        let deadline = limits.deadline(start).into_iter().chain(inherited).min();
        let permit = permit.unwrap_or(Permit::Admitted(None));
        let inside = if limits.token.is_none() && interrupt.is_none() && deadline == inherited {
            outer.clone()
        } else {
            Some(Enclosing::new(deadline, limits.token.cloned(), interrupt.clone(), outer.clone()))
        };
        Ok(Some(ActiveLimits { start, deadline, token: limits.token, interrupt, outer, inside, permit }))
    }
}

/// Within which limits a call is served, from the moment when it is made.
pub(crate) struct ActiveLimits<'a> {
    start: Instant,
    deadline: Option<Instant>,
    token: Option<&'a CancellationToken>,
    interrupt: Option<Arc<Interrupt>>,
    outer: Option<Arc<Enclosing>>,
    /// What the calls that its future makes inherit.
    inside: Option<Arc<Enclosing>>,
    permit: Permit<'a>,
}

impl ActiveLimits<'_> {
    pub(crate) fn interrupt(&self) -> Option<&Interrupt> {
        self.interrupt.as_deref()
    }

    /// Runs the future when it has its permit, until it ends, or one of the limits is met. Either way it is dropped with
    /// this one.
    pub(crate) async fn run<F: Future>(&self, future: F) -> Result<F::Output, BridgeError> {
        let Self { start, deadline, token, interrupt, outer, inside, permit } = self;
        let mut future = pin!(WithLimits::new(inside.clone(), permit.run(future)));
        // Neither is polled, and so no timer set, if the future is ready at once. The budget of a poll is for the future: a
        // limit has to be seen though it is used up.
        let mut time_is_up = pin!(unconstrained(async {
            match deadline {
                // By the bridge's clock, which may be another than that of std.
                Some(deadline) => sleep(deadline.saturating_duration_since(Instant::now())).await,
                None => std::future::pending().await,
            }
        }));
        let mut cancelled = pin!(unconstrained(async {
            match token {
                Some(token) => token.cancelled().await,
                None => std::future::pending().await,
            }
        }));
        let mut interrupted = pin!(unconstrained(async {
            match interrupt {
                Some(interrupt) => interrupt.token.cancelled().await,
                None => std::future::pending().await,
            }
        }));
        let mut outer_cancelled = Cancelled::new(outer.as_ref());
        poll_fn(|cx| {
            // The future comes first: an answer that is there counts, however late.
            if let Poll::Ready(value) = future.as_mut().poll(cx) {
                Poll::Ready(Ok(value))
            } else if interrupted.as_mut().poll(cx).is_ready() {
                let error = interrupt.as_ref().and_then(|interrupt| interrupt.error());
                Poll::Ready(Err(error.unwrap_or(BridgeError::Cancelled { after: start.elapsed() })))
            } else if cancelled.as_mut().poll(cx).is_ready() {
                Poll::Ready(Err(BridgeError::Cancelled { after: start.elapsed() }))
            } else if outer_cancelled.poll(cx).is_ready() {
                Poll::Ready(Err(outer_cancelled.error(*start)))
            } else if time_is_up.as_mut().poll(cx).is_ready() {
                Poll::Ready(Err(BridgeError::TimedOut { after: start.elapsed() }))
            } else {
                Poll::Pending
            }
        })
        .await
    }

    /// Runs what builds the future, with the limits in force for the calls that it makes.
    pub(crate) fn build<T>(&self, build: impl FnOnce() -> T) -> T {
        let _in_force = Enclosing::enter(self.inside.clone());
        build()
    }

    /// What the calls inside inherit.
    pub(crate) fn inside(&self) -> Option<&Arc<Enclosing>> {
        self.inside.as_ref()
    }

    /// Tells how a call with limits has ended.
    pub(crate) fn classify(outcome: &Result<Ended, BridgeError>) -> Ended {
        match outcome {
            Ok(ended) => *ended,
            Err(BridgeError::TimedOut { .. }) => Ended::TimeLimit,
            Err(error) if error.is_panic() => Ended::Panic,
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
