//! Scopes: tasks that borrow, and are over when the scope is, however it ends.

mod support;

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use support::{CountsDrop, Drops, FLAVORS, bridge, from_each_caller, multi_thread, watched};
use sync_bridge::{BridgeError, Flavor, RuntimeBridge, Scope, ScopedTask};
use tokio::sync::{Barrier, Notify};
use tokio::task::yield_now;

const LONG: Duration = Duration::from_secs(3600);

/// Runs a test with a bridge of each flavour, from each of the callers that matter most.
fn with_each_bridge(test: impl Fn(&RuntimeBridge) + Clone + Send + 'static) {
    watched(move || {
        for flavor in FLAVORS {
            let (bridge, test) = (bridge(flavor), test.clone());
            from_each_caller(move || test(&bridge));
        }
    });
}

/// Waits for ever, and says when it is dropped.
async fn stay(_guard: CountsDrop) {
    std::future::pending::<()>().await;
}

/// Panics without a word: nothing of it is to be printed.
fn panics(message: &'static str) -> impl Future<Output = ()> + Send {
    poll_fn(move |_| resume_unwind(Box::new(message)))
}

#[test]
fn tasks_borrow_run_together_and_answer() {
    with_each_bridge(|bridge| {
        let words = [String::from("one"), String::from("three")];
        let mut sum = 0;
        // Nobody passes before both are there.
        let together = Barrier::new(2);
        let lengths = bridge.scope(|scope| {
            let tasks = words.each_ref().map(|word| {
                scope.spawn(async {
                    together.wait().await;
                    word.len()
                })
            });
            tasks.map(|mut task| task.wait().unwrap())
        });
        sum += lengths.unwrap().iter().sum::<usize>();
        assert_eq!(sum, 8);
    });
}

#[test]
fn tasks_that_nobody_waits_for_are_over_when_the_scope_returns() {
    with_each_bridge(|bridge| {
        let drops = Drops::default();
        let mut written = [0; 3];
        let value = bridge.scope(|scope| {
            for (n, slot) in written.iter_mut().enumerate() {
                let guard = drops.guard();
                drop(scope.spawn(async move {
                    let _guard = guard;
                    tokio::time::sleep(Duration::from_millis(2)).await;
                    *slot = n + 1;
                }));
            }
            "returned"
        });
        assert_eq!(value.unwrap(), "returned");
        assert_eq!(drops.count(), 3);
        assert_eq!(written, [1, 2, 3]);
    });
}

#[test]
fn tasks_spawn_and_await_others() {
    fn count_down<'scope>(
        scope: Scope<'scope, '_>,
        seen: &'scope AtomicUsize,
        n: usize,
    ) -> futures::future::BoxFuture<'scope, usize> {
        Box::pin(async move {
            seen.fetch_add(1, Ordering::SeqCst);
            yield_now().await;
            match n {
                0 => 0,
                n => n + scope.spawn(count_down(scope, seen, n - 1)).await.unwrap(),
            }
        })
    }
    with_each_bridge(|bridge| {
        let seen = AtomicUsize::new(0);
        let sum = bridge.scope(|scope| scope.spawn(count_down(scope, &seen, 20)).wait());
        assert_eq!(sum.unwrap().unwrap(), 210);
        assert_eq!(seen.into_inner(), 21);
    });
}

