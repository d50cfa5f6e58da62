//! What stays impossible, each case as the README states it under "Limits".
//!
//! Where nothing can go on, the test observes that by a handshake, and then releases what waits. So each call ends, and
//! every thread is joined.

mod support;

use std::fmt::Debug;
use std::future::{Future, pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use rayon::ThreadPoolBuilder;
use support::{bridge, current_thread, from_each_caller, multi_thread, watched};
use sync_bridge::{BridgeError, BridgedTask, Flavor, Overflow, RuntimeBridge};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tokio_util::sync::CancellationToken;

/// How long a test looks whether something goes on after all.
const MOMENT: Duration = Duration::from_millis(50);

const LONG: Duration = Duration::from_secs(3600);

/// Runs `waits` here, and checks that it goes on waiting after `arrival`. Only then another thread runs `release`.
fn waits_until_released<R>(arrival: Receiver<()>, release: impl FnOnce() + Send, waits: impl FnOnce() -> R) -> R {
    let (running, end) = channel::<()>();
    thread::scope(|scope| {
        let releaser = scope.spawn(move || {
            let has_arrived = arrival.recv().is_ok();
            let waits = end.recv_timeout(MOMENT) == Err(RecvTimeoutError::Timeout);
            release();
            has_arrived && waits
        });
        let result = waits();
        drop(running);
        assert!(releaser.join().unwrap(), "it ended before it was released");
        result
    })
}

fn is_cancelled<T: Debug>(outcome: &Result<T, BridgeError>) -> bool {
    matches!(outcome, Err(BridgeError::Cancelled { .. }))
}

type CallBack = Box<dyn FnOnce() + Send>;

/// A call on a current-thread bridge makes one on another bridge, and so keeps its thread. The inner call waits for a call
/// back to the first bridge, which `start` has something else make.
fn circle(start: impl FnOnce(CallBack) + Send) {
    let (single, multi) = (bridge(Flavor::CurrentThread), bridge(Flavor::MultiThread));
    let token = CancellationToken::new();
    let (begun, arrival) = channel();
    let (answer, answers) = channel();
    let inner_single = single.clone();
    let release = || {
        // There are none only if the first call has ended, and the circle has not come about.
        while !matches!(single.metrics().in_flight, 0 | 2) {
            thread::yield_now();
        }
        // Both wait, and nothing but the release changes that.
        thread::sleep(MOMENT);
        let in_flight = single.metrics().in_flight;
        token.cancel();
        assert_eq!(in_flight, 2);
    };
    let outcome = waits_until_released(arrival, release, || {
        single.block_on(async {
            yield_now().await;
            begun.send(()).unwrap();
            multi.call().cancel_on(&token).block_on(async move {
                let (ended, end) = oneshot::channel::<()>();
                start(Box::new(move || {
                    answer.send(inner_single.block_on(yield_now())).unwrap();
                    drop(ended);
                }));
                end.await
            })
        })
    });
    let outcome = outcome.unwrap();
    assert!(is_cancelled(&outcome), "{outcome:?}");
    // The bridge's thread is free again, and serves the call back.
    answers.recv().unwrap().unwrap();
}

#[test]
fn task_calls_back_to_the_current_thread_bridge_that_waits_for_it() {
    watched(|| {
        circle(|call_back| {
            tokio::spawn(async { call_back() });
        });
    });
}

#[test]
fn blocking_closure_calls_back_to_the_current_thread_bridge_that_waits_for_it() {
    watched(|| {
        circle(|call_back| {
            tokio::task::spawn_blocking(call_back);
        });
    });
}

#[test]
fn thread_calls_back_to_the_current_thread_bridge_that_waits_for_it() {
    watched(|| {
        let (threads, thread) = channel();
        circle(move |call_back| threads.send(thread::spawn(call_back)).unwrap());
        thread.recv().unwrap().join().unwrap();
    });
}

/// A thread that a call waits for is no part of the call, and so needs a place of its own.
#[test]
fn thread_makes_a_call_while_the_call_that_waits_for_it_has_the_only_place() {
    watched(|| {
        let bridge = RuntimeBridge::builder().max_in_flight(1).overflow(Overflow::Wait).build().unwrap();
        let (token, (begun, arrival)) = (CancellationToken::new(), channel());
        let (inner_bridge, inner_token) = (bridge.clone(), token.clone());
        let inner = waits_until_released(
            arrival,
            || token.cancel(),
            || {
                bridge.block_on(async move {
                    let (answer, answered) = oneshot::channel();
                    let caller = thread::spawn(move || {
                        begun.send(()).unwrap();
                        answer.send(inner_bridge.call().cancel_on(&inner_token).block_on(async { 1 })).unwrap();
                    });
                    let inner = answered.await.unwrap();
                    caller.join().unwrap();
                    inner
                })
            },
        );
        let inner = inner.unwrap();
        assert!(is_cancelled(&inner), "{inner:?}");
    });
}

#[test]
fn only_thread_of_a_pool_waits_for_a_job_of_the_pool() {
    watched(|| {
        let (bridge, token) = (RuntimeBridge::new().unwrap(), CancellationToken::new());
        let call = |pool: &rayon::ThreadPool| {
            let (queued, arrival) = channel();
            let (ran, has_run) = channel();
            let outcome = waits_until_released(
                arrival,
                || token.cancel(),
                || {
                    bridge.call().cancel_on(&token).block_on(async {
                        let (answer, answered) = oneshot::channel();
                        pool.spawn(move || ran.send(answer.send(()).is_ok()).unwrap());
                        queued.send(()).unwrap();
                        answered.await
                    })
                },
            );
            (outcome, has_run)
        };
        let in_pool = |pool: &rayon::ThreadPool| {
            let (outcome, has_run) = pool.install(|| call(pool));
            assert!(is_cancelled(&outcome), "{outcome:?}");
            // The thread is back in its pool and runs the job, too late.
            assert_eq!(has_run.recv(), Ok(false));
        };
        // The threads of a scoped pool are joined.
        ThreadPoolBuilder::new().num_threads(1).build_scoped(rayon::ThreadBuilder::run, in_pool).unwrap();
    });
}

/// A handler that blocks does so in its poll, and the time limit around it is not looked at before that ends.
#[test]
fn time_limit_of_the_callers_runtime_does_not_end_a_blocking_call() {
    async fn handler() {
        let (bridge, token) = (RuntimeBridge::new().unwrap(), CancellationToken::new());
        let (begun, arrival) = channel();
        let call = async {
            waits_until_released(
                arrival,
                || token.cancel(),
                || {
                    bridge.call().cancel_on(&token).block_on(async {
                        begun.send(()).unwrap();
                        pending::<()>().await;
                    })
                },
            )
        };
        let outcome = tokio::time::timeout(Duration::ZERO, call).await.expect("the token ends it, and not the limit");
        assert!(is_cancelled(&outcome), "{outcome:?}");
    }

    watched(|| {
        current_thread().block_on(handler());
        multi_thread(2).block_on(async { tokio::spawn(handler()).await.unwrap() });
    });
}

/// The call blocks the whole task, and with it the branch that would give the mutex back.
#[test]
fn branch_makes_a_call_that_needs_the_mutex_of_its_sibling() {
    async fn branches() {
        let (bridge, token) = (RuntimeBridge::new().unwrap(), CancellationToken::new());
        let (begun, arrival) = channel();
        let mutex = tokio::sync::Mutex::new(());
        let holds = async {
            let _guard = mutex.lock().await;
            yield_now().await;
        };
        let calls = async {
            waits_until_released(
                arrival,
                || token.cancel(),
                || {
                    bridge.call().cancel_on(&token).block_on(async {
                        begun.send(()).unwrap();
                        let _guard = mutex.lock().await;
                    })
                },
            )
        };
        let ((), outcome) = futures::join!(holds, calls);
        assert!(is_cancelled(&outcome), "{outcome:?}");
        // The sibling has gone on.
        bridge.block_on(async { drop(mutex.lock().await) }).unwrap();
    }

    watched(|| {
        current_thread().block_on(branches());
        multi_thread(2).block_on(async { tokio::spawn(branches()).await.unwrap() });
    });
}

#[test]
fn paused_clock_of_the_callers_runtime_does_not_move_the_bridges_timers() {
    watched(|| {
        let bridge = RuntimeBridge::new().unwrap();
        let paused = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        paused.block_on(async {
            let start = tokio::time::Instant::now();
            // The bridge's clock goes, and the caller's stands still.
            bridge.block_on_with(|| tokio::time::sleep(Duration::from_millis(1))).unwrap();
            assert_eq!(start.elapsed(), Duration::ZERO);
            // The caller's clock is moved, and the bridge's is not.
            let mut task = bridge.spawn(async { tokio::time::sleep(LONG).await });
            tokio::time::sleep(2 * LONG).await;
            assert!(start.elapsed() >= 2 * LONG);
            let outcome = task.wait_timeout(MOMENT);
            assert!(matches!(outcome, Err(BridgeError::TimedOut { .. })), "{outcome:?}");
        });
    });
}

/// Waits for a flag, keeps the waker of its first poll only, and tells of each poll.
#[derive(Default)]
struct KeepsFirstWaker {
    waker: Mutex<Option<Waker>>,
    is_set: AtomicBool,
}

impl KeepsFirstWaker {
    fn wait(&self, polls: Sender<()>) -> impl Future<Output = ()> + Send {
        poll_fn(move |cx| {
            if self.is_set.load(Ordering::SeqCst) {
                return Poll::Ready(());
            }
            self.waker.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| cx.waker().clone());
            polls.send(()).unwrap();
            Poll::Pending
        })
    }

    fn set(&self) {
        self.is_set.store(true, Ordering::SeqCst);
        let waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner).take();
        waker.expect("it has been polled").wake();
    }
}

