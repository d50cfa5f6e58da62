//! The limits of the calls that a piece of code is a part of. They are in force on a thread while the future of such a call
//! is polled there, and hold for the calls that it makes.

use std::cell::RefCell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use pin_project_lite::pin_project;
use tokio::task::coop::unconstrained;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::base::error::BridgeError;
use crate::base::sync::{Thread, current};
use crate::call::interrupt::Interrupt;

/// The limits of the calls that a piece of code is a part of.
#[derive(Debug)]
pub(crate) struct Enclosing {
    /// The first deadline of all of them.
    deadline: Option<Instant>,
    token: Option<CancellationToken>,
    interrupt: Option<Arc<Interrupt>>,
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
    pub(crate) fn are_none() -> bool {
        ENCLOSING.try_with(|enclosing| enclosing.borrow().is_none()).unwrap_or(true)
    }

    /// Puts limits in force on this thread, until the value returned is dropped.
    pub(crate) fn enter(limits: Option<Arc<Self>>) -> EnteredLimits {
        EnteredLimits { before: ENCLOSING.try_with(|enclosing| enclosing.replace(limits)).unwrap_or_default() }
    }

    /// The first deadline of all of them.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// These limits, inside of others.
    pub(crate) fn new(
        deadline: Option<Instant>,
        token: Option<CancellationToken>,
        interrupt: Option<Arc<Interrupt>>,
        outer: Option<Arc<Self>>,
    ) -> Arc<Self> {
        let inherited = outer.as_ref().and_then(|outer| outer.deadline);
        let deadline = deadline.into_iter().chain(inherited).min();
        Arc::new(Self { deadline, token, interrupt, outer })
    }

    /// All of them, the innermost first.
    fn all(self: &Arc<Self>) -> impl Iterator<Item = &Arc<Self>> {
        std::iter::successors(Some(self), |limits| limits.outer.as_ref())
    }

    /// The tokens of all of them.
    fn tokens(self: &Arc<Self>) -> impl Iterator<Item = &CancellationToken> {
        self.all()
            .flat_map(|limits| limits.token.iter().chain(limits.interrupt.iter().map(|interrupt| &interrupt.token)))
    }

    /// What may interrupt them.
    pub(crate) fn interrupts(self: &Arc<Self>) -> impl Iterator<Item = &Arc<Interrupt>> {
        self.all().filter_map(|limits| limits.interrupt.as_ref())
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

pin_project! {
    /// A future whose polls have limits in force.
    pub(crate) struct WithLimits<F> {
        limits: Option<Arc<Enclosing>>,
        #[pin]
        future: F,
    }
}

impl<F> WithLimits<F> {
    pub(crate) fn new(limits: Option<Arc<Enclosing>>, future: F) -> Self {
        Self { limits, future }
    }
}

impl<F: Future> Future for WithLimits<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _in_force = Enclosing::enter(this.limits.clone());
        this.future.poll(cx)
    }
}

/// Waits for any of the tokens of the calls around.
pub(crate) struct Cancelled {
    limits: Option<Arc<Enclosing>>,
    tokens: Vec<Pin<Box<WaitForCancellationFutureOwned>>>,
}

impl Cancelled {
    pub(crate) fn new(limits: Option<&Arc<Enclosing>>) -> Self {
        let tokens = limits.into_iter().flat_map(Enclosing::tokens);
        Self {
            limits: limits.cloned(),
            tokens: tokens.map(|token| Box::pin(token.clone().cancelled_owned())).collect(),
        }
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let is_cancelled =
            self.tokens.iter_mut().any(|cancelled| pin!(unconstrained(cancelled.as_mut())).poll(cx).is_ready());
        if is_cancelled { Poll::Ready(()) } else { Poll::Pending }
    }

    /// The error of a call that has been made at `start`, and ends by one of the tokens.
    pub(crate) fn error(&self, start: Instant) -> BridgeError {
        let mut interrupts = self.limits.iter().flat_map(Enclosing::interrupts);
        let error = interrupts.find_map(|interrupt| interrupt.error_of_parts());
        error.unwrap_or(BridgeError::Cancelled { after: start.elapsed() })
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
        if self.cancelled.poll(&mut Context::from_waker(&self.unpark)).is_ready() {
            return Err(self.cancelled.error(self.start));
        }
        let after = self.start.elapsed();
        let left = limits.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if left.is_some_and(|left| left.is_zero()) { Err(BridgeError::TimedOut { after }) } else { Ok(left) }
    }
}
