//! The end of a bridge on a runtime of the program's own, and the end of this runtime: every caller is answered, and what is
//! the program's goes on.

mod support;

use std::future::pending;
use std::io::{self, Read};
use std::pin::Pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::Duration;

use futures::{StreamExt, stream};
use support::{CountsDrop, Drops, current_thread, multi_thread, printed_panics, watched};
use sync_bridge::{BridgeError, BridgedTask, RuntimeBridge, Shutdown};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::runtime::Runtime;
use tokio::task::yield_now;

const LONG: Duration = Duration::from_secs(3600);

/// What a caller waits for: it says so at its second poll, and waits for ever.
async fn waits_for_ever(owned: CountsDrop, waits: Sender<()>) {
    let _owned = owned;
    yield_now().await;
    waits.send(()).unwrap();
    loop {
        pending::<()>().await;
    }
}

/// The same, with a timer of the runtime. For calls whose future a worker polls: what polls a timer on another thread, while
/// the runtime ends, may meet a panic of tokio.
async fn sleeps_for_ever(owned: CountsDrop, waits: Sender<()>) {
    let _owned = owned;
    yield_now().await;
    waits.send(()).unwrap();
    loop {
        tokio::time::sleep(Duration::from_micros(100)).await;
    }
}

/// A source of bytes that never come.
struct Silent(Pin<Box<dyn Future<Output = ()> + Send>>);

impl AsyncRead for Silent {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.0.as_mut().poll(cx).map(Ok)
    }
}

type Wait = fn(RuntimeBridge, Drops, Sender<()>) -> Result<(), BridgeError>;

/// Every way to wait. None returns before the bridge or its runtime ends.
const WAITS: &[(&str, Wait)] = &[
    ("call", |bridge, drops, waits| bridge.block_on(waits_for_ever(drops.guard(), waits))),
    ("call with a timer", |bridge, drops, waits| bridge.block_on(sleeps_for_ever(drops.guard(), waits))),
    ("call with a time limit", |bridge, drops, waits| {
        bridge.call().timeout(LONG).block_on(waits_for_ever(drops.guard(), waits))
    }),
    ("local call", |bridge, drops, waits| bridge.block_on_local(|| waits_for_ever(drops.guard(), waits))),
    ("scope", |bridge, drops, waits| {
        bridge.scope(|scope| scope.spawn(waits_for_ever(drops.guard(), waits)).wait()).and_then(|waited| waited)
    }),
    ("end of a scope", |bridge, drops, waits| {
        bridge.scope(|scope| drop(scope.spawn(waits_for_ever(drops.guard(), waits))))
    }),
    ("iterator", |bridge, drops, waits| {
        bridge.iter(stream::once(waits_for_ever(drops.guard(), waits)).boxed()).next().unwrap()
    }),
    ("prefetching iterator", |bridge, drops, waits| {
        bridge.iter(stream::once(waits_for_ever(drops.guard(), waits))).with_prefetch(4).next().unwrap()
    }),
    ("reader", |bridge, drops, waits| {
        let silent = Silent(Box::pin(waits_for_ever(drops.guard(), waits)));
        let error = bridge.reader(silent).read(&mut [0]).unwrap_err();
        Err(error.downcast().expect("the bridge has failed, and nothing else"))
    }),
    ("task", |bridge, drops, waits| bridge.spawn(waits_for_ever(drops.guard(), waits)).wait()),
    ("first of the tasks", |bridge, drops, waits| {
        let mut tasks = vec![bridge.spawn(waits_for_ever(drops.guard(), waits)), bridge.spawn(pending())];
        let (_, ended) = BridgedTask::wait_first(&mut tasks)?.unwrap();
        ended
    }),
    ("value on a thread of its own", |bridge, drops, waits| {
        bridge.keep_local(|| ())?.block_on(async |()| waits_for_ever(drops.guard(), waits).await)
    }),
    ("future of another bridge", |bridge, drops, waits| {
        let other = RuntimeBridge::new().unwrap();
        other.block_on(async {
            yield_now().await;
            bridge.block_on(waits_for_ever(drops.guard(), waits))
        })?
    }),
];

/// The same on threads of other runtimes.
const ELSEWHERE: &[(&str, Wait)] = &[
    ("task, awaited on another runtime", |bridge, drops, waits| {
        current_thread().block_on(bridge.spawn(waits_for_ever(drops.guard(), waits)))
    }),
    ("current-thread root", |bridge, drops, waits| {
        current_thread().block_on(async { bridge.block_on(sleeps_for_ever(drops.guard(), waits)) })
    }),
    ("current-thread root, local", |bridge, drops, waits| {
        current_thread().block_on(async { bridge.block_on_local(|| waits_for_ever(drops.guard(), waits)) })
    }),
    ("task of another runtime", |bridge, drops, waits| {
        let call = async move { bridge.block_on(sleeps_for_ever(drops.guard(), waits)) };
        multi_thread(1).block_on(async { tokio::spawn(call).await.unwrap() })
    }),
];