/// The waker of the first poll does nothing. `Runtime::block_on` has one waker for all polls.
#[test]
fn future_that_keeps_the_waker_of_its_first_poll_is_not_woken() {
    watched(|| {
        let runtime = current_thread();
        let (future, (polls, polled)) = (KeepsFirstWaker::default(), channel());
        thread::scope(|scope| {
            let future = &future;
            scope.spawn(move || {
                polled.recv().unwrap();
                future.set();
            });
            runtime.block_on(future.wait(polls));
        });

        let (bridge, token) = (RuntimeBridge::new().unwrap(), CancellationToken::new());
        let (future, (polls, polled)) = (KeepsFirstWaker::default(), channel());
        thread::scope(|scope| {
            let (woken, arrival) = channel();
            let future = &future;
            scope.spawn(move || {
                // Here, and on the worker.
                polled.recv().unwrap();
                polled.recv().unwrap();
                future.set();
                woken.send(()).unwrap();
            });
            // The token wakes the call, whose future sees the flag then.
            let outcome = waits_until_released(
                arrival,
                || token.cancel(),
                || bridge.call().cancel_on(&token).block_on(future.wait(polls)),
            );
            outcome.unwrap();
        });
    });
}

/// Whether the code that asks is polled by a task, and whether another runtime can be blocked on there.
fn look_around(other: &Runtime) -> (bool, bool) {
    let is_task = tokio::task::try_id().is_some();
    let can_block_on = catch_unwind(AssertUnwindSafe(|| other.block_on(async {}))).is_ok();
    (is_task, can_block_on)
}

