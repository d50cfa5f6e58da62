//! What a thread does while it waits: checks that may end the call, and a guard that is held while the thread is parked.

mod support;

use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::io::Read;
use std::ops::ControlFlow;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use support::{Drops, FLAVORS, bridge, current_thread, from_each_caller, multi_thread, watched};
use sync_bridge::{BridgeError, BridgedTask, CallOptions, Flavor, RuntimeBridge, ScopedTask};
use tokio::task::yield_now;
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_millis(1);
const LONG: Duration = Duration::from_secs(3600);

/// The threads on which a check has run.
type Looks = Arc<Mutex<Vec<ThreadId>>>;

/// A bridge whose check breaks at its third run, and then at each.
fn interrupted_bridge(flavor: Flavor) -> (RuntimeBridge, Looks) {
    let looks = Looks::default();
    let seen = Arc::clone(&looks);
    let builder = RuntimeBridge::builder().flavor(flavor).while_waiting(EVERY, move || {
        let mut seen = seen.lock().unwrap();
        seen.push(thread::current().id());
        if seen.len() < 3 { ControlFlow::Continue(()) } else { ControlFlow::Break("third look") }
    });
    (builder.build().unwrap(), looks)
}

fn is_interrupted(error: &BridgeError, expected: &str) -> bool {
    matches!(error, BridgeError::Interrupted { reason } if reason.to_string() == expected)
}

type Way = fn(&RuntimeBridge, &Drops) -> Result<(), BridgeError>;

/// Something that is dropped with a future that never ends.
fn never(drops: &Drops) -> impl Future<Output = ()> + Send + use<> {
    let dropped = drops.guard();
    async move {
        let _dropped = dropped;
        pending::<()>().await;
    }
}

