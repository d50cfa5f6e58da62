//! What reaches the caller of a future that fails, and what the errors say.

mod support;

use std::error::Error;
use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use support::{Drops, FLAVORS, bridge, from_each_caller, watched};
use sync_bridge::{BridgeError, RuntimeBridge};
use tokio::runtime::Handle;

/// Panics at its first poll, or after it has moved to the bridge's worker.
async fn panics(late: bool) {
    if late {
        tokio::task::yield_now().await;
    }
    panic!("page {} is torn", 3);
}

#[test]
fn panic_reaches_every_caller_and_the_bridge_serves_on() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                for late in [false, true] {
                    let error = bridge.block_on(panics(late)).unwrap_err();
                    assert!(error.is_panic());
                    assert_eq!(error.panic_message(), Some("page 3 is torn"));
                    assert!(error.try_into_panic().is_ok());

                    let local = bridge.block_on_local(|| panics(late)).unwrap_err();
                    assert_eq!(local.panic_message(), Some("page 3 is torn"));
                }
                assert_eq!(bridge.block_on(async { 7 }).unwrap(), 7);
            });
        }
    });
}

#[test]
fn panic_payload_of_any_type_arrives() {
    #[derive(Debug, PartialEq)]
    struct Payload(u8);

    let bridge = RuntimeBridge::new().unwrap();
    let error = bridge.block_on(async { panic_any(Payload(9)) }).unwrap_err();
    assert!(error.is_panic());
    assert_eq!(error.panic_message(), None);
    assert_eq!(error.try_into_panic().unwrap().downcast_ref(), Some(&Payload(9)));
}

#[test]
fn panic_of_the_closure_that_builds_the_future_arrives() {
    watched(|| {
        let bridge = RuntimeBridge::new().unwrap();
        from_each_caller(move || {
            let error = bridge.block_on_with(|| -> std::future::Ready<()> { panic!("no future") }).unwrap_err();
            assert_eq!(error.panic_message(), Some("no future"));
            let error = bridge.block_on_local(|| -> std::future::Ready<()> { panic!("no future") }).unwrap_err();
            assert_eq!(error.panic_message(), Some("no future"));
        });
    });
}

/// The future has given its value when its destructor panics: the call fails, and what it owns is dropped once.
#[test]
fn panic_of_a_destructor_arrives() {
    struct PanicsOnDrop;

    impl Drop for PanicsOnDrop {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }

    watched(|| {
        let bridge = RuntimeBridge::new().unwrap();
        from_each_caller(move || {
            for late in [false, true] {
                let drops = Drops::default();
                let (owned, last) = (drops.guard(), PanicsOnDrop);
                let error = bridge
                    .block_on(futures::future::poll_fn({
                        let mut yields = u8::from(late);
                        move |cx| {
                            let _ = (&owned, &last);
                            if yields > 0 {
                                yields -= 1;
                                cx.waker().wake_by_ref();
                                return Poll::Pending;
                            }
                            Poll::Ready(1)
                        }
                    }))
                    .unwrap_err();
                assert_eq!(error.panic_message(), Some("dropped"));
                assert_eq!(drops.count(), 1);
            }
        });
    });
}

/// A future that panics when polled a second time, and again when dropped, with a payload that panics when dropped.
struct PanicsAllTheWay {
    has_waited: bool,
}

impl Future for PanicsAllTheWay {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.has_waited, true) {
            resume_unwind(Box::new("poll"));
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Drop for PanicsAllTheWay {
    fn drop(&mut self) {
        // While the first one unwinds this would be the end of the process.
        resume_unwind(Box::new(Fuse));
    }
}

struct Fuse;

impl Drop for Fuse {
    fn drop(&mut self) {
        resume_unwind(Box::new("payload"));
    }
}

#[test]
fn first_of_several_panics_arrives() {
    watched(|| {
        let plain = RuntimeBridge::builder();
        let with_hook = RuntimeBridge::builder().with_context(|| |poll: &mut dyn FnMut()| poll());
        for builder in [plain, with_hook] {
            let bridge = builder.build().unwrap();
            from_each_caller(move || {
                for call in [bridge.call(), bridge.call().timeout(Duration::from_secs(60))] {
                    for has_waited in [true, false] {
                        let error = call.block_on(PanicsAllTheWay { has_waited }).unwrap_err();
                        assert_eq!(error.panic_message(), Some("poll"));
                        let error = call.block_on_local(|| PanicsAllTheWay { has_waited }).unwrap_err();
                        assert_eq!(error.panic_message(), Some("poll"));
                    }
                }
            });
        }
    });
}

#[test]
fn future_of_a_refused_call_is_dropped_in_silence_and_in_the_context() {
    struct Refused(Arc<AtomicUsize>);

    impl Drop for Refused {
        fn drop(&mut self) {
            self.0.store(1 + usize::from(Handle::try_current().is_ok()), Ordering::Relaxed);
            panic!("refused");
        }
    }

    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            bridge.shutdown(Duration::ZERO);
            let dropped = Arc::new(AtomicUsize::new(0));
            let refused = Refused(Arc::clone(&dropped));
            let outcome = bridge.block_on(async move { drop(refused) });
            assert!(matches!(outcome, Err(BridgeError::WorkerDead)), "{outcome:?}");
            assert_eq!(dropped.swap(0, Ordering::Relaxed), 2);

            let refused = Refused(Arc::clone(&dropped));
            let outcome = bridge.block_on_local(move || async move { drop(refused) });
            assert!(matches!(outcome, Err(BridgeError::WorkerDead)), "{outcome:?}");
            assert_eq!(dropped.load(Ordering::Relaxed), 2);
        }
    });
}