#[test]
fn first_panic_that_nobody_claims_is_the_scopes() {
    with_each_bridge(|bridge| {
        let drops = Drops::default();
        let error = bridge.scope(|scope| {
            let mut claimed = scope.spawn(panics("claimed"));
            assert_eq!(claimed.wait().unwrap_err().panic_message(), Some("claimed"));
            let first = scope.spawn(panics("first"));
            while !first.is_finished() {
                std::thread::yield_now();
            }
            drop(first);
            let guard = drops.guard();
            drop(scope.spawn(async move {
                let _guard = guard;
                yield_now().await;
                panics("second").await;
            }));
        });
        assert_eq!(error.unwrap_err().panic_message(), Some("first"));
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn panic_of_a_destructor_is_the_tasks() {
    struct Fragile;
    impl Drop for Fragile {
        fn drop(&mut self) {
            resume_unwind(Box::new("destructor"));
        }
    }
    with_each_bridge(|bridge| {
        // At its end, when aborted, and when taken back.
        let ended = bridge.scope(|scope| {
            let fragile = Fragile;
            scope.spawn(async move { drop(fragile) }).wait()
        });
        assert_eq!(ended.unwrap().unwrap_err().panic_message(), Some("destructor"));
        let aborted = bridge.scope(|scope| {
            let fragile = Fragile;
            scope
                .spawn(async move {
                    std::future::pending::<()>().await;
                    drop(fragile);
                })
                .abort();
        });
        assert_eq!(aborted.unwrap_err().panic_message(), Some("destructor"));
    });
}

/// Panics when dropped, with a payload that panics when dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        struct Fuse;
        impl Drop for Fuse {
            fn drop(&mut self) {
                if !std::thread::panicking() {
                    resume_unwind(Box::new("fuse"));
                }
            }
        }
        if !std::thread::panicking() {
            resume_unwind(Box::new(Fuse));
        }
    }
}

/// Each future is dropped while what it borrows is there, whatever the destructors do.
#[test]
fn payloads_that_panic_when_dropped_cut_nothing_short() {
    struct Victim<'a>(&'a str, &'a AtomicUsize);
    impl Drop for Victim<'_> {
        fn drop(&mut self) {
            assert_eq!(self.0, "borrowed");
            self.1.fetch_add(1, Ordering::SeqCst);
        }
    }
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let dropped = AtomicUsize::new(0);
            let unwound = catch_unwind(AssertUnwindSafe(|| {
                let text = String::from("borrowed");
                bridge.scope(|scope| -> () {
                    for _ in 0..8 {
                        let (bomb, victim) = (Bomb, Victim(&text, &dropped));
                        drop(scope.spawn(async move {
                            std::future::pending::<()>().await;
                            drop(bomb);
                        }));
                        drop(scope.spawn(async move {
                            std::future::pending::<()>().await;
                            drop(victim);
                        }));
                    }
                    resume_unwind(Box::new("closure"))
                })
            }));
            assert_eq!(unwound.unwrap_err().downcast_ref(), Some(&"closure"));
            assert_eq!(dropped.into_inner(), 8);
        }
    });
}

/// The value of a task may panic when nobody takes it: that is the task's panic, with a context hook and without.
#[test]
fn value_that_nobody_takes_panics_when_dropped() {
    struct Value;
    impl Drop for Value {
        fn drop(&mut self) {
            resume_unwind(Box::new("value"));
        }
    }
    watched(|| {
        let plain = RuntimeBridge::builder();
        let with_hook = RuntimeBridge::builder().with_context(|| |poll: &mut dyn FnMut()| poll());
        for builder in [plain, with_hook] {
            let bridge = builder.build().unwrap();
            let abandoned = Notify::new();
            let outcome = bridge.scope(|scope| {
                drop(scope.spawn(async {
                    abandoned.notified().await;
                    Value
                }));
                abandoned.notify_one();
            });
            assert_eq!(outcome.unwrap_err().panic_message(), Some("value"));
        }
    });
}

/// The tasks go on though the closure blocks the worker that they were spawned on.
#[test]
fn closure_on_the_bridges_own_worker_blocks() {
    watched(|| {
        for workers in [1, 4] {
            let bridge = RuntimeBridge::builder().worker_threads(workers).build().unwrap();
            let inner = bridge.clone();
            let received = bridge.block_on(async move {
                yield_now().await;
                inner.scope(|scope| {
                    let (sender, receiver) = channel();
                    drop(scope.spawn(async move { sender.send(1).unwrap() }));
                    receiver.recv().unwrap()
                })
            });
            assert_eq!(received.unwrap().unwrap(), 1);
        }
    });
}

#[test]
fn panic_of_the_closure_cancels_the_tasks_and_goes_on() {
    with_each_bridge(|bridge| {
        let drops = Drops::default();
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            bridge.scope(|scope| {
                for _ in 0..3 {
                    drop(scope.spawn(stay(drops.guard())));
                }
                resume_unwind(Box::new("closure"))
            })
        }));
        let payload = unwound.map(|outcome: Result<(), _>| outcome).unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&"closure"));
        assert_eq!(drops.count(), 3);
        assert_eq!(
            bridge
                .block_on(async {
                    yield_now().await;
                    1
                })
                .unwrap(),
            1
        );
    });
}

/// How a scope ends before its tasks have.
#[derive(Clone, Copy)]
enum EarlyEnd {
    ClosurePanics,
    ShutDown,
}