/// Reads for ever.
struct Silent(#[expect(dead_code, reason = "kept for its drop")] support::CountsDrop);

impl tokio::io::AsyncRead for Silent {
    fn poll_read(
        self: std::pin::Pin<&mut Self>,
        _cx: &mut std::task::Context<'_>,
        _buf: &mut tokio::io::ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Poll::Pending
    }
}

/// Each way to wait. What waits is dropped once before the call returns, or with the adapter.
const WAYS: [Way; 13] = [
    |bridge, drops| bridge.block_on(never(drops)),
    |bridge, drops| bridge.block_on_with(|| never(drops)),
    |bridge, drops| bridge.block_on_local(|| never(drops)),
    |bridge, drops| bridge.call().timeout(LONG).block_on(never(drops)),
    |bridge, drops| {
        let never = never(drops);
        bridge.block_on(async {
            yield_now().await;
            never.await;
        })
    },
    |bridge, drops| {
        let guard = drops.guard();
        let stream = futures::stream::poll_fn(move |_| {
            let _kept = &guard;
            Poll::<Option<()>>::Pending
        });
        bridge.iter(stream).next().transpose().map(drop)
    },
    |bridge, drops| {
        let error = bridge.reader(Silent(drops.guard())).read(&mut [0]).unwrap_err();
        Err(error.downcast::<BridgeError>().unwrap())
    },
    |bridge, drops| {
        drop(drops.guard());
        let mut task = bridge.spawn(pending());
        let waited = task.wait();
        task.abort();
        waited
    },
    |bridge, drops| {
        drop(drops.guard());
        bridge.scope(|scope| {
            let mut task = scope.spawn(pending());
            let waited = task.wait_timeout(LONG);
            task.abort();
            waited
        })?
    },
    |bridge, drops| {
        drop(drops.guard());
        let mut tasks = vec![bridge.spawn(pending::<()>()), bridge.spawn(pending())];
        let waited = BridgedTask::wait_first(&mut tasks);
        tasks.iter().for_each(BridgedTask::abort);
        waited.map(drop)
    },
    |bridge, drops| {
        drop(drops.guard());
        let mut tasks = vec![bridge.spawn(pending::<()>()), bridge.spawn(async {})];
        let waited = BridgedTask::wait_all_timeout(&mut tasks, LONG);
        tasks.iter().for_each(BridgedTask::abort);
        waited.map(drop)
    },
    |bridge, drops| {
        drop(drops.guard());
        bridge.scope(|scope| {
            let mut tasks = vec![scope.spawn(pending::<()>()), scope.spawn(pending())];
            let waited = ScopedTask::wait_all(&mut tasks);
            tasks.iter().for_each(ScopedTask::abort);
            waited.map(drop)
        })?
    },
    |bridge, drops| bridge.scope(|scope| drop(scope.spawn(never(drops)))),
];

/// Runs `f` in one call after another of these callers: with no runtime, on a current-thread runtime, in a `LocalSet`, on a
/// worker, on a blocking thread, and on a thread and a worker of the bridge if that can wait for itself.
fn from_many_callers(own: &RuntimeBridge, flavor: Flavor, f: impl Fn() + Clone + Send + Sync + 'static) {
    from_each_caller(f.clone());
    tokio::task::LocalSet::new().block_on(&current_thread(), async { f() });
    let blocking = f.clone();
    multi_thread(1).block_on(async move { tokio::task::spawn_blocking(blocking).await.unwrap() });
    let blocking = f.clone();
    own.block_on(async move { tokio::task::spawn_blocking(blocking).await.unwrap() }).unwrap();
    if flavor == Flavor::MultiThread {
        own.block_on(async {
            yield_now().await;
            f();
        })
        .unwrap();
        own.block_on(async { f() }).unwrap();
    }
}

#[test]
fn check_of_the_bridge_ends_every_way_to_wait() {
    watched(|| {
        for flavor in FLAVORS {
            let (bridge, looks) = interrupted_bridge(flavor);
            // Not the bridge itself: the check would end that call too.
            let f = move || {
                for (number, way) in WAYS.into_iter().enumerate() {
                    looks.lock().unwrap().clear();
                    let drops = Drops::default();
                    let error = way(&bridge, &drops).unwrap_err();
                    assert!(is_interrupted(&error, "third look"), "{flavor:?}, {number}: {error:?}");
                    assert_eq!(drops.count(), 1, "{flavor:?}, {number}");
                    let seen = looks.lock().unwrap();
                    assert!(seen.len() >= 3 && seen.iter().all(|thread| *thread == thread::current().id()));
                }
            };
            let other = support::bridge(flavor);
            from_many_callers(&other, flavor, f);
        }
    });
}

#[test]
fn check_of_the_bridge_ends_a_call_of_its_own_worker() {
    watched(|| {
        let quit = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&quit);
        let worker = Arc::new(Mutex::new(None));
        let expected = Arc::clone(&worker);
        // Ends calls of the worker only, so that the outer one goes on.
        let bridge = RuntimeBridge::builder().while_waiting(EVERY, move || {
            let is_worker = *expected.lock().unwrap() == Some(thread::current().id());
            if is_worker && flag.load(Ordering::SeqCst) {
                ControlFlow::Break("quit")
            } else {
                ControlFlow::Continue(())
            }
        });
        let bridge = bridge.build().unwrap();
        for way in WAYS {
            let drops = Drops::default();
            let error = bridge.block_on(async {
                yield_now().await;
                *worker.lock().unwrap() = Some(thread::current().id());
                quit.store(true, Ordering::SeqCst);
                let error = way(&bridge, &drops).unwrap_err();
                *worker.lock().unwrap() = None;
                error
            });
            let error = error.unwrap();
            assert!(is_interrupted(&error, "quit"), "{error:?}");
            assert_eq!(drops.count(), 1);
        }
    });
}

/// Options with a check of the call that breaks at its third run.
fn interrupted_call(bridge: &RuntimeBridge) -> CallOptions<'_> {
    let mut looks = 0;
    let caller = thread::current().id();
    bridge.call().while_waiting(EVERY, move || {
        assert_eq!(thread::current().id(), caller);
        looks += 1;
        if looks < 3 { ControlFlow::Continue(()) } else { ControlFlow::Break(format!("look {looks}")) }
    })
}

