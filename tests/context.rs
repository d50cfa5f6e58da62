//! What surrounds a caller is in force inside its futures, wherever they are polled and dropped, and nowhere else.

mod support;

use std::cell::Cell;

use support::{FLAVORS, current_thread, from_each_caller, watched};
use sync_bridge::{Flavor, RuntimeBridge};

tokio::task_local! {
    static REQUEST: u32;
}

thread_local! {
    static USER: Cell<u32> = const { Cell::new(0) };
}

fn bridge(flavor: Flavor) -> RuntimeBridge {
    let builder = RuntimeBridge::builder().flavor(flavor).with_context(|| {
        let (request, user) = (REQUEST.try_get(), USER.get());
        move |poll: &mut dyn FnMut()| {
            let before = USER.replace(user);
            match request {
                Ok(request) => REQUEST.sync_scope(request, poll),
                Err(_) => poll(),
            }
            USER.set(before);
        }
    });
    builder.build().unwrap()
}

fn surroundings() -> (Option<u32>, u32) {
    (REQUEST.try_get().ok(), USER.get())
}

/// Notes what surrounds its drop.
struct NotesOnDrop<'a>(&'a mut (Option<u32>, u32));

impl Drop for NotesOnDrop<'_> {
    fn drop(&mut self) {
        *self.0 = surroundings();
    }
}

#[test]
fn hook_surrounds_polls_and_drop_from_every_caller() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                USER.set(3);
                REQUEST.sync_scope(7, || {
                    let expected = (Some(7), 3);
                    let mut at_drop = (None, 0);
                    let note = NotesOnDrop(&mut at_drop);
                    let seen = bridge.block_on(async move {
                        let _note = note;
                        let first = surroundings();
                        tokio::task::yield_now().await;
                        (first, surroundings())
                    });
                    assert_eq!(seen.unwrap(), (expected, expected));
                    assert_eq!(at_drop, expected);
                    let local = bridge.block_on_local(|| async {
                        tokio::task::yield_now().await;
                        surroundings()
                    });
                    assert_eq!(local.unwrap(), expected);
                    assert_eq!(surroundings(), expected);
                });
                USER.set(0);
            });
        }
    });
}

/// The worker serves the next call without a trace of the last one.
#[test]
fn hook_leaves_nothing_behind() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let yields = || async {
                tokio::task::yield_now().await;
                surroundings()
            };
            assert_eq!(REQUEST.sync_scope(1, || bridge.block_on(yields())).unwrap(), (Some(1), 0));
            assert_eq!(bridge.block_on(yields()).unwrap(), (None, 0));
            assert_eq!(bridge.spawn(yields()).wait().unwrap(), (None, 0));
        }
    });
}

#[test]
fn hook_that_does_not_poll_does_no_harm() {
    watched(|| {
        let bridge = RuntimeBridge::builder().with_context(|| |_: &mut dyn FnMut()| ()).build().unwrap();
        assert_eq!(current_thread().block_on(async { bridge.block_on(async { 4 }) }).unwrap(), 4);
    });
}

#[test]
fn panic_of_the_hook_is_an_error_and_that_of_its_result_is_not() {
    watched(|| {
        let on_the_caller = RuntimeBridge::builder().with_context(|| -> fn(&mut dyn FnMut()) { panic!("no context") });
        let bridge = on_the_caller.build().unwrap();
        let error = bridge.block_on(tokio::task::yield_now()).unwrap_err();
        assert_eq!(error.panic_message(), Some("no context"));

        let on_the_worker = RuntimeBridge::builder().with_context(|| |_: &mut dyn FnMut()| panic!("no context"));
        let bridge = on_the_worker.build().unwrap();
        let yields = async {
            tokio::task::yield_now().await;
            5
        };
        assert_eq!(bridge.block_on(yields).unwrap(), 5);
    });
}

#[cfg(feature = "tracing")]
mod tracing_feature {
    use std::io;
    use std::sync::{Arc, Mutex};

    use tracing::Dispatch;

    use super::*;

    /// What a subscriber has written.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Log {
        fn dispatch(&self) -> Dispatch {
            let log = self.clone();
            let subscriber = tracing_subscriber::fmt().without_time().with_ansi(false).with_level(false);
            subscriber.with_target(false).with_writer(move || log.clone()).finish().into()
        }

        fn lines(&self) -> Vec<String> {
            let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
            text.lines().map(|line| line.trim().to_owned()).collect()
        }
    }

    /// The dispatcher is one of this thread's, the span one of this call's: no worker would know either.
    #[test]
    fn span_and_dispatcher_are_those_of_every_caller() {
        watched(|| {
            for flavor in FLAVORS {
                let bridge = support::bridge(flavor);
                from_each_caller(move || {
                    let log = Log::default();
                    tracing::dispatcher::with_default(&log.dispatch(), || {
                        let span = tracing::info_span!("request");
                        span.in_scope(|| {
                            let logs = || async {
                                tracing::info!("first");
                                tokio::task::yield_now().await;
                                tracing::info!("later");
                            };
                            bridge.block_on(logs()).unwrap();
                            bridge.block_on_local(logs).unwrap();
                            assert_eq!(tracing::Span::current().id(), span.id());
                        });
                        tracing::info!("outside");
                    });
                    let expected = ["request: first", "request: later", "request: first", "request: later", "outside"];
                    assert_eq!(log.lines(), expected);
                });
            }
        });
    }
}