impl EarlyEnd {
    const ALL: [Self; 2] = [Self::ClosurePanics, Self::ShutDown];

    /// The last thing that the closure of a scope does.
    fn begin(self, bridge: &RuntimeBridge) {
        match self {
            Self::ClosurePanics => resume_unwind(Box::new("closure")),
            Self::ShutDown => drop(bridge.shutdown(Duration::ZERO)),
        }
    }

    /// Runs a scope to this end, which is its error.
    fn of_scope<'env>(
        self,
        bridge: &RuntimeBridge,
        f: impl for<'scope> FnOnce(Scope<'scope, 'env>),
    ) -> Option<BridgeError> {
        let ended = catch_unwind(AssertUnwindSafe(|| {
            bridge.scope(|scope| {
                f(scope);
                self.begin(bridge);
            })
        }));
        match (self, ended) {
            (Self::ClosurePanics, Err(payload)) => {
                assert_eq!(payload.downcast_ref(), Some(&"closure"));
                None
            }
            (_, ended) => Some(ended.unwrap().unwrap_err()),
        }
    }
}

/// Runs a test of scopes that end early, with a bridge of one thread that nobody else uses: for each caller, the bridge's
/// own worker among them, each flavour, and each end.
fn with_each_early_end(test: impl Fn(&RuntimeBridge, EarlyEnd) + Clone + Send + 'static) {
    let one_thread = |flavor| RuntimeBridge::builder().flavor(flavor).worker_threads(1).build().unwrap();
    watched(move || {
        for end in EarlyEnd::ALL {
            for flavor in FLAVORS {
                let test = test.clone();
                from_each_caller(move || test(&one_thread(flavor), end));
            }
            let bridge = one_thread(Flavor::MultiThread);
            let (inner, test) = (bridge.clone(), test.clone());
            let outcome = bridge.block_on(async move {
                yield_now().await;
                test(&inner, end);
            });
            // The call that the scope is in is cut off with it.
            assert!(matches!((end, outcome), (EarlyEnd::ShutDown, _) | (_, Ok(()))));
        }
    });
}

/// The bridge's only thread is in a poll until each other future, spawned before and after, has been dropped.
#[test]
fn scope_ends_early_while_a_poll_waits_for_the_drop_of_each_other_task() {
    with_each_early_end(|bridge, end| {
        let drops = Drops::default();
        let (enter, entered) = channel();
        let (owned, others) = channel::<()>();
        let others_are_dropped = AtomicUsize::new(0);
        end.of_scope(bridge, |scope| {
            let spawn_others = || {
                for _ in 0..4 {
                    let (owned, guard) = (owned.clone(), drops.guard());
                    drop(scope.spawn(async move {
                        stay(guard).await;
                        drop(owned);
                    }));
                }
            };
            spawn_others();
            let guard = drops.guard();
            let counted = &others_are_dropped;
            drop(scope.spawn(async move {
                let _guard = guard;
                enter.send(()).unwrap();
                // Disconnected, when every sender is gone.
                others.recv().unwrap_err();
                counted.fetch_add(1, Ordering::SeqCst);
                std::future::pending::<()>().await;
            }));
            spawn_others();
            drop(owned);
            entered.recv().unwrap();
        });
        assert_eq!((others_are_dropped.into_inner(), drops.count()), (1, 9));
    });
}

/// The same, when another thread shuts the bridge down while the scope's owner waits for its tasks.
#[test]
fn scope_is_shut_down_while_it_waits_and_a_poll_waits_for_the_drop_of_another_task() {
    watched(|| {
        for flavor in FLAVORS {
            from_each_caller(move || {
                let bridge = RuntimeBridge::builder().flavor(flavor).worker_threads(1).build().unwrap();
                let closer = bridge.clone();
                let (enter, entered) = channel();
                let (owned, other) = channel::<()>();
                std::thread::scope(|threads| {
                    threads.spawn(move || {
                        entered.recv().unwrap();
                        closer.shutdown(Duration::from_millis(1));
                    });
                    let outcome = bridge.scope(|scope| {
                        drop(scope.spawn(async move {
                            let _owned = owned;
                            std::future::pending::<()>().await;
                        }));
                        drop(scope.spawn(async move {
                            enter.send(()).unwrap();
                            other.recv().unwrap_err();
                            std::future::pending::<()>().await;
                        }));
                    });
                    assert!(matches!(outcome, Err(BridgeError::ResponseLost(_))), "{outcome:?}");
                });
            });
        }
    });
}

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        resume_unwind(Box::new("destructor"));
    }
}