#[test]
fn check_of_a_call_ends_it() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let own = bridge.clone();
            let f = move || {
                let drops = Drops::default();
                let outcomes = [
                    interrupted_call(&bridge).block_on(never(&drops)),
                    interrupted_call(&bridge).block_on_with(|| never(&drops)),
                    interrupted_call(&bridge).block_on_local(|| never(&drops)),
                    interrupted_call(&bridge).iter(futures::stream::pending()).next().unwrap(),
                    interrupted_call(&bridge)
                        .reader(Silent(drops.guard()))
                        .read(&mut [0])
                        .map(drop)
                        .map_err(|error| error.downcast::<BridgeError>().unwrap()),
                    // Always ready at its awaits.
                    interrupted_call(&bridge).block_on(async {
                        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
                        loop {
                            sender.send(()).unwrap();
                            receiver.recv().await;
                        }
                    }),
                ];
                for outcome in outcomes {
                    let error = outcome.unwrap_err();
                    assert!(is_interrupted(&error, "look 3"), "{error:?}");
                }
                assert_eq!(drops.count(), 4);
            };
            from_many_callers(&own, flavor, f);
        }
    });
}

/// The nested call blocks the poll of the outer one: it has to end first.
#[test]
fn check_of_a_call_ends_the_calls_of_its_future() {
    watched(|| {
        for flavor in FLAVORS {
            let (outer, inner) = (bridge(flavor), bridge(Flavor::MultiThread));
            from_each_caller(move || {
                for way in WAYS {
                    let drops = Drops::default();
                    let nested = || is_interrupted(&way(&inner, &drops).unwrap_err(), "look 3");
                    // In its first poll, on the thread that made it; later, on a worker; and where it stays on a thread.
                    let outcomes = [
                        interrupted_call(&outer).block_on(async { nested() }),
                        interrupted_call(&outer).block_on(async {
                            yield_now().await;
                            nested()
                        }),
                        interrupted_call(&outer).block_on_local(|| async { nested() }),
                    ];
                    for outcome in outcomes {
                        // An output that is there counts.
                        assert!(outcome.is_ok_and(|is_interrupted| is_interrupted));
                    }
                    assert_eq!(drops.count(), 3);
                    let outcome = interrupted_call(&outer).block_on(async {
                        nested();
                        pending::<()>().await;
                    });
                    assert!(is_interrupted(&outcome.unwrap_err(), "look 3"));
                }
            });
        }
    });
}

#[test]
fn panic_of_a_check_ends_the_call() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = RuntimeBridge::builder()
                .flavor(flavor)
                .while_waiting(EVERY, || -> ControlFlow<&str> { std::panic::resume_unwind(Box::new("broken check")) })
                .build()
                .unwrap();
            from_each_caller(move || {
                for way in WAYS {
                    let drops = Drops::default();
                    assert_eq!(way(&bridge, &drops).unwrap_err().panic_message(), Some("broken check"));
                    assert_eq!(drops.count(), 1);
                }
            });
        }
    });
}

#[test]
fn check_does_not_run_if_nothing_waits() {
    watched(|| {
        let (bridge, looks) = interrupted_bridge(Flavor::MultiThread);
        let f = move || {
            for _ in 0..100 {
                assert_eq!(bridge.block_on(async { 1 }).unwrap(), 1);
                assert_eq!(bridge.iter(futures::stream::iter([2])).next().unwrap().unwrap(), 2);
            }
            assert!(looks.lock().unwrap().is_empty());
        };
        // Where the future is polled first on the thread that makes the call.
        f();
        multi_thread(1).block_on(async move { tokio::spawn(async move { f() }).await.unwrap() });
    });
}

/// What has eaten the token of the answer is the check.
#[test]
fn check_that_parks_loses_no_answer() {
    watched(|| {
        for flavor in FLAVORS {
            let builder = RuntimeBridge::builder().flavor(flavor).while_waiting(Duration::ZERO, || {
                thread::park_timeout(Duration::from_millis(2));
                ControlFlow::<&str>::Continue(())
            });
            let bridge = builder.build().unwrap();
            from_each_caller(move || {
                for _ in 0..20 {
                    bridge.block_on_with(|| tokio::time::sleep(EVERY)).unwrap();
                    bridge.block_on_local(|| tokio::time::sleep(EVERY)).unwrap();
                    bridge.scope(|scope| drop(scope.spawn(async { tokio::time::sleep(EVERY).await }))).unwrap();
                    let token = CancellationToken::new();
                    let canceller = token.clone();
                    let cancels = thread::spawn(move || {
                        thread::sleep(EVERY);
                        canceller.cancel();
                    });
                    let outcome = bridge.call().cancel_on(&token).block_on(pending::<()>());
                    assert!(matches!(outcome, Err(BridgeError::Cancelled { .. })));
                    cancels.join().unwrap();
                }
            });
        }
    });
}

