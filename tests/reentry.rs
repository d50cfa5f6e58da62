//! Calls from bridged futures: to any depth on the multi-thread flavour, an error at once on the other.

mod support;

use std::time::Duration;

use support::{FLAVORS, bridge, current_thread, from_each_caller, watched};
use sync_bridge::{BridgeError, Flavor, RuntimeBridge};

fn descend(bridge: &RuntimeBridge, levels: u32) -> Result<u32, BridgeError> {
    bridge.block_on(async {
        tokio::task::yield_now().await;
        if levels == 0 { Ok(0) } else { descend(bridge, levels - 1).map(|depth| depth + 1) }
    })?
}

#[test]
fn multi_thread_bridge_is_reentered_fifty_times() {
    watched(|| {
        let bridge = RuntimeBridge::new().unwrap();
        from_each_caller(move || assert_eq!(descend(&bridge, 50).unwrap(), 50));
    });
}

/// Two bridges that call each other in turn; each level parks a worker, and another thread takes its place.
#[test]
fn two_multi_thread_bridges_call_each_other() {
    fn descend(bridges: [&RuntimeBridge; 2], levels: u32) -> Result<u32, BridgeError> {
        bridges[0].block_on(async {
            tokio::task::yield_now().await;
            if levels == 0 { Ok(0) } else { descend([bridges[1], bridges[0]], levels - 1).map(|depth| depth + 1) }
        })?
    }

    watched(|| {
        let bridges = [RuntimeBridge::new().unwrap(), RuntimeBridge::new().unwrap()];
        from_each_caller(move || assert_eq!(descend([&bridges[0], &bridges[1]], 10).unwrap(), 10));
    });
}

#[test]
fn many_callers_reenter_at_the_same_time() {
    watched(|| {
        let bridge = RuntimeBridge::new().unwrap();
        std::thread::scope(|scope| {
            let callers: Vec<_> = (0..32).map(|_| scope.spawn(|| descend(&bridge, 3).unwrap())).collect();
            assert!(callers.into_iter().all(|caller| caller.join().unwrap() == 3));
        });
    });
}

#[test]
fn current_thread_bridge_refuses_reentry_from_every_caller_and_serves_on() {
    watched(|| {
        let bridge = bridge(Flavor::CurrentThread);
        from_each_caller(move || {
            assert!(matches!(descend(&bridge, 1), Err(BridgeError::WouldDeadlock)));
            assert_eq!(descend(&bridge, 0).unwrap(), 0);
        });
    });
}

/// Each bridge's thread waits for the other's, and no call chain says so: the calls come from spawned tasks.
#[test]
fn current_thread_bridges_refuse_a_cycle_through_spawned_tasks() {
    watched(|| {
        let (first, second) = (bridge(Flavor::CurrentThread), bridge(Flavor::CurrentThread));
        let (inner_first, inner_second) = (first.clone(), second.clone());
        let call_back = async move { inner_first.block_on(async { 1 }) };
        let call = async move { inner_second.block_on(async { tokio::spawn(call_back).await.unwrap() }) };
        let outcome = first.block_on(async { tokio::spawn(call).await.unwrap() });
        assert!(matches!(outcome, Ok(Ok(Err(BridgeError::WouldDeadlock)))), "{outcome:?}");
        for bridge in [first, second] {
            assert_eq!(bridge.block_on(async { tokio::spawn(async { 2 }).await.unwrap() }).unwrap(), 2);
        }
    });
}

/// The chain goes through a bridge that would itself allow it.
#[test]
fn current_thread_bridge_refuses_a_cycle_through_a_multi_thread_one() {
    watched(|| {
        let (single, multi) = (bridge(Flavor::CurrentThread), bridge(Flavor::MultiThread));
        from_each_caller(move || {
            let outcome = single.block_on(async {
                tokio::task::yield_now().await;
                multi.block_on(async {
                    tokio::task::yield_now().await;
                    single.block_on(async { 1 })
                })
            });
            assert!(matches!(outcome, Ok(Ok(Err(BridgeError::WouldDeadlock)))), "{outcome:?}");
        });
    });
}

/// Its thread waits for another bridge's only as long as the call lasts: afterwards the way is free again.
#[test]
fn current_thread_bridges_call_each_other_one_after_the_other() {
    watched(|| {
        let (first, second) = (bridge(Flavor::CurrentThread), bridge(Flavor::CurrentThread));
        for (outer, inner) in [(&first, &second), (&second, &first)] {
            let outcome = outer.block_on(async {
                tokio::task::yield_now().await;
                inner.block_on(async { tokio::task::yield_now().await })
            });
            outcome.unwrap().unwrap();
        }
    });
}

/// A destructor that calls the bridge, in a future that is dropped on the bridge's worker.
#[test]
fn destructor_of_a_bridged_future_calls_the_bridge() {
    struct CallsOnDrop<'a>(&'a RuntimeBridge, &'a mut Option<Result<u8, BridgeError>>);

    impl Drop for CallsOnDrop<'_> {
        fn drop(&mut self) {
            *self.1 = Some(self.0.block_on(async {
                tokio::task::yield_now().await;
                4
            }));
        }
    }

    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let mut answer = None;
            current_thread().block_on(async {
                let last = CallsOnDrop(&bridge, &mut answer);
                bridge
                    .block_on(async move {
                        tokio::task::yield_now().await;
                        drop(last);
                    })
                    .unwrap();
            });
            match flavor {
                Flavor::CurrentThread => assert!(matches!(answer, Some(Err(BridgeError::WouldDeadlock)))),
                _ => assert!(matches!(answer, Some(Ok(4)))),
            }
        }
    });
}