/// The scope itself drops the future: the only thread of the bridge is in a poll until then.
#[test]
fn panic_of_a_destructor_at_an_early_end_is_the_scopes() {
    with_each_early_end(|bridge, end| {
        let (enter, entered) = channel();
        let (owned, other) = channel::<()>();
        let error = end.of_scope(bridge, |scope| {
            drop(scope.spawn(async move {
                let _owned = (owned, PanicsWhenDropped);
                enter.send(()).unwrap();
                std::future::pending::<()>().await;
            }));
            entered.recv().unwrap();
            let (enter, entered) = channel();
            drop(scope.spawn(async move {
                enter.send(()).unwrap();
                other.recv().unwrap_err();
            }));
            entered.recv().unwrap();
        });
        assert!(error.is_none_or(|error| error.panic_message() == Some("destructor")));
    });
}

/// The task drops the future, as the poll that the end of the scope waits for is over.
#[test]
fn panic_of_a_destructor_after_a_poll_at_an_early_end_is_the_scopes() {
    with_each_early_end(|bridge, end| {
        let (enter, entered) = channel();
        let (owned, other) = channel::<()>();
        let error = end.of_scope(bridge, |scope| {
            drop(scope.spawn(async move {
                let _owned = owned;
                std::future::pending::<()>().await;
            }));
            drop(scope.spawn(async move {
                let _fragile = PanicsWhenDropped;
                enter.send(()).unwrap();
                other.recv().unwrap_err();
                std::future::pending::<()>().await;
            }));
            entered.recv().unwrap();
        });
        assert!(error.is_none_or(|error| error.panic_message() == Some("destructor")));
    });
}

/// A poll waits for what a task of the runtime of the scope's owner sends, after the scope has dropped another future. No
/// thread can take the owner's place before that.
#[test]
fn worker_goes_on_while_the_early_end_of_a_scope_waits() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = RuntimeBridge::builder().flavor(flavor).worker_threads(1).build().unwrap();
            let mut foreign = tokio::runtime::Builder::new_multi_thread();
            let foreign = foreign.worker_threads(1).max_blocking_threads(1).build().unwrap();
            let ended = foreign.block_on(async move {
                let (occupied, occupying) = tokio::sync::oneshot::channel();
                let (occupant, leave) = channel::<()>();
                drop(tokio::task::spawn_blocking(move || {
                    occupied.send(()).unwrap();
                    leave.recv().unwrap_err();
                }));
                occupying.await.unwrap();
                let (owned, dropped) = tokio::sync::oneshot::channel::<()>();
                let (release, released) = channel();
                tokio::spawn(async move {
                    dropped.await.unwrap_err();
                    release.send(()).unwrap();
                });
                let ended = tokio::spawn(async move {
                    bridge.scope(|scope| {
                        let (enter, entered) = channel();
                        drop(scope.spawn(async move {
                            let _owned = (occupant, owned);
                            std::future::pending::<()>().await;
                        }));
                        drop(scope.spawn(async move {
                            enter.send(()).unwrap();
                            released.recv().unwrap();
                        }));
                        entered.recv().unwrap();
                        resume_unwind(Box::new("closure"))
                    })
                });
                ended.await.map(|outcome: Result<(), _>| outcome)
            });
            assert_eq!(ended.unwrap_err().into_panic().downcast_ref(), Some(&"closure"));
        }
    });
}