/// A token of the code around a scope is cancelled while the hooks of its wait park.
#[test]
fn hooks_that_park_lose_no_cancellation_of_a_scope() {
    /// Eats the token of whatever has just happened.
    struct Parks;

    impl Parks {
        fn park() -> Self {
            thread::park_timeout(Duration::from_millis(30));
            Self
        }
    }

    impl Drop for Parks {
        fn drop(&mut self) {
            thread::park_timeout(Duration::from_millis(2));
        }
    }

    watched(|| {
        for flavor in FLAVORS {
            let slow = || {
                RuntimeBridge::builder().flavor(flavor).on_slow_call(EVERY, |_| drop(Parks::park())).build().unwrap()
            };
            let guarded = || RuntimeBridge::builder().flavor(flavor).around_wait(Parks::park).build().unwrap();
            for bridge in [slow(), guarded()] {
                from_each_caller(move || {
                    let token = CancellationToken::new();
                    let canceller = token.clone();
                    let cancels = thread::spawn(move || {
                        thread::sleep(2 * EVERY);
                        canceller.cancel();
                    });
                    let outcome = bridge
                        .call()
                        .cancel_on(&token)
                        .within(|| bridge.scope(|scope| drop(scope.spawn(pending::<()>()))));
                    assert!(matches!(outcome, Err(BridgeError::Cancelled { .. })), "{outcome:?}");
                    cancels.join().unwrap();
                });
            }
        }
    });
}

#[test]
fn check_makes_calls_of_its_own() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                let inner = bridge.clone();
                let call = bridge.call().while_waiting(EVERY, move || {
                    let answer = inner.block_on(async {
                        yield_now().await;
                        5
                    });
                    ControlFlow::<String>::Break(format!("{answer:?}"))
                });
                let error = call.block_on(pending::<()>()).unwrap_err();
                assert!(is_interrupted(&error, "Ok(5)"), "{error:?}");
            });
        }
    });
}

thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
}

/// How many guards are held, by all threads.
static ALL_HELD: AtomicUsize = AtomicUsize::new(0);

struct Held;

