//! How the checks of a call end it, while the thread that made it waits.

use std::any::Any;
use std::error::Error;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::base::error::BridgeError;
use crate::engine::wait_hooks::{Check, WaitHooks};

/// Ends a call by an error, from the thread that waits for it.
#[derive(Debug)]
pub(crate) struct Interrupt {
    /// Ends the future, wherever it is, and the calls that it makes.
    pub(crate) token: CancellationToken,
    cause: Mutex<Option<Cause>>,
    /// The bridge's, and the call's own.
    checks: [Option<Scheduled>; 2],
    /// The thread that made the call.
    thread: ThreadId,
}

#[derive(Debug)]
enum Cause {
    /// A check has broken.
    Reason(Arc<dyn Error + Send + Sync>),
    /// A check or a guard has panicked.
    Panic(Box<dyn Any + Send>),
}

#[derive(Debug)]
struct Scheduled {
    check: Check,
    /// When the check is due. `None` before the first look, and if that is beyond the end of time.
    due: Mutex<Option<Instant>>,
}

impl Interrupt {
    /// What may interrupt a call that this thread makes, or a piece of code that makes calls. `None` if nothing does.
    pub(crate) fn new(hooks: &WaitHooks, own: Option<&Check>) -> Option<Arc<Self>> {
        if hooks.are_none() && own.is_none() {
            return None;
        }
        let scheduled = |check: &Check| Scheduled { check: check.clone(), due: Mutex::new(None) };
        Some(Arc::new(Self {
            token: CancellationToken::new(),
            cause: Mutex::new(None),
            checks: [hooks.check.as_ref().map(scheduled), own.map(scheduled)],
            thread: thread::current().id(),
        }))
    }

    /// Whether this thread has checks to run for the call.
    pub(crate) fn has_checks_here(&self) -> bool {
        self.checks.iter().any(Option::is_some) && self.thread == thread::current().id()
    }

    /// Runs the checks that are due. How long the thread may park before it has to look again.
    pub(crate) fn look(&self) -> Option<Duration> {
        if self.token.is_cancelled() {
            return None;
        }
        self.checks.iter().flatten().filter_map(|scheduled| self.look_at(scheduled)).min()
    }

    fn look_at(&self, Scheduled { check, due }: &Scheduled) -> Option<Duration> {
        let lock = || due.lock().unwrap_or_else(PoisonError::into_inner);
        // Not locked while the check runs, which may make a call that looks here.
        let is_due = *lock();
        let now = Instant::now();
        let next = match is_due {
            Some(due) if due > now => return Some(due - now),
            Some(_) => {
                match catch_unwind(AssertUnwindSafe(|| check.run())) {
                    Ok(ControlFlow::Continue(())) => (),
                    Ok(ControlFlow::Break(reason)) => self.interrupt(Cause::Reason(reason.into())),
                    Err(payload) => self.interrupt(Cause::Panic(payload)),
                }
                Instant::now().checked_add(check.every)
            }
            None => now.checked_add(check.every),
        };
        *lock() = next;
        next.map(|_| check.every)
    }

    /// Ends the call by a panic on the thread that waits for it.
    pub(crate) fn panicked(&self, payload: Box<dyn Any + Send>) {
        self.interrupt(Cause::Panic(payload));
    }

    /// Ends the call, unless it has an answer already.
    fn interrupt(&self, cause: Cause) {
        self.cause().get_or_insert(cause);
        self.token.cancel();
    }

    /// The error that ends the call.
    pub(crate) fn error(&self) -> Option<BridgeError> {
        self.error_of_parts().or_else(|| self.take_panic().map(BridgeError::panicked))
    }

    /// The error that ends the calls that its future makes. A panic is none of theirs.
    pub(crate) fn error_of_parts(&self) -> Option<BridgeError> {
        match &*self.cause() {
            Some(Cause::Reason(reason)) => Some(BridgeError::Interrupted { reason: Arc::clone(reason) }),
            Some(Cause::Panic(_)) | None => None,
        }
    }

    /// The panic that has ended it, once.
    pub(crate) fn take_panic(&self) -> Option<Box<dyn Any + Send>> {
        self.cause().take_if(|cause| matches!(cause, Cause::Panic(_))).and_then(|cause| match cause {
            Cause::Panic(payload) => Some(payload),
            Cause::Reason(_) => None,
        })
    }

    fn cause(&self) -> MutexGuard<'_, Option<Cause>> {
        self.cause.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(all(test, not(sync_bridge_loom)))]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// A call with one check, and how often that has run.
    fn with_check(every: Duration, flow: fn() -> ControlFlow<String>) -> (Arc<Interrupt>, Arc<AtomicUsize>) {
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&runs);
        let check = Check::own(every, move || {
            counted.fetch_add(1, Ordering::SeqCst);
            flow()
        });
        (Interrupt::new(&WaitHooks::default(), Some(&check)).unwrap(), runs)
    }

    #[test]
    fn a_check_does_not_run_before_it_is_due() {
        let hour = Duration::from_secs(3600);
        let (interrupt, runs) = with_check(hour, || ControlFlow::Continue(()));
        // As a thread looks that is unparked again and again.
        for _ in 0..100 {
            assert!(interrupt.look().is_some_and(|pause| pause <= hour));
        }
        assert_eq!(runs.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn a_check_that_is_due_runs_at_each_look() {
        let (interrupt, runs) = with_check(Duration::ZERO, || ControlFlow::Continue(()));
        assert!((0..4).all(|_| interrupt.look() == Some(Duration::ZERO)));
        // Not at the first one, which sets the time.
        assert_eq!(runs.load(Ordering::SeqCst), 3);
    }

    #[test]
    fn no_check_runs_after_the_one_that_broke() {
        let (interrupt, runs) = with_check(Duration::ZERO, || ControlFlow::Break("stop".to_owned()));
        assert!((0..10).filter(|_| interrupt.look().is_some()).count() <= 2);
        assert_eq!(runs.load(Ordering::SeqCst), 1);
        assert_eq!(interrupt.look(), None);
        assert!(matches!(interrupt.error(), Some(BridgeError::Interrupted { .. })));
    }
}