/// What a destructor spawns while the scope takes its futures back is dropped at once, and so on.
#[test]
fn destructor_spawns_at_an_early_end() {
    struct SpawnsWhenDropped<'scope, 'env> {
        scope: Scope<'scope, 'env>,
        left: usize,
        spawned: &'scope AtomicUsize,
    }

    impl Drop for SpawnsWhenDropped<'_, '_> {
        fn drop(&mut self) {
            self.spawned.fetch_add(1, Ordering::SeqCst);
            if let Some(left) = self.left.checked_sub(1) {
                let next = SpawnsWhenDropped { left, ..*self };
                let task = self.scope.spawn(stay_with(next));
                assert!(task.is_finished());
            }
        }
    }

    fn stay_with<'scope>(guard: SpawnsWhenDropped<'scope, '_>) -> futures::future::BoxFuture<'scope, ()> {
        Box::pin(async move {
            let _guard = guard;
            std::future::pending::<()>().await;
        })
    }

    watched(|| {
        for end in EarlyEnd::ALL {
            for flavor in FLAVORS {
                let bridge = RuntimeBridge::builder().flavor(flavor).worker_threads(1).build().unwrap();
                let spawned = AtomicUsize::new(0);
                let unwound = catch_unwind(AssertUnwindSafe(|| {
                    bridge.scope(|scope| {
                        let (enter, entered) = channel();
                        let (owned, other) = channel::<()>();
                        let guard = SpawnsWhenDropped { scope, left: 5, spawned: &spawned };
                        drop(scope.spawn(async move {
                            let _owned = (guard, owned);
                            std::future::pending::<()>().await;
                        }));
                        drop(scope.spawn(async move {
                            enter.send(()).unwrap();
                            other.recv().unwrap_err();
                        }));
                        entered.recv().unwrap();
                        end.begin(&bridge);
                    })
                }));
                assert!(!matches!(unwound, Ok(Ok(()))));
                assert_eq!(spawned.into_inner(), 6);
            }
        }
    });
}

/// Nothing wakes a task whose future the scope has taken back: the scope has to abort it.
#[test]
fn tasks_of_a_scope_that_ends_early_leave_the_runtime() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let metrics = bridge.block_on(async { tokio::runtime::Handle::current().metrics() }).unwrap();
            EarlyEnd::ClosurePanics.of_scope(&bridge, |scope| {
                for _ in 0..4 {
                    let (enter, entered) = channel();
                    drop(scope.spawn(async move {
                        enter.send(()).unwrap();
                        std::future::pending::<()>().await;
                    }));
                    entered.recv().unwrap();
                }
            });
            while metrics.num_alive_tasks() > 0 {
                std::thread::yield_now();
            }
        }
    });
}

/// The panic of a task that the panic of the closure hides is dropped in silence, though that panics in turn.
#[test]
fn hidden_panic_of_a_task_has_a_payload_that_panics_when_dropped() {
    struct Payload;
    impl Drop for Payload {
        fn drop(&mut self) {
            resume_unwind(Box::new("payload"));
        }
    }
    with_each_bridge(|bridge| {
        EarlyEnd::ClosurePanics.of_scope(bridge, |scope| {
            let task = scope.spawn(poll_fn(|_| -> std::task::Poll<()> { resume_unwind(Box::new(Payload)) }));
            while !task.is_finished() {
                std::thread::yield_now();
            }
        });
    });
}

#[test]
fn aborted_task_is_dropped_and_says_so() {
    with_each_bridge(|bridge| {
        let drops = Drops::default();
        let (waited, aborted) = bridge
            .scope(|scope| {
                let mut waited = scope.spawn(stay(drops.guard()));
                waited.abort();
                let error = waited.wait().unwrap_err();
                let aborted = scope.spawn(stay(drops.guard()));
                aborted.abort();
                (error, drops.count())
            })
            .unwrap();
        assert!(matches!(waited, BridgeError::ResponseLost(_)) && !waited.is_panic(), "{waited:?}");
        assert!(aborted >= 1);
        assert_eq!(drops.count(), 2);
    });
}

/// By a handle that the task is sent.
#[test]
fn task_that_waits_for_itself_is_told() {
    with_each_bridge(|bridge| {
        let outcomes = bridge.scope(|scope| {
            let (hand_over, handed_over) = tokio::sync::oneshot::channel::<ScopedTask<'_, ()>>();
            let (report, reported) = channel();
            let task = scope.spawn(async move {
                let mut own = handed_over.await.unwrap();
                report.send(own.wait()).unwrap();
                report.send(own.wait_timeout(LONG)).unwrap();
                report.send((&mut own).await).unwrap();
            });
            assert!(hand_over.send(task).is_ok());
            reported.iter().collect::<Vec<_>>()
        });
        let outcomes = outcomes.unwrap();
        assert_eq!(outcomes.len(), 3);
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Err(BridgeError::WouldDeadlock))), "{outcomes:?}");
    });
}

