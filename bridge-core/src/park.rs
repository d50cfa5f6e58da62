//! Driving a future to its end on the calling thread, parked between polls.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use crate::raw::{Call, Outcome};
use crate::sync::{AtomicBool, Ordering, Thread, current, park};

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

    /// Parks this thread until it has been woken since the last time, or is to give up. Whether it was woken.
    fn park(&self, gives_up: impl Fn() -> bool) -> bool {
        while !gives_up() {
            // ORDERING: Acquire pairs with the Release of `wake_by_ref`: the next poll sees what came before the wake.
            if self.woken.swap(false, Ordering::Acquire) {
                return true;
            }
            park();
        }
        false
    }
}

impl Wake for Unparker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // ORDERING: Release pairs with the Acquire of `park`. Who finds the flag set leaves the token to the one who
        // set it.
        if !self.woken.swap(true, Ordering::Release) {
            self.thread.unpark();
        }
    }
}

/// Polls the call here until its future has ended. The thread must be one on which that is safe: see `caller`.
///
/// Before it waits for the first time the call needs leave, and keeps what that is until it returns; without it the
/// future is dropped, and unless that panics there is no outcome. It gives up when it is unparked and told to: the future is dropped then.
pub(crate) fn run<F: Future, L>(
    mut call: Pin<&mut Call<F>>,
    ask_leave: impl FnOnce() -> Option<L>,
    gives_up: impl Fn() -> bool,
) -> Option<Outcome<F::Output>> {
    let unparker = Arc::new(Unparker::for_this_thread());
    let waker = Waker::from(Arc::clone(&unparker));
    let mut cx = Context::from_waker(&waker);
    if let Poll::Ready(outcome) = call.as_mut().poll_here(&mut cx) {
        return Some(outcome);
    }
    let Some(_leave) = ask_leave() else {
        return Some(call.drop_here()).filter(|outcome| matches!(outcome, Outcome::Panicked(_)));
    };
    while unparker.park(&gives_up) {
        if let Poll::Ready(outcome) = call.as_mut().poll_here(&mut cx) {
            return Some(outcome);
        }
    }
    Some(call.drop_here())
}
