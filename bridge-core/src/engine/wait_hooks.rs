//! What a thread does while it waits for a call: it runs checks at intervals, and holds a guard while it is parked.

use std::error::Error;
use std::fmt;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::time::Duration;

use crate::base::panic::discard;

/// Why a check ends a wait.
pub(crate) type Reason = Box<dyn Error + Send + Sync>;

/// A check that a waiting thread runs.
#[derive(Clone)]
pub(crate) struct Check {
    /// How much time may pass from the end of one run to the next one.
    pub(crate) every: Duration,
    run: Run,
}

#[derive(Clone)]
enum Run {
    /// Of a bridge: many threads may run it at a time.
    Shared(Arc<dyn Fn() -> ControlFlow<Reason> + Send + Sync>),
    /// Of a call.
    Own(Arc<Mutex<dyn FnMut() -> ControlFlow<Reason> + Send>>),
}

impl Check {
    pub(crate) fn shared<R: Into<Reason>>(
        every: Duration,
        check: impl Fn() -> ControlFlow<R> + Send + Sync + 'static,
    ) -> Self {
        Self { every, run: Run::Shared(Arc::new(move || check().map_break(Into::into))) }
    }

    pub(crate) fn own<R: Into<Reason>>(
        every: Duration,
        mut check: impl FnMut() -> ControlFlow<R> + Send + 'static,
    ) -> Self {
        Self { every, run: Run::Own(Arc::new(Mutex::new(move || check().map_break(Into::into)))) }
    }

    /// Runs the check. A check that makes a call is not run again while that call waits.
    pub(crate) fn run(&self) -> ControlFlow<Reason> {
        match &self.run {
            Run::Shared(check) => check(),
            Run::Own(check) => match check.try_lock() {
                Ok(mut check) => check(),
                Err(TryLockError::Poisoned(check)) => PoisonError::into_inner(check)(),
                Err(TryLockError::WouldBlock) => ControlFlow::Continue(()),
            },
        }
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check").field("every", &self.every).finish_non_exhaustive()
    }
}

/// Runs a wait with a guard held around it.
#[derive(Clone)]
pub(crate) struct Around(Arc<RunAround>);

type RunAround = dyn Fn(&mut dyn FnMut()) + Send + Sync;

impl Around {
    pub(crate) fn new<G>(guard: impl Fn() -> G + Send + Sync + 'static) -> Self {
        Self(Arc::new(move |wait| {
            let _guard = guard();
            wait();
        }))
    }

    /// Takes the guard, runs `wait`, and drops the guard.
    pub(crate) fn run(&self, wait: &mut dyn FnMut()) {
        (self.0)(wait);
    }
}

/// The hooks of a bridge for the threads that wait.
#[derive(Clone, Default)]
pub(crate) struct WaitHooks {
    pub(crate) check: Option<Check>,
    pub(crate) around: Option<Around>,
}

impl WaitHooks {
    pub(crate) fn are_none(&self) -> bool {
        self.check.is_none() && self.around.is_none()
    }

    /// Runs `wait`, once, with the guard around it if there is one. A panic of the guard changes nothing.
    pub(crate) fn around(&self, wait: &mut dyn FnMut()) {
        let mut wait = Some(wait);
        let mut wait_once = || {
            if let Some(wait) = wait.take() {
                wait();
            }
        };
        if let Some(around) = &self.around {
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| around.run(&mut wait_once))) {
                discard(payload);
            }
        }
        wait_once();
    }
}