#[test]
fn task_runs_on_when_the_time_runs_out_and_answers_once() {
    with_each_bridge(|bridge| {
        let (release, released) = tokio::sync::oneshot::channel();
        let outcome = bridge.scope(|scope| {
            let mut task = scope.spawn(async { released.await.unwrap() });
            for _ in 0..3 {
                let outcome = task.wait_timeout(Duration::from_millis(1));
                assert!(matches!(outcome, Err(BridgeError::TimedOut { .. })), "{outcome:?}");
            }
            release.send(7).unwrap();
            assert_eq!(task.wait_timeout(LONG).unwrap(), 7);
            assert!(matches!(task.wait(), Err(BridgeError::ResultTaken)));
            assert!(matches!(task.wait_timeout(LONG), Err(BridgeError::ResultTaken)));
            assert!(matches!(scope.spawn(task).wait(), Ok(Err(BridgeError::ResultTaken))));
        });
        outcome.unwrap();
    });
}

#[test]
fn scope_on_the_bridges_own_threads_returns() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let inner = bridge.clone();
            let outcome = bridge
                .block_on(async move {
                    yield_now().await;
                    let mut written = 0;
                    let outcome = inner.scope(|scope| {
                        drop(scope.spawn(async {
                            yield_now().await;
                            written = 7;
                        }));
                    });
                    outcome.map(|()| written)
                })
                .unwrap();
            match flavor {
                Flavor::CurrentThread => assert!(matches!(outcome, Err(BridgeError::WouldDeadlock))),
                _ => assert_eq!(outcome.unwrap(), 7),
            }
        }
    });
}

/// The scope's owner drives one bridge and waits for tasks of another, whose call to the first is refused: not a hang.
#[test]
fn circle_through_a_scope_is_refused() {
    watched(|| {
        let (driven, other) = (bridge(Flavor::CurrentThread), bridge(Flavor::MultiThread));
        let (inner, innermost) = (other.clone(), driven.clone());
        let outcome = driven
            .block_on(async move {
                yield_now().await;
                inner.scope(|scope| scope.spawn(async { innermost.block_on(yield_now()) }).wait())
            })
            .unwrap();
        assert!(matches!(outcome.unwrap().unwrap(), Err(BridgeError::WouldDeadlock)));
    });
}

/// Two driving threads, each at the end of a scope whose task needs the other: one of them is told, and both return.
#[test]
fn circle_through_the_ends_of_two_scopes_is_refused() {
    watched(|| {
        let bridges = FLAVORS.map(|_| bridge(Flavor::CurrentThread));
        let both = Arc::new(std::sync::Barrier::new(2));
        let (answer, answers) = channel();
        for (own, other) in [(0, 1), (1, 0)] {
            let (other, both, answer) = (bridges[other].clone(), Arc::clone(&both), answer.clone());
            drop(bridges[own].spawn(async move {
                let outcome = other.scope(|scope| {
                    drop(scope.spawn(yield_now()));
                    both.wait();
                });
                answer.send(outcome).unwrap();
            }));
        }
        let answers = [answers.recv().unwrap(), answers.recv().unwrap()];
        let count = |is_one: fn(&Result<(), BridgeError>) -> bool| answers.iter().filter(|one| is_one(one)).count();
        assert_eq!(count(|one| matches!(one, Err(BridgeError::WouldDeadlock))), 1, "{answers:?}");
        assert_eq!(count(Result::is_ok), 1, "{answers:?}");
    });
}

/// The only thread of the runtime is busy, so the scope drops the future.
#[test]
fn future_that_a_scope_drops_has_the_context_of_the_bridge() {
    struct TellsOnDrop(Sender<Option<tokio::runtime::Id>>);

    impl Drop for TellsOnDrop {
        fn drop(&mut self) {
            let entered = tokio::runtime::Handle::try_current();
            self.0.send(entered.ok().map(|entered| entered.id())).unwrap();
        }
    }

    with_each_bridge(|bridge| {
        let ((begun, has_begun), (release, released)) = (channel(), channel::<()>());
        let busy = bridge.spawn(async move {
            begun.send(()).unwrap();
            let _ = released.recv();
        });
        has_begun.recv().unwrap();
        let (tell, told) = channel();
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            bridge.scope(|scope| -> () {
                let witness = TellsOnDrop(tell);
                drop(scope.spawn(async move {
                    let _witness = witness;
                    std::future::pending::<()>().await;
                }));
                resume_unwind(Box::new("closure"))
            })
        }));
        assert!(panicked.is_err());
        assert_eq!(told.recv().unwrap(), Some(bridge.handle().id()));
        drop((release, busy));
    });
}

