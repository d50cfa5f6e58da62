//! The hand-off: a future on one thread's stack runs on another thread.
//!
//! A [`Call`] is pinned on the stack of the calling thread and owns the future. This future may be a reference to
//! another one in the same frame: see `call`. [`Call::hand_off`] lends the call to a [`Remote`], which is `'static` and
//! `Send`, so any runtime can spawn it. `hand_off` does not return before the `Remote` has dropped the future and no
//! longer uses the call. The rest of the crate relies on this contract:
//!
//! - The future is dropped exactly once. The calling thread drops it if it was never handed off, or finished before.
//!   Otherwise the `Remote` drops it, after a value, after a panic, or unfinished.
//! - The `Remote` signals the answer after it has dropped the future. The signal is its last access to the call.
//! - Between lending the call out and the signal, the calling thread only waits. An unwind waits too.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::base::panic::discard;
use crate::base::sync::{AtomicBool, Ordering, Thread, UnsafeCell, current, park, park_at_most};
use crate::handoff::fork::forks_so_far;

/// How a future ended.
pub(crate) enum Outcome<T> {
    Value(T),
    /// It panicked, in `poll` or while it was dropped.
    Panicked(Box<dyn Any + Send>),
    /// It was dropped before it finished: its task was cancelled, or never ran.
    Dropped,
}

/// A future on the stack of the calling thread, and the slot its answer comes back to.
pub(crate) struct Call<F: Future> {
    /// Structurally pinned. Empty once the future has been dropped.
    future: UnsafeCell<Option<F>>,
    answer: UnsafeCell<Option<Outcome<F::Output>>>,
    /// The thread to wake, set before the call is lent out.
    caller: Option<Thread>,
    answered: AtomicBool,
}

/// The loan of a [`Call`], as a task: polls its future, and answers the caller when that ends or when it is dropped.
pub(crate) struct Remote {
    call: NonNull<()>,
    poll: unsafe fn(NonNull<()>, &mut Context<'_>) -> Poll<()>,
    abandon: unsafe fn(NonNull<()>),
    state: Loan,
    /// The count of forks when the call was lent out. In a child, which may go on with a worker that forked, the
    /// caller's thread does not exist, and its stack may be another's.
    forks: usize,
}

#[derive(PartialEq, Eq)]
enum Loan {
    Held,
    Returned,
}

// SAFETY: a `Remote` gives access to the `F` and the `Option<Outcome<F::Output>>` of a call and to its caller's
// `Thread`, and is made only by `hand_off`, which asks for `F: Send` and `F::Output: Send`. The calling thread does
// not touch them while the loan is held, so they move between threads, one at a time, as `Send` allows.
unsafe impl Send for Remote {}

impl<F: Future> Call<F> {
    pub(crate) fn new(future: F) -> Self {
        Self {
            future: UnsafeCell::new(Some(future)),
            answer: UnsafeCell::new(None),
            caller: None,
            answered: AtomicBool::new(false),
        }
    }

