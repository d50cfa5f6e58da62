//! Who parks on the thread of a call that waits may eat the token that wakes it. The call ends all the same.

mod support;

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use support::{FLAVORS, current_thread, multi_thread, watched};
use sync_bridge::{BridgeError, CallerKind, Flavor, RuntimeBridge};
use tokio::sync::oneshot;

/// A bridge whose callback for slow calls is called as soon as a call waits. If that is on a thread of this kind, it
/// lets the call's future end, and parks until the thread has been woken for that. It says so when it is through.
struct Parking {
    bridge: RuntimeBridge,
    /// What the future waits for.
    may_end: oneshot::Receiver<()>,
    has_parked: Receiver<()>,
}

impl Parking {
    fn on(kind: CallerKind, flavor: Flavor) -> Self {
        let (end, may_end) = oneshot::channel();
        let (end, (parked, has_parked)) = (Mutex::new(Some(end)), channel());
        let builder = RuntimeBridge::builder().flavor(flavor).on_slow_call(Duration::ZERO, move |call| {
            if call.caller() == kind {
                // No token is left over from before.
                thread::park_timeout(Duration::ZERO);
                end.lock().unwrap().take().unwrap().send(()).unwrap();
                thread::park();
                parked.send(()).unwrap();
            }
        });
        Self { bridge: builder.build().unwrap(), may_end, has_parked }
    }
}

/// The call is answered while the callback parks, and its thread parks for the answer after that.
#[test]
fn callback_eats_the_token_of_the_answer() {
    for flavor in FLAVORS {
        let call_from = move |kind| {
            let Parking { bridge, may_end, has_parked } = Parking::on(kind, flavor);
            bridge.block_on(may_end).unwrap().unwrap();
            has_parked.recv().unwrap();
        };
        watched(move || call_from(CallerKind::Thread));
        watched(move || current_thread().block_on(async { call_from(CallerKind::Entered) }));
        watched(move || {
            let call = async move { call_from(CallerKind::ForeignWorker) };
            multi_thread(1).block_on(async { tokio::spawn(call).await.unwrap() });
        });
    }
}

/// The same for a call that runs on the thread that makes it, where a wake-up has it polled again.
#[test]
fn callback_eats_the_token_of_a_wake_up() {
    watched(|| {
        let Parking { bridge, may_end, has_parked } = Parking::on(CallerKind::OwnWorker, Flavor::MultiThread);
        let inner = bridge.clone();
        // Handed off: it is the worker that calls again.
        let mut outer = bridge.spawn(async move { inner.block_on(may_end).unwrap().unwrap() });
        outer.wait().unwrap();
        has_parked.recv().unwrap();
    });
}

/// The calls are cancelled while the callback parks, of one that is handed off and of one that runs where it is made.
#[test]
fn callback_eats_the_token_of_a_cancellation() {
    type Call = fn(&RuntimeBridge) -> Result<(), BridgeError>;
    let calls: [Call; 2] =
        [|bridge| bridge.block_on(std::future::pending()), |bridge| bridge.block_on_local(std::future::pending)];
    for (flavor, call) in FLAVORS.into_iter().flat_map(|flavor| calls.map(|call| (flavor, call))) {
        watched(move || {
            let (parks, is_parking) = channel();
            let builder = RuntimeBridge::builder().flavor(flavor).on_slow_call(Duration::ZERO, move |_| {
                // No token is left over from before.
                thread::park_timeout(Duration::ZERO);
                parks.send(()).unwrap();
                thread::park();
            });
            let bridge = builder.build().unwrap();
            let shutdown = thread::spawn({
                let bridge = bridge.clone();
                move || {
                    is_parking.recv().unwrap();
                    bridge.shutdown(Duration::ZERO)
                }
            });
            let ended = call(&bridge);
            assert!(matches!(ended, Err(BridgeError::ResponseLost(_))), "{ended:?}");
            assert_eq!(shutdown.join().unwrap().cut_off, 1);
        });
    }
}