#[test]
fn shutdown_waits_for_a_scope() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let (opened, opening) = channel();
        let leave = Notify::new();
        std::thread::scope(|threads| {
            let owner = threads.spawn(|| {
                bridge.scope(|scope| {
                    let mut task = scope.spawn(async {
                        opened.send(()).unwrap();
                        leave.notified().await;
                        "finished"
                    });
                    // A part of the scope: it is served though the bridge is closed by now.
                    task.wait().unwrap()
                })
            });
            opening.recv().unwrap();
            let closer = threads.spawn(|| bridge.shutdown(LONG));
            while !matches!(bridge.block_on(async {}), Err(BridgeError::WorkerDead)) {
                std::thread::yield_now();
            }
            leave.notify_one();
            assert_eq!(owner.join().unwrap().unwrap(), "finished");
            assert_eq!(closer.join().unwrap().cut_off, 0);
        });
    });
}

#[test]
fn shutdown_cancels_the_tasks_of_a_scope_whose_owner_is_busy() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let drops = Drops::default();
            let outcome = bridge.scope(|scope| {
                let mut task = scope.spawn(stay(drops.guard()));
                assert_eq!(bridge.shutdown(Duration::ZERO).cut_off, 1);
                // The owner does not wait: the task is dropped all the same.
                while drops.count() == 0 {
                    std::thread::yield_now();
                }
                assert!(matches!(task.wait(), Err(BridgeError::WorkerDead | BridgeError::ResponseLost(_))));
                // One that is spawned now is dropped as well, before the owner waits.
                drop(scope.spawn(stay(drops.guard())));
                while drops.count() == 1 {
                    std::thread::yield_now();
                }
            });
            assert!(outcome.is_err());
            assert_eq!(drops.count(), 2);
            assert!(matches!(bridge.scope(|_| ()), Err(BridgeError::WorkerDead)));
        }
    });
}

/// It has lost nothing by the shutdown.
#[test]
fn shutdown_does_not_cancel_a_scope_whose_tasks_are_over() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let outcome = bridge.scope(|scope| {
                let mut task = scope.spawn(async { 7 });
                let abort = task.abort_handle();
                let value = task.wait().unwrap();
                // The task ends a moment after its future.
                while !abort.is_finished() {
                    std::thread::yield_now();
                }
                assert_eq!(bridge.shutdown(Duration::ZERO).cut_off, 1);
                value
            });
            assert_eq!(outcome.unwrap(), 7);
        }
    });
}

#[test]
fn scope_counts_as_in_flight_while_it_is_open() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        bridge
            .scope(|scope| {
                assert_eq!(bridge.metrics().in_flight, 1);
                scope.spawn(yield_now()).wait().unwrap();
            })
            .unwrap();
        assert_eq!(bridge.metrics().in_flight, 0);
    });
}

#[test]
fn foreign_worker_goes_on_while_a_scope_waits() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        // One worker: what sends runs only if the scope, on that worker, lets it.
        let runtime = multi_thread(1);
        runtime.block_on(async {
            let (sender, receiver) = tokio::sync::oneshot::channel();
            let owner = tokio::spawn(async move {
                tokio::spawn(async move { sender.send(5).unwrap() });
                bridge.scope(|scope| scope.spawn(async { receiver.await.unwrap() }).wait())
            });
            assert_eq!(owner.await.unwrap().unwrap().unwrap(), 5);
        });
    });
}

#[test]
fn bridge_ends_after_a_scope_that_was_cancelled() {
    watched(|| {
        for flavor in FLAVORS {
            let drops = Drops::default();
            let bridge = bridge(flavor);
            let kept = drops.guard();
            drop(bridge.spawn(stay(kept)));
            let _ = catch_unwind(AssertUnwindSafe(|| {
                bridge.scope(|scope| -> () {
                    drop(scope.spawn(std::future::pending::<()>()));
                    resume_unwind(Box::new("closure"))
                })
            }));
            drop(bridge);
            // The runtime ends, and drops its tasks: no task of the scope keeps the bridge alive.
            while drops.count() == 0 {
                std::thread::yield_now();
            }
        }
    });
}
