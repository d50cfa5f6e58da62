//! What surrounds a caller is in force inside its futures, wherever they are polled and dropped, and nowhere else.

mod support;

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

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
/// A task has the surroundings of the code that spawns it, and a stream that is read ahead those of the code that asks for that.
#[test]
fn hook_surrounds_tasks_and_streams_that_are_read_ahead() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                USER.set(3);
                let (mut task, mut items, mut scoped) = REQUEST.sync_scope(7, || {
                    let task = bridge.spawn(async {
                        let first = surroundings();
                        tokio::task::yield_now().await;
                        (first, surroundings())
                    });
                    let stream = Box::pin(futures::stream::once(async {
                        tokio::task::yield_now().await;
                        surroundings()
                    }));
                    let scoped = bridge.scope(|scope| scope.spawn(async { surroundings() }).wait());
                    (task, bridge.iter(stream).with_prefetch(1), Some(scoped))
                });
                USER.set(0);
                let expected = (Some(7), 3);
                assert_eq!(task.wait().unwrap(), (expected, expected));
                assert_eq!(items.next().unwrap().unwrap(), expected);
                assert_eq!(scoped.take().unwrap().unwrap().unwrap(), expected);
            });
        }
    });
}

/// A panic of a task's future is the task's, and not one of what the hook returned.
#[test]
fn panic_of_a_task_under_a_hook_arrives_once() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let polls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&polls);
        let mut task = bridge.spawn(std::future::poll_fn(move |_| -> std::task::Poll<()> {
            counted.fetch_add(1, Ordering::Relaxed);
            panic!("torn page");
        }));
        assert_eq!(task.wait().unwrap_err().panic_message(), Some("torn page"));
        assert_eq!(polls.load(Ordering::Relaxed), 1);
    });
}

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

        // It is left out after its panic.
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&runs);
        let on_the_worker = RuntimeBridge::builder().with_context(move || {
            let counted = Arc::clone(&counted);
            move |_: &mut dyn FnMut()| {
                counted.fetch_add(1, Ordering::Relaxed);
                panic!("no context")
            }
        });
        let bridge = on_the_worker.build().unwrap();
        let yields = async {
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
            5
        };
        assert_eq!(bridge.block_on(yields).unwrap(), 5);
        assert_eq!(runs.load(Ordering::Relaxed), 1);
    });
}

#[cfg(feature = "tracing")]
mod tracing_feature {
    use std::io;
    use std::sync::Mutex;

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
