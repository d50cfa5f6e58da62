//! Loom models of the hand-off, of the parking loop and of the leaked value, one for each order of events that matters.
//! Run with `RUSTFLAGS="--cfg sync_bridge_loom" cargo test -p sync-bridge-core --lib --release`.
//!
//! The models add no ordering of their own. If any Acquire or Release in this folder is replaced by Relaxed, at least
//! one model fails.

use std::cell::Cell;
use std::future::Future;
use std::ops::ControlFlow;
use std::pin::{Pin, pin};
use std::sync::Arc as StdArc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use loom::cell::UnsafeCell;
use loom::sync::atomic::AtomicBool;
use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;

use super::call::{Call, Outcome, Remote};
use super::leaked::Leaked;
use super::loan::{LentTask, Payload, lending};
use super::park;

/// How the future under test ends, once it has been pending as often as asked.
#[derive(Clone, Copy)]
enum End {
    Value,
    Panic,
    PanicInDrop,
}

/// Counts its drops, and borrows from the caller's stack like a real one.
struct Subject<'a> {
    pending: usize,
    end: End,
    /// Read in `poll` and in `drop`: a borrow that must not outlive the caller's frame.
    borrowed: &'a [u8; 3],
    drops: StdArc<AtomicUsize>,
}

impl Future for Subject<'_> {
    type Output = u8;

    fn poll(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<u8> {
        if self.pending > 0 {
            self.pending -= 1;
            return Poll::Pending;
        }
        match self.end {
            // Without a call to the panic hook: loom explores hundreds of them.
            End::Panic => std::panic::resume_unwind(Box::new("poll")),
            End::Value | End::PanicInDrop => Poll::Ready(self.borrowed[2]),
        }
    }
}

impl Drop for Subject<'_> {
    fn drop(&mut self) {
        assert_eq!(self.borrowed[0], 1);
        self.drops.fetch_add(1, Ordering::Relaxed);
        if matches!(self.end, End::PanicInDrop) {
            std::panic::resume_unwind(Box::new("drop"));
        }
    }
}

fn poll_to_end(mut remote: Remote) {
    while Pin::new(&mut remote).poll(&mut Context::from_waker(Waker::noop())).is_pending() {}
}

/// Hands a subject off to `carry` in every interleaving, and checks how it ended and that it was dropped once.
fn model(end: End, carry: impl Fn(Remote) + Sync + Send + 'static, expected: fn(Outcome<u8>) -> bool) {
    loom::model(move || {
        let drops = StdArc::new(AtomicUsize::new(0));
        let borrowed = [1, 2, 3];
        let subject = Subject { pending: 1, end, borrowed: &borrowed, drops: StdArc::clone(&drops) };
        let outcome = {
            let mut call = pin!(Call::new(subject));
            call.as_mut().hand_off(&carry, |(), park| park(None))
        };
        assert_eq!(drops.load(Ordering::Relaxed), 1);
        assert!(expected(outcome));
    });
}

fn run_elsewhere(remote: Remote) {
    thread::spawn(move || poll_to_end(remote));
}

fn panicked_with(outcome: Outcome<u8>, text: &str) -> bool {
    matches!(outcome, Outcome::Panicked(payload) if payload.downcast_ref() == Some(&text))
}

#[test]
fn remote_finishes() {
    model(End::Value, run_elsewhere, |outcome| matches!(outcome, Outcome::Value(3)));
}

#[test]
fn future_panics() {
    model(End::Panic, run_elsewhere, |outcome| panicked_with(outcome, "poll"));
}

#[test]
fn future_panics_while_dropped() {
    model(End::PanicInDrop, run_elsewhere, |outcome| panicked_with(outcome, "drop"));
}

#[test]
fn remote_is_dropped_without_running() {
    let drop_elsewhere = |remote: Remote| drop(thread::spawn(move || drop(remote)));
    model(End::Value, drop_elsewhere, |outcome| matches!(outcome, Outcome::Dropped));
}

#[test]
fn remote_is_dropped_half_way() {
    let poll_once = |mut remote: Remote| {
        thread::spawn(move || {
            assert!(Pin::new(&mut remote).poll(&mut Context::from_waker(Waker::noop())).is_pending())
        });
    };
    model(End::Value, poll_once, |outcome| matches!(outcome, Outcome::Dropped));
}