    /// Polls the future once, on this thread. When it ends it has been dropped as well.
    pub(crate) fn poll_here(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome<F::Output>> {
        // SAFETY: the call stays where it is: only references to its fields are made.
        let call = unsafe { self.get_unchecked_mut() };
        // SAFETY: `self` is the only access, and the future is pinned because `self` is.
        unsafe { step(call, cx) }
    }

    /// Drops the future, unfinished, on this thread.
    pub(crate) fn drop_here(self: Pin<&mut Self>) -> Outcome<F::Output> {
        // SAFETY: `self` is the only access, and the future is dropped in place.
        unsafe { drop_future(self.get_unchecked_mut(), Outcome::Dropped) }
    }

    /// Lends the call to a [`Remote`], gives that to `carry` to be spawned, and waits until the future is dropped.
    ///
    /// `wait` gets what `carry` returned, and a function that parks the thread, for so long at most, unless the future is
    /// dropped. It is called again and again until that is so, and may hasten the end.
    ///
    /// # Panics
    ///
    /// A panic of `carry` or `wait` goes on after the wait: the `Remote`, wherever it is, ends the loan.
    pub(crate) fn hand_off<C>(
        self: Pin<&mut Self>,
        carry: impl FnOnce(Remote) -> C,
        mut wait: impl FnMut(&C, &mut dyn FnMut(Option<Duration>)),
    ) -> Outcome<F::Output>
    where
        F: Send,
        F::Output: Send,
    {
        // SAFETY: the call stays where it is: only its fields are written.
        let call = unsafe { self.get_unchecked_mut() };
        call.caller = Some(current());
        let call = NonNull::from(call);

        // From here to the end of `answered`, this thread reads `answered` and nothing else of the call.
        let answered = Wait(call);
        let carried = carry(Remote {
            call: call.cast(),
            poll: poll::<F>,
            abandon: abandon::<F>,
            state: Loan::Held,
            forks: forks_so_far(),
        });
        loop {
            let mut is_over = false;
            wait(&carried, &mut |limit| {
                // Looked at last: `wait` may have eaten the token of the answer.
                is_over = answered.is_over();
                if !is_over {
                    park_at_most(limit);
                }
            });
            if is_over {
                break;
            }
        }
        drop(answered);

        // SAFETY: the wait is over, so the remote has let go of the call, and the frame that owns it is ours.
        let answer = unsafe { call.as_ref() }.answer.with_mut(|answer| {
            // SAFETY: as above: nobody else has access.
            unsafe { (*answer).take() }
        });
        // The remote writes the answer before it signals. `Dropped` stands in for the impossible.
        answer.unwrap_or(Outcome::Dropped)
    }
}

/// Waits, when dropped, until the call it points to has been answered: by `return` as by unwinding.
struct Wait<F: Future>(NonNull<Call<F>>);

impl<F: Future> Wait<F> {
    fn is_over(&self) -> bool {
        // SAFETY: the call outlives the wait, which lives inside `hand_off`; only the atomic is borrowed, and no
        // `&mut` to it exists while the loan is held.
        let answered = unsafe { &(*self.0.as_ptr()).answered };
        // ORDERING: Acquire pairs with the Release of `answer`: the answer, and everything the future's drop did,
        // is visible once the flag is. The flag, not the token, ends the wait: a token can be left over from
        // before, and blocking code inside `carry` or `wait` can eat ours. The flag may be seen before the
        // token is there, and so it has to order by itself: with Relaxed six models fail, `remote_finishes` first.
        answered.load(Ordering::Acquire)
    }
}

impl<F: Future> Drop for Wait<F> {
    fn drop(&mut self) {
        while !self.is_over() {
            park();
        }
    }
}

impl Future for Remote {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.state == Loan::Returned {
            return Poll::Ready(());
        }
        if forks_so_far() != self.forks {
            return Poll::Pending;
        }
        // SAFETY: the loan is held, so the call is alive and ours alone, and `poll` was made for its type.
        let polled = unsafe { (self.poll)(self.call, cx) };
        if polled.is_ready() {
            self.state = Loan::Returned;
        }
        polled
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        if self.state == Loan::Held && forks_so_far() == self.forks {
            self.state = Loan::Returned;
            // SAFETY: the loan was held until this line, so the call is alive and ours alone, and `abandon` was
            // made for its type.
            unsafe { (self.abandon)(self.call) }
        }
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote").finish_non_exhaustive()
    }
}

/// Polls the future of a lent call, and answers the caller if it ends. After `Ready` the call may be gone.
///
/// # Safety
///
/// `call` points to a pinned `Call<F>` on loan, and the loan is the caller's.
unsafe fn poll<F: Future>(call: NonNull<()>, cx: &mut Context<'_>) -> Poll<()> {
    let call = call.cast::<Call<F>>();
    // SAFETY: the loan gives this function sole access to the future, which is pinned because the call is.
    match unsafe { step(call.as_ref(), cx) } {
        Poll::Pending => Poll::Pending,
        Poll::Ready(outcome) => {
            // SAFETY: the loan is ours, the future has been dropped, and the call is not used after this.
            unsafe { answer(call, outcome) };
            Poll::Ready(())
        }
    }
}

/// Drops the future of a lent call unfinished, and answers the caller. After it the call may be gone.
///
/// # Safety
///
/// `call` points to a pinned `Call<F>` on loan, and the loan is the caller's.
unsafe fn abandon<F: Future>(call: NonNull<()>) {
    let call = call.cast::<Call<F>>();
    // SAFETY: the loan gives this function sole access to the future.
    let outcome = unsafe { drop_future(call.as_ref(), Outcome::Dropped) };
    // SAFETY: the loan is ours, the future has been dropped, and the call is not used after this.
    unsafe { answer(call, outcome) };
}

/// Polls the future once; when it ends, in a value or a panic, drops it too.
///
/// # Safety
///
/// The caller has sole access to the future, which is pinned.
unsafe fn step<F: Future>(call: &Call<F>, cx: &mut Context<'_>) -> Poll<Outcome<F::Output>> {
    // Outside of what may unwind: the drop of a value that panics is then never a second panic.
    let mut value = None;
    let polled = catch_unwind(AssertUnwindSafe(|| {
        call.future.with_mut(|future| {
            // SAFETY: sole access, says this function's contract.
            let slot = unsafe { &mut *future };
            // SAFETY: pinned, says this function's contract; the future is dropped in place.
            let pinned = unsafe { Pin::new_unchecked(&mut *slot) };
            // A future is dropped as soon as it ends, and nothing polls a call after that.
            if let Some(Poll::Ready(output)) = pinned.as_pin_mut().map(|future| future.poll(cx)) {
                value = Some(output);
                // Assigning drops the future where it is, and leaves `None` behind even if its destructor panics.
                *slot = None;
            }
        });
    }));
    match (polled, value) {
        (Ok(()), None) => Poll::Pending,
        (Ok(()), Some(value)) => Poll::Ready(Outcome::Value(value)),
        // SAFETY: as this function's contract says.
        (Err(payload), _) => Poll::Ready(unsafe { drop_future(call, Outcome::Panicked(payload)) }),
    }
}

/// Drops the future in place. A panic of its destructor becomes the outcome, unless `poll` panicked before.
///
/// # Safety
///
/// The caller has sole access to the future.
unsafe fn drop_future<F: Future>(call: &Call<F>, outcome: Outcome<F::Output>) -> Outcome<F::Output> {
    let dropped = catch_unwind(AssertUnwindSafe(|| {
        call.future.with_mut(|future| {
            // SAFETY: sole access, says this function's contract. Assigning drops the future where it is, and
            // leaves `None` behind even if its destructor panics.
            unsafe { *future = None };
        });
    }));
    match (outcome, dropped) {
        (outcome, Ok(())) => outcome,
        (Outcome::Panicked(first), Err(payload)) => {
            discard(payload);
            Outcome::Panicked(first)
        }
        (Outcome::Value(_) | Outcome::Dropped, Err(payload)) => Outcome::Panicked(payload),
    }
}

/// Puts the answer into the call's slot and wakes the caller, whose frame may end at any time from then on.
///
/// # Safety
///
/// `call` points to a call on loan, the loan is the caller's, the future has been dropped, and nothing uses the
/// call after this.
unsafe fn answer<F: Future>(call: NonNull<Call<F>>, outcome: Outcome<F::Output>) {
    // SAFETY: the loan is ours until the flag is set, so the call is alive until then.
    let (caller, answered) = unsafe {
        let call = &*call.as_ptr();
        call.answer.with_mut(|answer| *answer = Some(outcome));
        // The handle is cloned before the flag is set: afterwards the one in the call may be gone.
        (call.caller.clone(), NonNull::from(&call.answered))
    };
    // SAFETY: the flag is alive up to and including this store.
    //
    // ORDERING: Release publishes the answer and the drop of the future to the Acquire in `Wait`. The `unpark` below
    // would do so too, but comes too late for who sees the flag first: with Relaxed the same six models fail.
    unsafe { answered.as_ref() }.store(true, Ordering::Release);
    // A wake-up that comes late leaves a token behind, which std allows: a caller's next `park` may return early.
    if let Some(caller) = caller {
        caller.unpark();
    }
}
