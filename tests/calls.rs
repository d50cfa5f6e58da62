//! What a call promises: borrows, one drop before the return, parallel callers, and exact costs.

mod support;

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use support::{Drops, FLAVORS, bridge, from_each_caller, watched};
use sync_bridge::RuntimeBridge;

#[test]
fn future_borrows_from_the_caller() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                let words = [String::from("a"), String::from("bc")];
                let mut lengths = Vec::new();
                let first = bridge.block_on(async {
                    for word in &words {
                        tokio::task::yield_now().await;
                        lengths.push(word.len());
                    }
                    &words[0]
                });
                assert_eq!(first.unwrap(), "a");
                assert_eq!(lengths, [1, 2]);
            });
        }
    });
}

#[test]
fn future_is_dropped_once_before_the_call_returns() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                for yields in 0..3 {
                    let drops = Drops::default();
                    let owned = drops.guard();
                    let future = async move {
                        let _owned = owned;
                        for _ in 0..yields {
                            tokio::task::yield_now().await;
                        }
                    };
                    bridge.block_on(future).unwrap();
                    assert_eq!(drops.count(), 1);

                    let owned = drops.guard();
                    let future = async move {
                        tokio::task::yield_now().await;
                        let _owned = owned;
                        panic!("dropped by unwinding");
                    };
                    bridge.block_on(future).unwrap_err();
                    assert_eq!(drops.count(), 2);
                }
            });
        }
    });
}

/// Every future waits for all the others: only callers that progress at the same time get through.
#[test]
fn callers_of_one_bridge_progress_in_parallel() {
    const CALLERS: usize = 64;
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let barrier = tokio::sync::Barrier::new(CALLERS);
            let leaders = std::thread::scope(|scope| {
                let callers: Vec<_> = (0..CALLERS)
                    .map(|_| scope.spawn(|| bridge.block_on(async { barrier.wait().await.is_leader() }).unwrap()))
                    .collect();
                callers.into_iter().map(|caller| usize::from(caller.join().unwrap())).sum::<usize>()
            });
            assert_eq!(leaders, 1);
        }
    });
}

/// The closure is not `Send`, and what it builds needs the bridge's context already while it is built.
#[test]
fn closure_builds_the_future_here_inside_the_context() {
    watched(|| {
        let bridge = RuntimeBridge::new().unwrap();
        from_each_caller(move || {
            let here = std::thread::current().id();
            let built_on = Rc::new(Cell::new(None));
            bridge
                .block_on_with(|| {
                    built_on.set(Some(std::thread::current().id()));
                    tokio::time::sleep(std::time::Duration::from_micros(10))
                })
                .unwrap();
            assert_eq!(built_on.get(), Some(here));
        });
    });
}

#[test]
fn local_future_stays_on_one_thread_and_may_spawn_local_tasks() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                let word = String::from("local");
                let length = bridge.block_on_local(|| async {
                    let thread = std::thread::current().id();
                    let shared = Rc::new(Cell::new(0));
                    let inner = Rc::clone(&shared);
                    tokio::task::spawn_local(async move {
                        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
                        inner.set(word.len());
                    })
                    .await
                    .unwrap();
                    assert_eq!(std::thread::current().id(), thread);
                    shared.get()
                });
                assert_eq!(length.unwrap(), 5);
            });
        }
    });
}

/// A call on a worker of a multi-thread runtime, about a future that waits for another task of that runtime.
fn wait_for_a_sibling(bridge: &RuntimeBridge) -> u8 {
    let (ask, asked) = tokio::sync::oneshot::channel();
    let (answer, answered) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        asked.await.unwrap();
        answer.send(6).unwrap();
    });
    let call = async {
        ask.send(()).unwrap();
        answered.await.unwrap()
    };
    bridge.block_on(call).unwrap()
}

/// A worker that runs a call in place leaves its runtime's other tasks to another thread.
#[test]
fn tasks_of_the_calling_multi_thread_runtime_go_on() {
    watched(|| {
        let bridge = RuntimeBridge::new().unwrap();
        support::multi_thread(1).block_on(async move {
            tokio::spawn(async move { assert_eq!(wait_for_a_sibling(&bridge), 6) }).await.unwrap();
        });
    });
}

/// tokio tells such a thread from the bridge's worker only while that is parked; otherwise it prints a panic, which is
/// caught. That is why this caller is not in the table of contexts, where nothing may be printed.
#[test]
fn call_under_the_bridges_guard_from_a_runtime_on_its_blocking_thread_is_answered() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let inner = bridge.clone();
            let nested = move || {
                let own = tokio::runtime::Handle::current();
                support::current_thread().block_on(async {
                    let _guard = own.enter();
                    inner.block_on(async {
                        tokio::task::yield_now().await;
                        3
                    })
                })
            };
            let outcome = bridge.block_on(async {
                // The worker is never parked meanwhile.
                let busy = tokio::spawn(async {
                    loop {
                        tokio::task::yield_now().await;
                    }
                });
                let answer = tokio::task::spawn_blocking(nested).await.unwrap();
                busy.abort();
                answer
            });
            assert_eq!(outcome.unwrap().unwrap(), 3);
        }
    });
}

#[test]
fn clones_share_one_runtime() {
    let bridge = RuntimeBridge::new().unwrap();
    let id = |bridge: &RuntimeBridge| bridge.block_on(async { tokio::runtime::Handle::current().id() }).unwrap();
    assert_eq!(id(&bridge), id(&bridge.clone()));
    assert_ne!(id(&bridge), id(&RuntimeBridge::new().unwrap()));
}

#[test]
fn handle_is_shared_between_threads() {
    fn assert_handle<
        T: Clone + Send + Sync + std::fmt::Debug + std::panic::UnwindSafe + std::panic::RefUnwindSafe + 'static,
    >(
        _: &T,
    ) {
    }
    let bridge = Arc::new(RuntimeBridge::new().unwrap());
    assert_handle(&*bridge);
}

/// Without optimization every move of a future is another copy of it on the stack.
#[test]
fn large_future_needs_a_few_times_its_size_of_stack() {
    const SIZE: usize = 64 << 10;
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            #[expect(clippy::large_stack_arrays, reason = "a large future is the point")]
            let future = || {
                let large = [1_u8; SIZE];
                async move {
                    tokio::task::yield_now().await;
                    large[SIZE - 1]
                }
            };
            let call = move || (bridge.block_on(future()).unwrap(), bridge.block_on_with(future).unwrap());
            let thread = std::thread::Builder::new().stack_size(16 * SIZE).spawn(call).unwrap();
            assert_eq!(thread.join().unwrap(), (1, 1));
        }
    });
}