#[test]
fn first_poll_sees_the_calling_thread_and_later_ones_the_worker() {
    watched(|| {
        let (bridge, other) = (RuntimeBridge::new().unwrap(), current_thread());
        let outcome = bridge.block_on(async {
            let first = look_around(&other);
            yield_now().await;
            (first, look_around(&other))
        });
        assert_eq!(outcome.unwrap(), ((false, true), (true, false)));
    });
}

/// The loop has awaits, and none of them ever waits. The limit is looked at once the future does.
#[test]
fn time_limit_does_not_end_a_future_that_never_yields() {
    watched(|| {
        let bridge = RuntimeBridge::new().unwrap();
        from_each_caller(move || {
            let (is_set, (begun, arrival)) = (AtomicBool::new(false), channel());
            let outcome = waits_until_released(
                arrival,
                || is_set.store(true, Ordering::SeqCst),
                || {
                    bridge.call().timeout(Duration::from_nanos(1)).block_on(async {
                        begun.send(()).unwrap();
                        while !is_set.load(Ordering::SeqCst) {
                            ready(()).await;
                        }
                        pending::<()>().await;
                    })
                },
            );
            assert!(matches!(outcome, Err(BridgeError::TimedOut { .. })), "{outcome:?}");
        });
    });
}

/// Inside a call to another bridge the task cannot be told from any other. A token of that call ends the wait.
#[test]
fn task_waits_for_its_own_handle_inside_a_call_to_another_bridge() {
    watched(|| {
        let (own, other) = (bridge(Flavor::MultiThread), bridge(Flavor::MultiThread));
        let token = CancellationToken::new();
        let (begun, arrival) = channel();
        let (give, given) = oneshot::channel::<BridgedTask<()>>();
        let cancel = token.clone();
        let mut task = own.spawn(async move {
            let mut itself = given.await.unwrap();
            let outcome = other.call().cancel_on(&cancel).block_on(async {
                begun.send(()).unwrap();
                yield_now().await;
                itself.wait()
            });
            assert!(matches!(outcome, Ok(Err(BridgeError::Cancelled { .. }))), "{outcome:?}");
        });
        // The handle that the test keeps: the task has the other one.
        let abort = task.abort_handle();
        let done = own.spawn(async move {
            while !abort.is_finished() {
                yield_now().await;
            }
        });
        waits_until_released(
            arrival,
            || token.cancel(),
            || {
                let handle = std::mem::replace(&mut task, done);
                assert!(give.send(handle).is_ok());
                task.wait().unwrap();
            },
        );
    });
}