impl Held {
    fn new() -> Self {
        HELD.set(HELD.get() + 1);
        ALL_HELD.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        HELD.set(HELD.get() - 1);
        ALL_HELD.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Ends once a thread that waits holds its guard.
async fn until_held() {
    poll_fn(|cx| {
        // Neither does the thread that polls, nor the one that checks.
        assert_eq!(HELD.get(), 0);
        cx.waker().wake_by_ref();
        if ALL_HELD.load(Ordering::SeqCst) > 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

#[test]
fn guard_is_held_while_the_thread_is_parked_and_nowhere_else() {
    watched(|| {
        for flavor in FLAVORS {
            let builder = RuntimeBridge::builder().flavor(flavor).around_wait(Held::new).while_waiting(EVERY, || {
                assert_eq!(HELD.get(), 0);
                ControlFlow::<&str>::Continue(())
            });
            let bridge = builder.build().unwrap();
            let own = bridge.clone();
            let f = move || {
                let tokio = multi_thread(1);
                assert_eq!(HELD.get(), 0);
                bridge.block_on(async { assert_eq!(HELD.get(), 0) }).unwrap();
                bridge.block_on(until_held()).unwrap();
                // Polled here: somebody else sees that the guard is held.
                bridge.block_on_local(|| tokio.spawn(until_held())).unwrap().unwrap();
                bridge.spawn(until_held()).wait().unwrap();
                bridge.scope(|scope| drop(scope.spawn(until_held()))).unwrap();
                assert_eq!(HELD.get(), 0);
                tokio.shutdown_background();
            };
            f();
            let blocking = f.clone();
            multi_thread(1).block_on(async move { tokio::task::spawn_blocking(blocking).await.unwrap() });
            // A shutdown waits for the call, whose future ends when the shutdown holds its guard.
            let (enter, entered) = std::sync::mpsc::channel();
            let bridge = own.clone();
            let call = thread::spawn(move || {
                bridge.block_on_local(|| async move {
                    enter.send(()).unwrap();
                    until_held().await;
                })
            });
            entered.recv().unwrap();
            assert_eq!(own.shutdown(LONG).finished, 1);
            call.join().unwrap().unwrap();
        }
    });
}

#[test]
fn panic_of_the_guard_ends_the_call() {
    struct Broken;
    impl Drop for Broken {
        fn drop(&mut self) {
            if !thread::panicking() {
                std::panic::resume_unwind(Box::new("broken guard"));
            }
        }
    }
    watched(|| {
        for flavor in FLAVORS {
            let before = RuntimeBridge::builder().flavor(flavor).around_wait(|| {
                std::panic::resume_unwind(Box::new("broken guard"));
            });
            let after = RuntimeBridge::builder().flavor(flavor).around_wait(|| Broken);
            for (bridge, is_broken_before) in [(before.build().unwrap(), true), (after.build().unwrap(), false)] {
                from_each_caller(move || {
                    for (number, way) in WAYS.into_iter().enumerate() {
                        let drops = Drops::default();
                        // Something else must end the wait if the guard breaks only afterwards.
                        let error = bridge.call().timeout(Duration::from_millis(50)).within(|| way(&bridge, &drops));
                        let error = error.unwrap_err();
                        let is_broken = error.panic_message() == Some("broken guard");
                        let is_late = !is_broken_before && matches!(error, BridgeError::TimedOut { .. });
                        assert!(is_broken || is_late, "{number} {error:?}");
                        assert_eq!(drops.count(), 1, "{number} {error:?}");
                    }
                    let error = bridge.block_on_with(|| tokio::time::sleep(EVERY)).err();
                    assert!(error.is_none_or(|error| error.panic_message() == Some("broken guard")));
                });
            }
        }
    });
}

#[test]
fn limits_of_a_piece_of_code_end_its_calls() {
    watched(|| {
        for flavor in FLAVORS {
            let (bridge, other) = (bridge(flavor), bridge(Flavor::MultiThread));
            from_each_caller(move || {
                for (number, bridge) in (0..WAYS.len()).flat_map(|way| [(way, &bridge), (way, &other)]) {
                    let way = WAYS[number];
                    let drops = Drops::default();
                    let call = |options: CallOptions<'_>| options.within(|| way(bridge, &drops)).unwrap_err();
                    assert!(matches!(call(other.call().timeout(5 * EVERY)), BridgeError::TimedOut { .. }));
                    let deadline = Instant::now() + 5 * EVERY;
                    assert!(matches!(call(other.call().deadline(deadline)), BridgeError::TimedOut { .. }));
                    let token = CancellationToken::new();
                    let canceller = token.clone();
                    let cancels = thread::spawn(move || canceller.cancel());
                    assert!(matches!(call(other.call().cancel_on(&token)), BridgeError::Cancelled { .. }));
                    cancels.join().unwrap();
                    let error = call(interrupted_call(&other));
                    assert!(is_interrupted(&error, "look 3"), "{number}: {error:?}");
                    // All the calls together have the time, and the outer limits hold too.
                    let outcome = other.call().timeout(5 * EVERY).within(|| {
                        let first = call(other.call().timeout(LONG));
                        assert!(matches!(first, BridgeError::TimedOut { .. }));
                        call(other.call())
                    });
                    assert!(matches!(outcome, BridgeError::TimedOut { .. }));
                    assert_eq!(drops.count(), 6, "{number}");
                }
                // Afterwards there are none, nor on another thread.
                other.call().timeout(Duration::ZERO).within(|| {
                    let other = other.clone();
                    thread::spawn(move || other.block_on_with(|| tokio::time::sleep(EVERY)).unwrap()).join().unwrap();
                });
                other.block_on_with(|| tokio::time::sleep(EVERY)).unwrap();
            });
        }
    });
}

#[test]
fn limits_of_a_piece_of_code_end_with_a_panic() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            bridge.call().timeout(Duration::ZERO).within(|| std::panic::resume_unwind(Box::new("f")))
        }));
        assert!(unwound.is_err());
        // Of the check: the calls end, and then the code.
        let mut has_gone_on = false;
        let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let call = bridge
                .call()
                .while_waiting(EVERY, || -> ControlFlow<&str> { std::panic::resume_unwind(Box::new("broken check")) });
            call.within(|| {
                assert!(matches!(bridge.block_on(pending::<()>()), Err(BridgeError::Cancelled { .. })));
                has_gone_on = true;
            });
        }));
        assert_eq!(unwound.unwrap_err().downcast_ref(), Some(&"broken check"));
        assert!(has_gone_on);
        bridge.block_on_with(|| tokio::time::sleep(EVERY)).unwrap();
    });
}