#[test]
fn future_panics_while_its_remote_is_dropped() {
    let drop_elsewhere = |remote: Remote| drop(thread::spawn(move || drop(remote)));
    model(End::PanicInDrop, drop_elsewhere, |outcome| panicked_with(outcome, "drop"));
}

#[test]
fn remote_is_dropped_at_once_by_a_failed_spawn() {
    model(End::Value, drop, |outcome| matches!(outcome, Outcome::Dropped));
}

#[test]
fn caller_is_unparked_by_somebody_else() {
    let with_stray_token = |remote: Remote| {
        let caller = thread::current();
        thread::spawn(move || caller.unpark());
        run_elsewhere(remote);
    };
    model(End::Value, with_stray_token, |outcome| matches!(outcome, Outcome::Value(3)));
}

#[test]
fn park_token_is_eaten() {
    let park_in_between = |remote: Remote| {
        run_elsewhere(remote);
        // Returns with the token of the answer, which is gone then.
        thread::park();
    };
    model(End::Value, park_in_between, |outcome| matches!(outcome, Outcome::Value(3)));
}

#[test]
fn park_token_is_eaten_before_the_thread_parks() {
    loom::model(|| {
        let drops = StdArc::new(AtomicUsize::new(0));
        let borrowed = [1, 2, 3];
        let subject = Subject { pending: 0, end: End::Value, borrowed: &borrowed, drops: StdArc::clone(&drops) };
        let eats = Cell::new(true);
        let mut call = pin!(Call::new(subject));
        let outcome = call.as_mut().hand_off(run_elsewhere, |(), park| {
            if eats.take() {
                // A call of a callback's own: it waits for the same token.
                thread::park();
            }
            park(None);
        });
        assert!(matches!(outcome, Outcome::Value(3)));
        assert_eq!(drops.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn spawn_unwinds_while_remote_runs() {
    loom::model(|| {
        let drops = StdArc::new(AtomicUsize::new(0));
        let borrowed = [1, 2, 3];
        let subject = Subject { pending: 1, end: End::Value, borrowed: &borrowed, drops: StdArc::clone(&drops) };
        let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let mut call = pin!(Call::new(subject));
            call.as_mut().hand_off(
                |remote| {
                    run_elsewhere(remote);
                    std::panic::resume_unwind(Box::new("spawn"));
                },
                |_: &(), park| park(None),
            )
        }));
        assert!(unwound.is_err());
        assert_eq!(drops.load(Ordering::Relaxed), 1);
    });
}

/// Lends a subject to a task that `run` brings to some end while the scope ends, in every interleaving. It has been
/// dropped once when the scope has ended.
fn model_loans(run: fn(LentTask)) {
    loom::model(move || {
        let drops = StdArc::new(AtomicUsize::new(0));
        let borrowed = [1, 2, 3];
        lending((), drop, |lender| {
            let subject = Subject { pending: 1, end: End::Value, borrowed: &borrowed, drops: StdArc::clone(&drops) };
            let task = lender.lend(Box::pin(async { assert_eq!(subject.await, 3) })).unwrap();
            thread::spawn(move || run(task));
        });
        assert_eq!(drops.load(Ordering::Relaxed), 1);
    });
}

fn poll_once(task: &mut LentTask) -> bool {
    Pin::new(task).poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

#[test]
fn scope_ends_while_tasks_run_to_their_end() {
    model_loans(|mut task| while !poll_once(&mut task) {});
}

#[test]
fn scope_ends_while_tasks_are_dropped() {
    model_loans(drop);
}

#[test]
fn scope_ends_while_tasks_are_dropped_half_way() {
    model_loans(|mut task| {
        poll_once(&mut task);
    });
}

#[test]
fn scope_unwinds_while_a_task_runs() {
    loom::model(|| {
        let drops = StdArc::new(AtomicUsize::new(0));
        let borrowed = [1, 2, 3];
        let subject = Subject { pending: 1, end: End::Value, borrowed: &borrowed, drops: StdArc::clone(&drops) };
        let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            lending((), drop, |lender| {
                let mut task = lender.lend(Box::pin(async { assert_eq!(subject.await, 3) })).unwrap();
                thread::spawn(move || while !poll_once(&mut task) {});
                std::panic::resume_unwind(Box::new("scope"));
            })
        }));
        assert!(unwound.is_err());
        assert_eq!(drops.load(Ordering::Relaxed), 1);
    });
}