struct Waiting {
    name: &'static str,
    thread: JoinHandle<Result<(), BridgeError>>,
    waits: Receiver<()>,
}

/// Starts every way to wait on a thread of its own, and returns when all of them wait.
fn start_all(bridge: &RuntimeBridge, drops: &Drops) -> Vec<Waiting> {
    let start = |&(name, wait): &(&'static str, Wait)| {
        let (arrive, waits) = channel();
        let (bridge, drops) = (bridge.clone(), drops.clone());
        Waiting { name, thread: std::thread::spawn(move || wait(bridge, drops, arrive)), waits }
    };
    let all: Vec<_> = WAITS.iter().chain(ELSEWHERE).map(start).collect();
    for waiting in &all {
        waiting.waits.recv().unwrap();
    }
    all
}

fn all_are_answered(waiting: Vec<Waiting>, drops: &Drops) {
    let owned = waiting.len();
    for Waiting { name, thread, .. } in waiting {
        let answer = thread.join().unwrap();
        assert!(matches!(answer, Err(BridgeError::ResponseLost(_))), "{name}: {answer:?}");
        assert!(!answer.unwrap_err().is_panic(), "{name}");
    }
    until(|| drops.count() == owned);
    assert!(printed_panics().is_empty());
}

/// What ends, ends a moment later, on another thread.
fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        std::thread::yield_now();
    }
}

/// A task of the program's that answers, as long as it and its runtime are there.
struct Witness {
    ask: tokio::sync::mpsc::Sender<tokio::sync::oneshot::Sender<u8>>,
}

impl Witness {
    fn spawn(runtime: &Runtime) -> Self {
        let (ask, mut asked) = tokio::sync::mpsc::channel::<tokio::sync::oneshot::Sender<u8>>(1);
        runtime.spawn(async move {
            while let Some(answer) = asked.recv().await {
                tokio::time::sleep(Duration::from_millis(1)).await;
                answer.send(7).unwrap();
            }
        });
        Self { ask }
    }

    fn goes_on(&self) {
        let (answer, answered) = tokio::sync::oneshot::channel();
        self.ask.blocking_send(answer).unwrap();
        assert_eq!(answered.blocking_recv(), Ok(7));
    }
}

fn is_refused(bridge: &RuntimeBridge) {
    assert!(matches!(bridge.block_on(async { 1 }), Err(BridgeError::WorkerDead)));
    assert!(matches!(bridge.block_on_local(|| async { 1 }), Err(BridgeError::WorkerDead)));
    assert!(matches!(bridge.call().timeout(LONG).block_on(async { 1 }), Err(BridgeError::WorkerDead)));
    assert!(matches!(bridge.scope(|_| 1), Err(BridgeError::WorkerDead)));
    assert!(matches!(bridge.spawn(async { 1 }).wait(), Err(BridgeError::WorkerDead)));
    assert!(matches!(bridge.spawn_blocking(|| 1).wait(), Err(BridgeError::WorkerDead)));
    assert!(matches!(bridge.iter(stream::iter([1])).next(), Some(Err(BridgeError::WorkerDead))));
    current_thread().block_on(async {
        assert!(matches!(bridge.block_on(async { 1 }), Err(BridgeError::WorkerDead)));
        assert!(matches!(bridge.spawn(async { 1 }).await, Err(BridgeError::WorkerDead)));
    });
    let (inner, other) = (bridge.clone(), multi_thread(1));
    let call = async move { inner.block_on(yield_now()) };
    assert!(matches!(other.block_on(other.spawn(call)).unwrap(), Err(BridgeError::WorkerDead)));
    let report = bridge.shutdown(LONG);
    assert_eq!((report.finished, report.cut_off), (0, 0));
}

