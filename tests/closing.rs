//! A bridge closes during the first poll of a call: the call has begun, so it is in flight, and the shutdown waits for it.

mod support;

use std::future::poll_fn;
use std::sync::mpsc::channel;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use support::{FLAVORS, bridge, watched};
use tokio::sync::oneshot;

const LONG: Duration = Duration::from_secs(3600);

#[test]
fn bridge_closes_during_the_first_poll() {
    for flavor in FLAVORS {
        watched(move || {
            let bridge = bridge(flavor);
            // A call that is in flight holds up the end: the bridge is closed, and could serve still.
            let (waits, is_waiting) = channel();
            let (release, released) = oneshot::channel::<()>();
            let held = thread::spawn({
                let bridge = bridge.clone();
                move || {
                    bridge.block_on(async {
                        // At its second poll it has been let in.
                        tokio::task::yield_now().await;
                        waits.send(()).unwrap();
                        released.await.unwrap();
                    })
                }
            });
            is_waiting.recv().unwrap();

            let mut shutdown = None;
            let late = bridge.block_on(poll_fn(|cx| {
                if shutdown.is_some() {
                    return Poll::Ready(());
                }
                let closing = bridge.clone();
                shutdown = Some(thread::spawn(move || closing.shutdown(LONG)));
                // On a thread of its own: here it would be a call inside a call.
                let looking = bridge.clone();
                let is_refused = thread::spawn(move || while looking.block_on(async {}).is_ok() {});
                is_refused.join().unwrap();
                cx.waker().wake_by_ref();
                Poll::Pending
            }));
            // It had begun before the bridge closed: it is in flight, and waited for.
            late.unwrap();

            release.send(()).unwrap();
            held.join().unwrap().unwrap();
            shutdown.unwrap().join().unwrap();
        });
    }
}