/// Lends a subject whose destructor panics. The payload has been told of once when the scope has ended.
fn model_panic_of_a_destructor(run: fn(LentTask)) {
    loom::model(move || {
        let (drops, told) = (StdArc::new(AtomicUsize::new(0)), StdArc::new(AtomicUsize::new(0)));
        let borrowed = [1, 2, 3];
        let tell = StdArc::clone(&told);
        let panicked = move |payload: Payload| {
            assert_eq!(payload.downcast_ref(), Some(&"drop"));
            tell.fetch_add(1, Ordering::Relaxed);
        };
        lending((), panicked, |lender| {
            let subject =
                Subject { pending: 1, end: End::PanicInDrop, borrowed: &borrowed, drops: StdArc::clone(&drops) };
            let task = lender.lend(Box::pin(async { assert_eq!(subject.await, 3) })).unwrap();
            thread::spawn(move || run(task));
        });
        assert_eq!((drops.load(Ordering::Relaxed), told.load(Ordering::Relaxed)), (1, 1));
    });
}

#[test]
fn destructor_panics_as_a_task_ends_while_the_scope_does() {
    model_panic_of_a_destructor(|mut task| while !poll_once(&mut task) {});
}

#[test]
fn destructor_panics_as_a_task_is_dropped_while_the_scope_ends() {
    model_panic_of_a_destructor(|mut task| {
        poll_once(&mut task);
    });
}

/// Is dropped, and says so to who waits for that.
struct Awaited<'a> {
    subject: Subject<'a>,
    is_dropped: Arc<(Mutex<bool>, Condvar)>,
}

impl Future for Awaited<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.subject).poll(cx).map(drop)
    }
}

impl Drop for Awaited<'_> {
    fn drop(&mut self) {
        let (is_dropped, condition) = &*self.is_dropped;
        *is_dropped.lock().unwrap() = true;
        condition.notify_all();
    }
}

/// Blocks in its first poll until the other future is dropped.
struct Waits<'a> {
    subject: Subject<'a>,
    is_dropped: Arc<(Mutex<bool>, Condvar)>,
}

impl Future for Waits<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<()> {
        let (is_dropped, condition) = &*self.is_dropped;
        let mut is_over = is_dropped.lock().unwrap();
        while !*is_over {
            is_over = condition.wait(is_over).unwrap();
        }
        assert_eq!(self.subject.borrowed[1], 2);
        Poll::Pending
    }
}

/// The only thread that runs tasks is in a poll that waits for the drop of the other future: whichever was lent first,
/// the scope ends.
fn model_a_poll_that_waits(lends_the_waiting_first: bool) {
    loom::model(move || {
        let drops = StdArc::new(AtomicUsize::new(0));
        let borrowed = [1, 2, 3];
        lending((), drop, |lender| {
            let is_dropped = Arc::new((Mutex::new(false), Condvar::new()));
            let subject = || Subject { pending: 1, end: End::Value, borrowed: &borrowed, drops: StdArc::clone(&drops) };
            let waits = || lender.lend(Box::pin(Waits { subject: subject(), is_dropped: Arc::clone(&is_dropped) }));
            let awaited = || lender.lend(Box::pin(Awaited { subject: subject(), is_dropped: Arc::clone(&is_dropped) }));
            let (waits, awaited) = if lends_the_waiting_first {
                let waits = waits();
                (waits, awaited())
            } else {
                let awaited = awaited();
                (waits(), awaited)
            };
            let (mut waits, awaited) = (waits.unwrap(), awaited.unwrap());
            thread::spawn(move || {
                poll_once(&mut waits);
                drop((waits, awaited));
            });
        });
        assert_eq!(drops.load(Ordering::Relaxed), 2);
    });
}

#[test]
fn scope_ends_while_a_poll_waits_for_the_drop_of_a_later_loan() {
    model_a_poll_that_waits(true);
}

#[test]
fn scope_ends_while_a_poll_waits_for_the_drop_of_an_earlier_loan() {
    model_a_poll_that_waits(false);
}

/// Ready once another thread, started by the first poll, has set the flag and woken the waker.

/// Ready once other threads, started by the first poll, have each set a flag and woken the waker. The flags order
/// nothing: who has been woken sees those that were set before, or waits for ever.
struct WokenFromElsewhere {
    /// Of std's `Arc`, as loom's would order what it holds.
    flags: StdArc<[AtomicBool]>,
    started: bool,
    polls: usize,
    eats_tokens: bool,
}