#[test]
fn shutdown_ends_the_calls_and_tasks_of_the_bridge_alone() {
    printed_panics();
    watched(|| {
        let ends: [fn(&RuntimeBridge) -> Shutdown; 2] = [
            |bridge| bridge.shutdown(Duration::ZERO),
            |bridge| futures::executor::block_on(bridge.shutdown_async(Duration::ZERO)),
        ];
        for (workers, end) in [1, 2].into_iter().flat_map(|workers| ends.map(|end| (workers, end))) {
            let runtime = multi_thread(workers);
            let (bridge, drops, left) =
                (RuntimeBridge::from_handle(runtime.handle()).unwrap(), Drops::default(), Drops::default());
            let witness = Witness::spawn(&runtime);
            let (waits, waiting) = channel();
            drop(bridge.spawn(waits_for_ever(left.guard(), waits.clone())));
            let kept = bridge.spawn(sleeps_for_ever(left.guard(), waits));
            (0..2).for_each(|_| waiting.recv().unwrap());
            let calls = start_all(&bridge, &drops);
            end(&bridge);
            all_are_answered(calls, &drops);
            until(|| left.count() == 2 && kept.is_finished());
            is_refused(&bridge);
            witness.goes_on();
            // Another bridge may follow on the same runtime.
            assert_eq!(RuntimeBridge::from_handle(runtime.handle()).unwrap().block_on(async { 3 }).unwrap(), 3);
        }
    });
}

/// On the runtime itself, in a handler, a blocking closure and a future of the bridge.
#[test]
fn callers_on_the_runtime_are_cut_off() {
    printed_panics();
    watched(|| {
        for workers in [1, 2] {
            let runtime = multi_thread(workers);
            let (bridge, drops) = (RuntimeBridge::from_handle(runtime.handle()).unwrap(), Drops::default());
            let witness = Witness::spawn(&runtime);
            let (arrive, arrived) = channel();
            let call = |wait: Wait| {
                let (bridge, drops, waits) = (bridge.clone(), drops.clone(), arrive.clone());
                move || wait(bridge, drops, waits)
            };
            let (handlers, closures): (Vec<_>, Vec<_>) = WAITS
                .iter()
                .map(|&(name, wait)| {
                    let (handler, closure) = (call(wait), call(wait));
                    ((name, runtime.spawn(async { handler() })), (name, runtime.spawn_blocking(closure)))
                })
                .unzip();
            let nested = call(WAITS[0].1);
            let outer = bridge.clone();
            let nested = std::thread::spawn(move || {
                outer.block_on(async {
                    yield_now().await;
                    nested()
                })
            });
            (0..=2 * WAITS.len()).for_each(|_| arrived.recv().unwrap());
            bridge.shutdown(Duration::ZERO);
            for (name, handle) in handlers.into_iter().chain(closures) {
                let answer = futures::executor::block_on(handle).unwrap();
                assert!(matches!(answer, Err(BridgeError::ResponseLost(_))), "{name}: {answer:?}");
            }
            assert!(matches!(
                nested.join().unwrap(),
                Ok(Err(BridgeError::ResponseLost(_))) | Err(BridgeError::ResponseLost(_))
            ));
            until(|| drops.count() == 2 * WAITS.len() + 1);
            witness.goes_on();
            assert!(printed_panics().is_empty());
        }
    });
}

#[test]
fn last_clone_ends_the_tasks_of_the_bridge_alone() {
    printed_panics();
    watched(|| {
        let runtime = multi_thread(1);
        let (bridge, drops) = (RuntimeBridge::from_handle(runtime.handle()).unwrap(), Drops::default());
        let witness = Witness::spawn(&runtime);
        let (waits, waiting) = channel();
        drop(bridge.spawn(waits_for_ever(drops.guard(), waits.clone())));
        let kept = bridge.spawn(sleeps_for_ever(drops.guard(), waits));
        let aborts = kept.abort_handle();
        (0..2).for_each(|_| waiting.recv().unwrap());
        let programs = runtime.spawn(pending::<()>());
        drop(bridge);
        // A handle keeps the bridge, as it does on a runtime of the bridge's own.
        witness.goes_on();
        assert_eq!(drops.count(), 0);
        drop(kept);
        until(|| drops.count() == 2 && aborts.is_finished());
        witness.goes_on();
        assert!(!programs.is_finished());
        programs.abort();
        // Nothing of the bridge is left there but the witness.
        until(|| runtime.metrics().num_alive_tasks() == 1);
    });
}

/// A task that has ended is forgotten, and none that runs is.
#[test]
fn tasks_among_many_that_have_ended_are_dropped() {
    watched(|| {
        let runtime = multi_thread(1);
        let (bridge, drops) = (RuntimeBridge::from_handle(runtime.handle()).unwrap(), Drops::default());
        let (waits, waiting) = channel();
        for _ in 0..100 {
            drop(bridge.spawn(waits_for_ever(drops.guard(), waits.clone())));
            (0..10).for_each(|n| assert_eq!(bridge.spawn(async move { n }).wait().unwrap(), n));
        }
        (0..100).for_each(|_| waiting.recv().unwrap());
        bridge.shutdown(Duration::ZERO);
        until(|| drops.count() == 100);
    });
}

