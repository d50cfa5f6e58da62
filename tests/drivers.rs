//! A waker that makes a blocking call, woken by the driver of a runtime: of the bridge's own, or of another one.
//!
//! The driver is not a worker: it cannot hand its work to another thread. A call is refused, or waits on that very thread.

mod support;

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use support::{FLAVORS, bridge, current_thread, multi_thread, watched};
use sync_bridge::{BridgeError, Flavor, RuntimeBridge};
use tokio::runtime::Runtime;
use tokio::task::yield_now;

const SHORT: Duration = Duration::from_millis(5);

type Answer = Result<u8, BridgeError>;

/// Ways to call, each with a wait.
const CALLS: [fn(&RuntimeBridge) -> Answer; 6] = [
    |bridge| {
        bridge.block_on(async {
            yield_now().await;
            tokio::time::sleep(Duration::from_millis(1)).await;
            1
        })
    },
    |bridge| bridge.block_on_local(waits),
    // A call of what builds the future.
    |bridge| bridge.block_on_with(|| std::future::ready(bridge.block_on(waits())))?,
    |bridge| bridge.spawn(waits()).wait(),
    |bridge| bridge.iter(futures::stream::once(waits())).with_prefetch(1).next().unwrap(),
    |bridge| bridge.scope(|scope| scope.spawn(waits()).wait())?,
];

async fn waits() -> u8 {
    yield_now().await;
    1
}

/// Makes a call when it is woken, and sends the answer.
struct Calls {
    bridge: RuntimeBridge,
    call: fn(&RuntimeBridge) -> Answer,
    answers: Mutex<Sender<Answer>>,
}

impl Wake for Calls {
    fn wake(self: Arc<Self>) {
        let answer = (self.call)(&self.bridge);
        let _ = self.answers.lock().unwrap().send(answer);
    }
}

/// The answer of a call that a timer of the runtime that is entered makes.
async fn call_from_a_timer(bridge: RuntimeBridge, call: fn(&RuntimeBridge) -> Answer) -> Answer {
    let (answers, answer) = channel();
    let waker = Waker::from(Arc::new(Calls { bridge, call, answers: Mutex::new(answers) }));
    let mut sleep = pin!(tokio::time::sleep(SHORT));
    assert_eq!(sleep.as_mut().poll(&mut Context::from_waker(&waker)), Poll::Pending);
    loop {
        if let Ok(answer) = answer.try_recv() {
            return answer;
        }
        // Lets the driver have its turn, both parked and between two polls.
        tokio::time::sleep(Duration::from_millis(1)).await;
        yield_now().await;
    }
}

#[test]
fn driver_of_another_runtime_calls() {
    watched(|| {
        let runtimes: [fn() -> Runtime; 3] = [|| multi_thread(1), || multi_thread(2), current_thread];
        for flavor in FLAVORS {
            for (runtime, call) in runtimes.into_iter().flat_map(|runtime| CALLS.map(|call| (runtime, call))) {
                let (runtime, bridge) = (runtime(), bridge(flavor));
                let answer = runtime.block_on(async {
                    let task = tokio::spawn(call_from_a_timer(bridge.clone(), call));
                    task.await.unwrap()
                });
                assert_eq!(answer.unwrap(), 1);
                // The runtime and the bridge are as they were.
                assert_eq!(runtime.block_on(async { tokio::spawn(async { 2 }).await.unwrap() }), 2);
                assert_eq!(bridge.block_on(async { 3 }).unwrap(), 3);
            }
        }
    });
}

#[test]
fn driver_of_the_bridge_calls() {
    watched(|| {
        let bridges = [(Flavor::MultiThread, 1), (Flavor::MultiThread, 2), (Flavor::CurrentThread, 1)];
        for ((flavor, workers), call) in bridges.into_iter().flat_map(|bridge| CALLS.map(|call| (bridge, call))) {
            let bridge = RuntimeBridge::builder().flavor(flavor).worker_threads(workers).build().unwrap();
            let inner = bridge.clone();
            let answer = bridge.spawn(call_from_a_timer(inner, call)).wait().unwrap();
            assert!(matches!(answer, Err(BridgeError::WouldDeadlock)), "{answer:?}");
            assert_eq!(bridge.block_on_with(|| tokio::time::sleep(SHORT)).map(|()| 3).unwrap(), 3);
        }
    });
}