impl Future for WokenFromElsewhere {
    /// How often it was polled.
    type Output = usize;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<usize> {
        self.polls += 1;
        if !self.started {
            self.started = true;
            for number in 0..self.flags.len() {
                let (flags, waker) = (StdArc::clone(&self.flags), cx.waker().clone());
                thread::spawn(move || {
                    flags[number].store(true, Ordering::Relaxed);
                    waker.wake();
                });
            }
            if self.eats_tokens {
                thread::park();
            }
            return Poll::Pending;
        }
        let set = self.flags.iter().filter(|flag| flag.load(Ordering::Relaxed)).count();
        assert!(set > 0, "polled without having been woken");
        if set == self.flags.len() { Poll::Ready(self.polls) } else { Poll::Pending }
    }
}

/// Parks until so many threads have woken the caller. Each wakes it once, or finds that another one has just done so.
fn model_parking(wakers: usize, eats_tokens: bool) {
    loom::model(move || {
        let flags = (0..wakers).map(|_| AtomicBool::new(false)).collect();
        let future = WokenFromElsewhere { flags, started: false, polls: 0, eats_tokens };
        let outcome = park::run(
            pin!(Call::new(future)),
            || true,
            |park| {
                park(None);
                ControlFlow::Continue(())
            },
        );
        assert!(matches!(outcome, Some(Outcome::Value(polls)) if (2..=1 + wakers).contains(&polls)));
    });
}

#[test]
fn parked_caller_is_woken() {
    model_parking(1, false);
}

#[test]
fn parked_caller_is_woken_though_poll_eats_the_token() {
    model_parking(1, true);
}

#[test]
fn parked_caller_is_woken_twice() {
    model_parking(2, false);
}

/// A value whose maker writes to it, as whoever makes a bridge does.
struct Made(UnsafeCell<u8>);

// SAFETY: loom, which keeps account of who writes and who reads, fails the test if that is a race.
unsafe impl Sync for Made {}
// SAFETY: as above.
unsafe impl Send for Made {}

impl Made {
    fn new(number: u8) -> Self {
        let made = Self(UnsafeCell::new(0));
        // SAFETY: nobody else has it.
        made.0.with_mut(|place| unsafe { *place = number });
        made
    }

    fn number(&self) -> u8 {
        // SAFETY: nobody writes to it any more, which loom checks.
        self.0.with(|place| unsafe { *place })
    }
}

fn nothing_leaked() -> StdArc<Leaked<Made>> {
    let leaked = StdArc::new(Leaked::new());
    // The first use makes the pointer: it must come before there are two threads.
    assert!(leaked.get().is_none());
    leaked
}

#[test]
fn leaked_value_is_read_while_it_is_put() {
    loom::model(|| {
        let leaked = nothing_leaked();
        let other = StdArc::clone(&leaked);
        thread::spawn(move || assert!(other.replace(None, Made::new(1)).is_ok()));
        assert!(leaked.get().is_none_or(|value| value.number() == 1));
    });
}

#[test]
fn leaked_value_is_put_by_the_faster_of_two_threads() {
    loom::model(|| {
        let leaked = nothing_leaked();
        let put = |leaked: &Leaked<Made>, number| match leaked.replace(None, Made::new(number)) {
            Ok(value) => (value.number(), true),
            // As the global bridge does: the value that is there is as good.
            Err(given_back) => {
                assert_eq!(given_back.number(), number);
                (leaked.get().map_or(0, Made::number), false)
            }
        };
        let other = StdArc::clone(&leaked);
        let thread = thread::spawn(move || put(&other, 1));
        let (here, there) = (put(&leaked, 2), thread.join().unwrap());
        assert!(matches!((here, there), ((2, true), (2, false)) | ((1, false), (1, true))), "{here:?} {there:?}");
    });
}

#[test]
fn leaked_value_is_replaced_while_it_is_read() {
    loom::model(|| {
        let leaked = nothing_leaked();
        let first = leaked.replace(None, Made::new(1)).ok();
        let other = StdArc::clone(&leaked);
        thread::spawn(move || assert!(other.replace(first, Made::new(2)).is_ok()));
        assert!(matches!(leaked.get().map(Made::number), Some(1 | 2)));
        // What was read first is there for good.
        assert_eq!(first.map(Made::number), Some(1));
    });
}