#[test]
fn piece_of_code_that_is_interrupted_makes_no_more_calls_that_wait() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        interrupted_call(&bridge).within(|| {
            for _ in 0..2 {
                assert!(is_interrupted(&bridge.block_on(pending::<()>()).unwrap_err(), "look 3"));
                assert_eq!(bridge.block_on(async { 1 }).unwrap(), 1);
            }
        });
    });
}

#[test]
fn deadline_spans_all_items() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                let ticks = || {
                    futures::stream::unfold((), |()| async {
                        tokio::time::sleep(EVERY).await;
                        Some(((), ()))
                    })
                };
                let deadline = Instant::now() + 20 * EVERY;
                let items: Vec<_> = bridge.call().deadline(deadline).iter(Box::pin(ticks())).collect();
                let (last, items) = items.split_last().unwrap();
                assert!(items.iter().all(Result::is_ok) && matches!(last, Err(BridgeError::TimedOut { .. })));
                assert!(Instant::now() >= deadline);
                // The earlier of a deadline and a time limit counts, and both replace the limit of the bridge.
                let limited = RuntimeBridge::builder().default_timeout(Duration::ZERO).build().unwrap();
                let call = limited.call().deadline(Instant::now() + LONG);
                call.block_on_with(|| tokio::time::sleep(EVERY)).unwrap();
                let call = limited.call().deadline(Instant::now() + LONG).timeout(EVERY);
                assert!(matches!(call.block_on(pending::<()>()), Err(BridgeError::TimedOut { .. })));
                let past = Instant::now();
                assert!(matches!(
                    bridge.call().deadline(past).block_on(pending::<()>()),
                    Err(BridgeError::TimedOut { .. })
                ));
                assert_eq!(bridge.call().deadline(past).block_on(async { 1 }).unwrap(), 1);
            });
        }
    });
}

/// Every thread of the pool waits for a job that is in the queue behind it.
#[test]
fn threads_of_a_rayon_pool_wait_for_each_others_work() {
    watched(|| {
        let builder = RuntimeBridge::builder().while_waiting(Duration::from_micros(100), || {
            rayon::yield_now();
            ControlFlow::<&str>::Continue(())
        });
        let bridge = builder.build().unwrap();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let sum = AtomicUsize::new(0);
        pool.scope(|scope| {
            for number in 0..8 {
                let (bridge, sum) = (&bridge, &sum);
                scope.spawn(move |scope| {
                    let (answer, question) = tokio::sync::oneshot::channel();
                    scope.spawn(move |_| answer.send(number).unwrap());
                    sum.fetch_add(bridge.block_on(question).unwrap().unwrap(), Ordering::SeqCst);
                });
            }
        });
        assert_eq!(sum.into_inner(), 28);
    });
}

#[test]
fn futures_that_end_while_the_check_runs_return_their_output() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let (send, receive) = std::sync::mpsc::channel::<tokio::sync::oneshot::Sender<u8>>();
        let receive = Mutex::new(receive);
        let call = bridge.call().while_waiting(EVERY, move || {
            if let Ok(answer) = receive.lock().unwrap().try_recv() {
                answer.send(9).unwrap();
                // The future has ended by then.
                thread::sleep(20 * EVERY);
            }
            ControlFlow::Break("too late")
        });
        let outcome = call.block_on(async {
            let (answer, question) = tokio::sync::oneshot::channel();
            send.send(answer).unwrap();
            pin!(question).await.unwrap()
        });
        assert_eq!(outcome.unwrap(), 9);
    });
}