type End = fn(Runtime);

/// Ways for a runtime to end.
const ENDS: &[(&str, End)] = &[
    ("dropped", drop),
    ("dropped on another thread", |runtime| std::thread::spawn(move || drop(runtime)).join().unwrap()),
    ("shutdown_background", Runtime::shutdown_background),
    ("shutdown_timeout", |runtime| runtime.shutdown_timeout(LONG)),
    ("shutdown_background from async code", |runtime| {
        current_thread().block_on(async { runtime.shutdown_background() });
    }),
    ("at the end of an async main", |runtime| {
        runtime.block_on(yield_now());
        drop(runtime);
    }),
];

#[test]
fn end_of_the_runtime_answers_every_caller() {
    printed_panics();
    watched(|| {
        for &(name, end) in ENDS {
            for workers in [1, 2] {
                let runtime = multi_thread(workers);
                let (bridge, drops) = (RuntimeBridge::from_handle(runtime.handle()).unwrap(), Drops::default());
                let handle = runtime.handle().clone();
                let mut task = bridge.spawn(pending::<()>());
                let calls = start_all(&bridge, &drops);
                println!("{name}, {workers}");
                end(runtime);
                all_are_answered(calls, &drops);
                until(|| task.is_finished() && matches!(bridge.block_on(async {}), Err(BridgeError::WorkerDead)));
                is_refused(&bridge);
                assert!(matches!(futures::executor::block_on(&mut task), Err(BridgeError::ResponseLost(_))));
                let refused = RuntimeBridge::from_handle(&handle).unwrap_err();
                assert_eq!(refused.kind(), io::ErrorKind::NotConnected);
                assert_eq!(refused.to_string(), "the runtime of the handle has ended");
                let report = futures::executor::block_on(bridge.shutdown_async(LONG));
                assert_eq!((report.finished, report.cut_off), (0, 0));
                drop(bridge);
                assert!(printed_panics().is_empty());
            }
        }
    });
}

/// Callers on the runtime are answered too, and so its threads end.
#[test]
fn end_of_the_runtime_answers_its_own_threads() {
    printed_panics();
    watched(|| {
        for workers in [1, 2] {
            let runtime = multi_thread(workers);
            let (bridge, drops) = (RuntimeBridge::from_handle(runtime.handle()).unwrap(), Drops::default());
            let (arrive, arrived) = channel();
            let (answer, answers) = channel();
            for &(name, wait) in WAITS {
                let call = || {
                    let (bridge, drops, waits, answer) =
                        (bridge.clone(), drops.clone(), arrive.clone(), answer.clone());
                    move || answer.send((name, wait(bridge, drops, waits))).unwrap()
                };
                let (handler, closure) = (call(), call());
                runtime.spawn(async { handler() });
                runtime.spawn_blocking(closure);
            }
            (0..2 * WAITS.len()).for_each(|_| arrived.recv().unwrap());
            // Waits for its threads, and so for these callers.
            drop(runtime);
            for (name, answer) in answers.iter().take(2 * WAITS.len()) {
                assert!(matches!(answer, Err(BridgeError::ResponseLost(_))), "{name}: {answer:?}");
            }
            until(|| drops.count() == 2 * WAITS.len());
            assert!(printed_panics().is_empty());
        }
    });
}

/// A shutdown that waits for a call is over when the runtime ends.
#[test]
fn end_of_the_runtime_ends_a_shutdown() {
    printed_panics();
    watched(|| {
        let ways: [fn(&RuntimeBridge) -> Shutdown; 3] = [
            |bridge| bridge.shutdown(LONG),
            |bridge| futures::executor::block_on(bridge.shutdown_async(LONG)),
            |bridge| multi_thread(1).block_on(bridge.shutdown_async(LONG)),
        ];
        for way in ways {
            let runtime = multi_thread(1);
            let (bridge, drops) = (RuntimeBridge::from_handle(runtime.handle()).unwrap(), Drops::default());
            let calls = start_all(&bridge, &drops);
            let ending = bridge.clone();
            let shutdown = std::thread::spawn(move || way(&ending));
            until(|| matches!(bridge.block_on(async {}), Err(BridgeError::WorkerDead)));
            drop(runtime);
            shutdown.join().unwrap();
            all_are_answered(calls, &drops);
        }
    });
}

