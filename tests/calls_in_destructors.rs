//! Destructors and closures that the library runs with a bridge entered, and that call another bridge: which bridge is
//! entered does not hide which scheduler drives the thread.

mod support;

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Poll};

use futures::Stream;
use support::{bridge, current_thread, multi_thread, watched};
use sync_bridge::{BridgeError, Flavor, RuntimeBridge};

type Call = Box<dyn FnOnce() -> Result<(), BridgeError> + Send>;

/// A stream without items, whose destructor makes a call.
struct CallsInDrop(Option<(Call, Sender<Result<(), BridgeError>>)>);

impl CallsInDrop {
    fn new(
        call: impl FnOnce() -> Result<(), BridgeError> + Send + 'static,
    ) -> (Self, Receiver<Result<(), BridgeError>>) {
        let (told, outcome) = channel();
        (Self(Some((Box::new(call), told))), outcome)
    }
}

impl Stream for CallsInDrop {
    type Item = ();

    fn poll_next(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<()>> {
        Poll::Ready(None)
    }
}

impl Drop for CallsInDrop {
    fn drop(&mut self) {
        if let Some((call, told)) = self.0.take() {
            let _ = told.send(call());
        }
    }
}

fn panics(test: impl FnOnce()) -> usize {
    static PANICS: AtomicUsize = AtomicUsize::new(0);
    std::panic::set_hook(Box::new(|_| {
        PANICS.fetch_add(1, Ordering::SeqCst);
    }));
    test();
    let _ = std::panic::take_hook();
    PANICS.swap(0, Ordering::SeqCst)
}

/// The worker of the entered bridge is busy, and has the number that a current-thread scheduler has: nothing is tried that
/// tokio would refuse with a panic.
#[test]
fn on_a_current_thread_runtime() {
    watched(|| {
        let (entered, other) = (RuntimeBridge::new().unwrap(), RuntimeBridge::new().unwrap());
        let (begun, has_begun) = channel();
        let (release, released) = channel::<()>();
        let busy = entered.spawn(async move {
            begun.send(()).unwrap();
            let _ = released.recv();
        });
        has_begun.recv().unwrap();
        let printed = panics(|| {
            let runtime = current_thread();
            // In a task: the root of a runtime has no id.
            let task = runtime.spawn(async move {
                let again = other.clone();
                let (stream, outcome) = CallsInDrop::new(move || again.block_on(tokio::task::yield_now()));
                drop(entered.iter(stream));
                outcome.recv().unwrap().unwrap();
                // The closure runs inside the bridge's context, too.
                let built = entered.block_on_with(|| {
                    let outcome = other.block_on(tokio::task::yield_now());
                    drop(release);
                    std::future::ready(outcome)
                });
                built.unwrap().unwrap();
            });
            runtime.block_on(task).unwrap();
        });
        assert_eq!(printed, 0);
        drop(busy);
    });
}

/// The entered bridge is a current-thread one: the worker still moves its tasks to another thread before it waits.
#[test]
fn on_the_only_worker_of_a_runtime() {
    watched(|| {
        let (entered, other) = (bridge(Flavor::CurrentThread), RuntimeBridge::new().unwrap());
        let runtime = multi_thread(1);
        let handle = runtime.handle().clone();
        let task = runtime.spawn(async move {
            let call = move || {
                let sibling = handle.spawn(async {});
                other.block_on(async { sibling.await.unwrap() })
            };
            let (stream, outcome) = CallsInDrop::new(call);
            drop(entered.iter(stream));
            outcome.recv().unwrap()
        });
        runtime.block_on(task).unwrap().unwrap();
    });
}
