//! tokio's cooperative budget, for polls outside of its schedulers.
//!
//! The leaf futures of tokio are pending once a poll has used up its budget, even if they could go on. That is what
//! brings a future back from its poll which is always ready at its awaits, so that its limits are looked at. Only a
//! scheduler of tokio's hands out a budget; on any other thread there is none, and such a future never comes back.
//!
//! tokio has no function that sets a budget, but one that restores it: a [`RestoreOnPending`], when dropped, "restores the
//! budget as it was before `poll_proceed`". One that was taken from a full budget makes it full again, on its thread,
//! whenever it is dropped; and the next one can be taken at once. So a thread gets its first one inside of
//! `Handle::block_on`, which has a full budget, and keeps one from then on. `Handle::block_on` around every poll would do
//! as well, at twice the instructions of a whole call.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::mem::ManuallyDrop;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use pin_project_lite::pin_project;
use tokio::runtime::Handle;
use tokio::task::coop::{RestoreOnPending, poll_proceed, unconstrained};

thread_local! {
    /// Makes the budget of its thread full when it is dropped. On a thread that ends it is not: whatever still runs there
    /// would have a budget that nobody refills.
    static FULL: Cell<Option<ManuallyDrop<RestoreOnPending>>> = const { Cell::new(None) };
}

/// Whether [`with_budget`] has what it needs on this thread.
pub(crate) fn is_ready() -> bool {
    let full = FULL.take();
    let is_ready = full.is_some();
    FULL.set(full);
    is_ready
}

/// Gets what [`with_budget`] needs on this thread, where blocking is allowed, if it is not there.
pub(crate) fn prepare(handle: &Handle) {
    let full = FULL.take().or_else(|| first(handle));
    FULL.set(full);
}

#[cold]
fn first(handle: &Handle) -> Option<ManuallyDrop<RestoreOnPending>> {
    match handle.block_on(poll_fn(|cx| Poll::Ready(poll_proceed(cx)))) {
        Poll::Ready(full) => Some(ManuallyDrop::new(full)),
        Poll::Pending => None,
    }
}

/// Runs `poll` with a full budget, and puts the budget of the code around it back. Where [`is_ready`] says no, blocking has
/// to be allowed.
#[inline]
pub(crate) fn with_budget<T>(
    handle: &Handle,
    cx: &mut Context<'_>,
    poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
) -> Poll<T> {
    match pin!(unconstrained(OnePoll { handle, poll: Some(poll) })).poll(cx) {
        Poll::Ready(polled) => polled,
        Poll::Pending => Poll::Pending,
    }
}

/// A poll as a future, for [`unconstrained`].
struct OnePoll<'a, P> {
    handle: &'a Handle,
    poll: Option<P>,
}

impl<P> Unpin for OnePoll<'_, P> {}

impl<T, P: FnOnce(&mut Context<'_>) -> Poll<T>> Future for OnePoll<'_, P> {
    type Output = Poll<T>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Poll<T>> {
        refill(self.handle, cx);
        Poll::Ready(self.poll.take().map_or(Poll::Pending, |poll| poll(cx)))
    }
}

#[inline]
fn refill(handle: &Handle, cx: &mut Context<'_>) {
    FULL.with(|stored| {
        if let Some(full) = stored.take().or_else(|| first(handle)) {
            drop(ManuallyDrop::into_inner(full));
            if let Poll::Ready(full) = poll_proceed(cx) {
                stored.set(Some(ManuallyDrop::new(full)));
            }
        }
    });
}

/// Whether the code that asks has a budget: it runs inside of a poll that a scheduler makes.
pub(crate) fn is_limited() -> bool {
    let mut cx = Context::from_waker(Waker::noop());
    let Poll::Ready(_restores) = poll_proceed(&mut cx) else { return true };
    // No budget of tokio's lasts longer than this.
    (0..=u8::MAX).any(|_| match poll_proceed(&mut cx) {
        Poll::Ready(spent) => {
            spent.made_progress();
            false
        }
        Poll::Pending => true,
    })
}

pin_project! {
    /// A future with a full budget for each of its polls.
    pub(crate) struct Budgeted<'a, F> {
        handle: &'a Handle,
        #[pin]
        future: F,
    }
}

impl<'a, F> Budgeted<'a, F> {
    /// To be polled where blocking is allowed.
    pub(crate) fn new(handle: &'a Handle, future: F) -> Self {
        Self { handle, future }
    }
}

impl<F: Future> Future for Budgeted<'_, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let budgeted = self.project();
        with_budget(budgeted.handle, cx, |cx| budgeted.future.poll(cx))
    }
}

#[cfg(all(test, not(sync_bridge_loom)))]
mod tests {
    use super::*;

    /// How many units of budget a poll has here, if it is limited.
    fn units() -> Option<usize> {
        let mut cx = Context::from_waker(Waker::noop());
        (0..1000).position(|_| poll_proceed(&mut cx).map(|spent| spent.made_progress()).is_pending())
    }

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().build().expect("a runtime")
    }

    #[test]
    fn a_restored_budget_is_full_each_time_and_gone_afterwards() {
        let runtime = runtime();
        assert!(!is_ready());
        prepare(runtime.handle());
        assert!(is_ready());
        let mut cx = Context::from_waker(Waker::noop());
        let budgets = [(); 3].map(|()| with_budget(runtime.handle(), &mut cx, |_| Poll::Ready(units())));
        // One unit goes to the next restorer.
        let whole = runtime.block_on(async { units() }).expect("`block_on` has a budget");
        assert_eq!(budgets, [Poll::Ready(Some(whole - 1)); 3]);
        assert_eq!(units(), None);
    }

    #[test]
    fn a_poll_of_a_scheduler_is_limited_and_keeps_its_budget() {
        let runtime = runtime();
        assert!(!is_limited());
        let (limited, left) = runtime.block_on(async { (is_limited(), units()) });
        assert!(limited);
        assert_eq!(left, runtime.block_on(async { units() }));
    }

    #[test]
    fn a_thread_that_ends_leaves_no_budget_behind() {
        thread_local! {
            static LAST: Cell<Option<std::sync::mpsc::Sender<Option<usize>>>> = const { Cell::new(None) };
        }
        struct AsksInDestructor(std::sync::mpsc::Sender<Option<usize>>);
        impl Drop for AsksInDestructor {
            fn drop(&mut self) {
                let _ = self.0.send(units());
            }
        }
        thread_local! {
            static ASKS: std::cell::RefCell<Option<AsksInDestructor>> = const { std::cell::RefCell::new(None) };
        }
        let runtime = runtime();
        let (seen, sight) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            // Destroyed after `FULL`, which is registered later: destructors run in the order of registration or its
            // reverse, so it asks on either side in one of two threads.
            ASKS.with(|asks| *asks.borrow_mut() = Some(AsksInDestructor(seen)));
            prepare(runtime.handle());
            let _ = LAST.with(Cell::take);
        })
        .join()
        .expect("the thread ends");
        assert_eq!(sight.recv(), Ok(None));
    }
}
