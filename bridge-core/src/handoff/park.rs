//! Polls a future to its end on the calling thread, which parks between polls.

use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use crate::base::sync::{AtomicBool, Ordering, Thread, current, park_at_most};
use crate::handoff::call::{Call, Outcome};

/// Wakes a parked thread. The flag is what counts: code inside a poll that parks the thread itself, as any blocking
/// call may, can eat the token that `unpark` leaves.
struct Unparker {
    woken: AtomicBool,
    thread: Thread,
}

impl Unparker {
    fn for_this_thread() -> Self {
        Self { woken: AtomicBool::new(false), thread: current() }
    }

    /// Parks this thread until it has been woken since the last time, or `wait` gives up. Whether it was woken.
    fn park(&self, wait: &mut impl FnMut(&mut dyn FnMut(Option<Duration>)) -> ControlFlow<()>) -> bool {
        loop {
            let mut is_woken = false;
            let flow = wait(&mut |limit| {
                // Looked at last: `wait` may have eaten the token of the wake-up.
                //
                // ORDERING: Acquire pairs with the Release of `wake_by_ref`: the next poll sees what came before the wake.
                // With Relaxed the models `parked_caller_is_woken` and `parked_caller_is_woken_twice` fail.
                is_woken = self.woken.swap(false, Ordering::Acquire);
                if !is_woken {
                    park_at_most(limit);
                }
            });
            if is_woken || flow.is_break() {
                return is_woken;
            }
        }
    }
}

impl Wake for Unparker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // ORDERING: Release pairs with the Acquire of `park`. Who finds the flag set leaves the token to the one who
        // set it; it writes the flag all the same, so that what it has done is seen too. With Relaxed the same two models
        // fail.
        if !self.woken.swap(true, Ordering::Release) {
            self.thread.unpark();
        }
    }
}

/// Polls the call here until its future has ended. The thread must be one on which that is safe: see `caller`.
///
/// Before it waits for the first time the call asks for leave; without it the future is dropped, and unless that panics
/// there is no outcome. `wait` gets a function that parks the thread, for so long at most, unless it has been woken. It is
/// called again and again, and breaks to have the future dropped.
pub(crate) fn run<F: Future>(
    mut call: Pin<&mut Call<F>>,
    ask_leave: impl FnOnce() -> bool,
    mut wait: impl FnMut(&mut dyn FnMut(Option<Duration>)) -> ControlFlow<()>,
) -> Option<Outcome<F::Output>> {
    let unparker = Arc::new(Unparker::for_this_thread());
    let waker = Waker::from(Arc::clone(&unparker));
    let mut cx = Context::from_waker(&waker);
    if let Poll::Ready(outcome) = call.as_mut().poll_here(&mut cx) {
        return Some(outcome);
    }
    if !ask_leave() {
        return Some(call.drop_here()).filter(|outcome| matches!(outcome, Outcome::Panicked(_)));
    }
    while unparker.park(&mut wait) {
        if let Poll::Ready(outcome) = call.as_mut().poll_here(&mut cx) {
            return Some(outcome);
        }
    }
    Some(call.drop_here())
}