/// The last handle of the bridge is in a task of the runtime that ends, and in a task of the bridge.
#[test]
fn end_of_the_runtime_drops_the_last_handle() {
    printed_panics();
    watched(|| {
        let runtime = multi_thread(1);
        let bridge = RuntimeBridge::from_handle(runtime.handle()).unwrap();
        let drops = Drops::default();
        let (inner, owned) = (bridge.clone(), drops.guard());
        drop(bridge.spawn(async move {
            let _both = (inner, owned);
            pending::<()>().await;
        }));
        let owned = drops.guard();
        runtime.spawn(async move {
            let _both = (bridge, owned);
            pending::<()>().await;
        });
        drop(runtime);
        assert_eq!(drops.count(), 2);
        assert!(printed_panics().is_empty());
    });
}

/// A destructor of a task that the end drops makes a call, and is answered.
#[test]
fn calls_of_destructors_at_the_end_are_answered() {
    struct Calls(RuntimeBridge, Sender<Result<u8, BridgeError>>);

    impl Drop for Calls {
        fn drop(&mut self) {
            let waits = async {
                yield_now().await;
                1
            };
            self.1.send(self.0.block_on(waits)).unwrap();
        }
    }

    printed_panics();
    watched(|| {
        for _ in 0..50 {
            let runtime = multi_thread(1);
            let bridge = RuntimeBridge::from_handle(runtime.handle()).unwrap();
            let (answer, answers) = channel();
            let owned = Calls(bridge.clone(), answer.clone());
            drop(bridge.spawn(async move {
                let _owned = owned;
                pending::<()>().await;
            }));
            let owned = Calls(bridge.clone(), answer);
            runtime.spawn(async move {
                let _owned = owned;
                pending::<()>().await;
            });
            drop(bridge);
            drop(runtime);
            for answer in answers.iter().take(2) {
                assert!(
                    matches!(answer, Ok(1) | Err(BridgeError::ResponseLost(_) | BridgeError::WorkerDead)),
                    "{answer:?}"
                );
            }
        }
        assert!(printed_panics().is_empty());
    });
}

/// A task that is aborted is the affair of who aborts it, unlike one that the runtime drops.
#[test]
fn scope_that_aborts_a_task_ends_well() {
    watched(|| {
        for runtime in [multi_thread(1), multi_thread(2)] {
            let bridge = RuntimeBridge::from_handle(runtime.handle()).unwrap();
            let left = bridge.scope(|scope| {
                let task = scope.spawn(pending::<()>());
                task.abort();
                7
            });
            assert_eq!(left.unwrap(), 7);
        }
    });
}

/// A scope of a runtime that has ended drops what it is given, whose destructor may give it more.
#[test]
fn scope_outlives_the_runtime() {
    printed_panics();
    watched(|| {
        let runtime = multi_thread(1);
        let (bridge, drops) = (RuntimeBridge::from_handle(runtime.handle()).unwrap(), Drops::default());
        let (mut runtime, inner, (waits, waiting)) = (Some(runtime), drops.clone(), channel());
        let outcome = bridge.scope(|scope| {
            let before = scope.spawn(waits_for_ever(inner.guard(), waits));
            waiting.recv().unwrap();
            drop(runtime.take());
            drop(before);
            let again = inner.guard();
            let spawns_when_dropped = scopeguard(move || drop(scope.spawn(async move { drop(again) })));
            let mut after = scope.spawn(async move {
                drop(spawns_when_dropped);
                unreachable!("nobody polls it");
            });
            after.wait()
        });
        assert!(matches!(outcome, Err(BridgeError::ResponseLost(_))), "{outcome:?}");
        assert_eq!(drops.count(), 2);
        assert!(printed_panics().is_empty());
    });
}

fn scopeguard(run: impl FnOnce()) -> impl Sized {
    struct Runs<F: FnOnce()>(Option<F>);

    impl<F: FnOnce()> Drop for Runs<F> {
        fn drop(&mut self) {
            if let Some(run) = self.0.take() {
                run();
            }
        }
    }

    Runs(Some(run))
}

/// The owner still lives, and the value has been dropped.
#[test]
fn end_of_the_runtime_drops_a_value_on_its_own_thread() {
    watched(|| {
        let runtime = multi_thread(1);
        let bridge = RuntimeBridge::from_handle(runtime.handle()).unwrap();
        let drops = Drops::default();
        let owned = drops.clone();
        let mut kept = bridge.keep_local(move || owned.guard()).unwrap();
        drop(runtime);
        while drops.count() == 0 {
            std::thread::yield_now();
        }
        assert!(matches!(kept.with(|_| ()), Err(BridgeError::WorkerDead)));
    });
}
