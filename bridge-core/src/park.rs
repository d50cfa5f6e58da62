//! Driving a future to its end on the calling thread, parked between polls.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use crate::hand_off::{Call, Outcome};
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

    /// Parks this thread until it has been woken since the last time.
    fn park(&self) {
        // ORDERING: Acquire pairs with the Release of `wake_by_ref`: the next poll sees what came before the wake.
        while !self.woken.swap(false, Ordering::Acquire) {
            park();
        }
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
pub(crate) fn run<F: Future>(mut call: Pin<&mut Call<F>>) -> Outcome<F::Output> {
    let unparker = Arc::new(Unparker::for_this_thread());
    let waker = Waker::from(Arc::clone(&unparker));
    let mut cx = Context::from_waker(&waker);
    loop {
        match call.as_mut().poll_here(&mut cx) {
            Poll::Ready(outcome) => return outcome,
            Poll::Pending => unparker.park(),
        }
    }
}