#[test]
fn panic_of_the_hook_and_of_the_futures_drop_is_an_error() {
    watched(|| {
        let bridge =
            RuntimeBridge::builder().with_context(|| -> fn(&mut dyn FnMut()) { panic!("hook") }).build().unwrap();
        let error = bridge.block_on(PanicsAtItsEnd { waits: true, output: None }).map(std::mem::forget).unwrap_err();
        assert!(error.is_panic());
    });
}

/// Counts its drops, those in a runtime's context only, and panics in each.
struct PanicsWhenDropped(Arc<AtomicUsize>);

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        self.0.fetch_add(usize::from(Handle::try_current().is_ok()), Ordering::Relaxed);
        panic!("output");
    }
}

/// Ends in an output whose drop panics, and is dropped with a panic then.
struct PanicsAtItsEnd {
    waits: bool,
    output: Option<PanicsWhenDropped>,
}

impl Future for PanicsAtItsEnd {
    type Output = PanicsWhenDropped;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<PanicsWhenDropped> {
        if std::mem::take(&mut self.waits) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(self.output.take().expect("polled after its end"))
    }
}

impl Drop for PanicsAtItsEnd {
    fn drop(&mut self) {
        panic!("future");
    }
}

#[test]
fn output_of_a_future_that_panics_when_dropped_is_dropped_in_silence() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                for (waits, limited, local) in (0..8).map(|n| (n & 1 == 0, n & 2 == 0, n & 4 == 0)) {
                    let drops = Arc::new(AtomicUsize::new(0));
                    let output = Some(PanicsWhenDropped(Arc::clone(&drops)));
                    let future = PanicsAtItsEnd { waits, output };
                    let call = if limited { bridge.call().timeout(Duration::from_secs(60)) } else { bridge.call() };
                    let outcome = if local { call.block_on_local(|| future) } else { call.block_on(future) };
                    let error = outcome.map(std::mem::forget).unwrap_err();
                    assert_eq!(error.panic_message(), Some("future"));
                    assert_eq!(drops.load(Ordering::Relaxed), 1);
                }
                assert_eq!(bridge.block_on(async { 7 }).unwrap(), 7);
            });
        }
    });
}

#[test]
fn resume_panics_with_the_payload() {
    let bridge = RuntimeBridge::new().unwrap();
    let error = bridge.block_on(async { panic_any(5_u8) }).unwrap_err();
    let payload = catch_unwind(AssertUnwindSafe(|| error.resume_unwind())).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&5_u8));

    let payload = catch_unwind(|| BridgeError::Saturated.resume_unwind()).unwrap_err();
    assert_eq!(*payload.downcast_ref::<String>().unwrap(), BridgeError::Saturated.to_string());
}

#[test]
fn into_panic_of_another_error_panics_and_try_into_panic_gives_it_back() {
    let payload = catch_unwind(|| drop(BridgeError::WorkerDead.into_panic())).unwrap_err();
    assert!(payload.downcast_ref::<String>().unwrap().contains("not a panic"));
    assert!(matches!(BridgeError::WorkerDead.try_into_panic(), Err(BridgeError::WorkerDead)));
}

#[test]
fn errors_convert_into_io_errors_that_keep_them() {
    let after = Duration::from_secs(2);
    let cases = [
        (BridgeError::NotStarted(io::Error::from(ErrorKind::OutOfMemory)), ErrorKind::OutOfMemory),
        (BridgeError::NotStarted(io::Error::from(ErrorKind::WouldBlock)), ErrorKind::Other),
        (BridgeError::WorkerDead, ErrorKind::BrokenPipe),
        (BridgeError::TimedOut { after }, ErrorKind::TimedOut),
        (BridgeError::Cancelled { after }, ErrorKind::Other),
        (BridgeError::WouldDeadlock, ErrorKind::Deadlock),
        (BridgeError::Saturated, ErrorKind::ResourceBusy),
        (BridgeError::ThreadEnding, ErrorKind::Other),
        (BridgeError::ResultTaken, ErrorKind::Other),
        (BridgeError::Forked, ErrorKind::BrokenPipe),
    ];
    for (error, kind) in cases {
        let text = error.to_string();
        let error = io::Error::from(error);
        assert_eq!(error.kind(), kind);
        assert_eq!(error.to_string(), text);
        assert!(error.get_ref().unwrap().is::<BridgeError>());
    }
}

#[test]
fn errors_are_worded_in_the_house_style() {
    fn assert_error<E: Error + Send + Sync + 'static>(_: &E) {}

    let after = Duration::from_millis(250);
    let bridge = RuntimeBridge::new().unwrap();
    let not_started = BridgeError::NotStarted(io::Error::other("no threads left"));
    assert!(not_started.source().is_some());
    let errors = [
        not_started,
        BridgeError::WorkerDead,
        bridge.block_on(async { panic!("why") }).unwrap_err(),
        bridge.block_on(async { panic_any(1) }).unwrap_err(),
        BridgeError::TimedOut { after },
        BridgeError::Cancelled { after },
        BridgeError::WouldDeadlock,
        BridgeError::Saturated,
        BridgeError::ThreadEnding,
        BridgeError::ResultTaken,
        BridgeError::Forked,
    ];
    for error in errors {
        assert_error(&error);
        let text = error.to_string();
        assert!(text.starts_with(char::is_lowercase), "{text}");
        assert!(!text.ends_with('.'), "{text}");
    }
    assert!(BridgeError::TimedOut { after }.to_string().contains("250ms"));
}