/// The call in flight needs the driver that would wait for it: it is cut off at once.
#[test]
fn driver_of_the_bridge_shuts_it_down() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let (cut_off, lost) = std::thread::scope(|scope| {
                let waiting = scope.spawn(|| bridge.block_on(std::future::pending::<()>()));
                while bridge.metrics().longest_wait.is_none() {
                    std::thread::yield_now();
                }
                let (answers, answer) = channel();
                let call =
                    |bridge: &RuntimeBridge| Ok(bridge.shutdown(Duration::from_secs(3600)).cut_off.try_into().unwrap());
                let waker = Arc::new(Calls { bridge: bridge.clone(), call, answers: Mutex::new(answers) });
                let task = async move {
                    let mut sleep = pin!(tokio::time::sleep(SHORT));
                    assert_eq!(sleep.as_mut().poll(&mut Context::from_waker(&Waker::from(waker))), Poll::Pending);
                    std::future::pending::<()>().await;
                };
                drop(bridge.spawn(task));
                (answer.recv().unwrap(), waiting.join().unwrap())
            });
            assert_eq!(cut_off.unwrap(), 1);
            assert!(matches!(lost, Err(BridgeError::ResponseLost(_))), "{lost:?}");
        }
    });
}

/// A driver that polls between two tasks, and not while its thread is parked.
#[test]
fn driver_of_a_busy_runtime_calls() {
    watched(|| {
        for workers in [1, 2] {
            let (runtime, bridge) = (multi_thread(workers), bridge(Flavor::MultiThread));
            let (answers, answer) = channel();
            let waker =
                Waker::from(Arc::new(Calls { bridge: bridge.clone(), call: CALLS[0], answers: Mutex::new(answers) }));
            let answer = runtime.block_on(async {
                tokio::spawn(async move {
                    let mut sleep = Box::pin(tokio::time::sleep(SHORT));
                    assert_eq!(sleep.as_mut().poll(&mut Context::from_waker(&waker)), Poll::Pending);
                    // Never parked: there is always a task to run.
                    loop {
                        if let Ok(answer) = answer.try_recv() {
                            return answer;
                        }
                        yield_now().await;
                    }
                })
                .await
                .unwrap()
            });
            assert_eq!(answer.unwrap(), 1);
            assert_eq!(runtime.block_on(async { tokio::spawn(async { 2 }).await.unwrap() }), 2);
        }
    });
}

/// What a hook does on a worker outside of any task says nothing of what its driver may do later.
#[test]
fn driver_of_another_runtime_calls_after_a_hook_has() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let inner = bridge.clone();
        let parks = AtomicUsize::new(0);
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(1).enable_all().on_thread_park(move || {
            if parks.fetch_add(1, Ordering::SeqCst) == 1 {
                inner.block_on(waits()).unwrap();
            }
        });
        let runtime = builder.build().unwrap();
        for _ in 0..3 {
            let task = call_from_a_timer(bridge.clone(), CALLS[0]);
            assert_eq!(runtime.block_on(async { tokio::spawn(task).await.unwrap() }).unwrap(), 1);
        }
    });
}

/// A task without a budget is no driver. A worker of the bridge that has parked once can tell.
#[test]
fn task_without_a_budget_calls_its_bridge() {
    watched(|| {
        for call in CALLS {
            let bridge = bridge(Flavor::MultiThread);
            let inner = bridge.clone();
            // Woken by a timer, and so after the worker has parked.
            let answer = bridge.block_on(async {
                tokio::time::sleep(SHORT).await;
                tokio::spawn(tokio::task::unconstrained(async move { call(&inner) })).await.unwrap()
            });
            assert_eq!(answer.unwrap().unwrap(), 1);
        }
    });
}