/// More calls from bridged futures, all of them waiting at the same time, than there are threads to take the place of
/// those that wait: each is answered.
#[test]
fn six_hundred_reentrant_calls_wait_at_the_same_time() {
    const CALLS: usize = 600;
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let (release, released) = tokio::sync::watch::channel(false);
        let (arrived, arrivals) = std::sync::mpsc::channel();
        let tasks: Vec<_> = (0..CALLS)
            .map(|_| {
                let (inner, mut released, arrived) = (bridge.clone(), released.clone(), arrived.clone());
                bridge.spawn(async move {
                    let outcome = inner.block_on(async {
                        tokio::task::yield_now().await;
                        arrived.send(()).unwrap();
                        released.wait_for(|released| *released).await.unwrap();
                    });
                    if outcome.is_err() {
                        arrived.send(()).unwrap();
                    }
                    outcome
                })
            })
            .collect();
        for _ in 0..CALLS {
            arrivals.recv().unwrap();
        }
        release.send(true).unwrap();
        let (mut served, mut refused) = (0, 0);
        for mut task in tasks {
            match task.wait().unwrap() {
                Ok(()) => served += 1,
                Err(BridgeError::Saturated) => refused += 1,
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!((served, refused), (512, CALLS - 512));
        assert_eq!(descend(&bridge, 3).unwrap(), 3);
    });
}

/// Every blocking thread that the bridge may have waits in a local call: none of them waits for a thread of its own pool.
#[test]
fn blocking_threads_of_a_bridge_all_make_local_calls() {
    watched(|| {
        for (flavor, threads) in [(Flavor::MultiThread, 1024), (Flavor::CurrentThread, 512)] {
            let bridge = bridge(flavor);
            let barrier = std::sync::Arc::new(std::sync::Barrier::new(threads));
            let served = bridge.block_on(async {
                let closures: Vec<_> = (0..threads)
                    .map(|_| {
                        let (inner, barrier) = (bridge.clone(), barrier.clone());
                        tokio::task::spawn_blocking(move || {
                            barrier.wait();
                            inner.block_on_local(|| async { tokio::task::yield_now().await })
                        })
                    })
                    .collect();
                let mut served = 0;
                for closure in closures {
                    closure.await.unwrap().unwrap();
                    served += 1;
                }
                served
            });
            assert_eq!(served.unwrap(), threads);
        }
    });
}

/// A worker of one bridge polls a call to another one, whose future calls that bridge again and waits: what the worker
/// leaves goes to its own runtime, and not to the one that is entered for the poll.
#[test]
fn worker_of_a_bridge_waits_in_a_poll_for_another_bridge() {
    watched(|| {
        for _ in 0..20 {
            let (one, other) = (bridge(Flavor::MultiThread), bridge(Flavor::MultiThread));
            let answer = one.block_on(async {
                tokio::task::yield_now().await;
                let nested = other.block_on(async {
                    other
                        .block_on(async {
                            tokio::task::yield_now().await;
                            tokio::task::yield_now().await;
                        })
                        .unwrap();
                    let again = one.clone();
                    // On the worker of the first bridge, wherever that is now: it has to be known as one.
                    one.spawn(async move { again.block_on_with(|| tokio::time::sleep(Duration::from_millis(1))) })
                        .wait()
                });
                nested.unwrap()
            });
            answer.unwrap().unwrap().unwrap();
        }
    });
}

/// A bridge waits for another one, whose shutdown drops a future that calls the first in its destructor: the only thread that
/// could answer waits for that drop.
#[test]
fn destructor_of_a_call_that_is_cut_off_calls_the_bridge_that_waits_for_it() {
    struct CallsInDrop<'a>(&'a RuntimeBridge, &'a std::sync::Mutex<Option<Result<(), BridgeError>>>);

    impl Drop for CallsInDrop<'_> {
        fn drop(&mut self) {
            let answer = self.0.block_on(tokio::task::yield_now());
            *self.1.lock().unwrap() = Some(answer);
        }
    }

    watched(|| {
        let (first, other) = (bridge(Flavor::CurrentThread), bridge(Flavor::MultiThread));
        let answer = std::sync::Mutex::new(None);
        let closing = other.clone();
        let closer = std::thread::spawn(move || {
            while closing.metrics().longest_wait.is_none() {
                std::thread::yield_now();
            }
            closing.shutdown(Duration::ZERO)
        });
        let cut_off = first.block_on(async {
            tokio::task::yield_now().await;
            // Dropped with the future, though that may not have been polled.
            let calls = CallsInDrop(&first, &answer);
            other.block_on(async move {
                let _calls = calls;
                std::future::pending::<()>().await;
            })
        });
        assert!(matches!(cut_off.unwrap(), Err(BridgeError::ResponseLost(_))));
        closer.join().unwrap();
        let answer = answer.into_inner().unwrap();
        assert!(matches!(answer, Some(Err(BridgeError::WouldDeadlock))), "{answer:?}");
    });
}
