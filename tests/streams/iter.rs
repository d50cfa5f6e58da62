//! A stream as an iterator, its items asked for one by one.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::sync::mpsc;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt};
use sync_bridge::{BridgeError, Flavor, RuntimeBridge};

use crate::support::{CALLERS, Drops, FLAVORS, bridge, from_each_caller, watched};
use crate::{LONG, Watched, counting, until};

#[test]
fn items_come_in_order_to_every_caller() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                let items: Result<Vec<_>, _> = bridge.iter(counting(50)).collect();
                assert_eq!(items.unwrap(), (0..50).collect::<Vec<_>>());
            });
        }
    });
}

#[test]
fn stream_borrows_from_the_caller() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let words = [String::from("some"), String::from("words")];
            let mut seen = Vec::new();
            let lengths = stream::iter(&words).then(async |word| {
                tokio::task::yield_now().await;
                word.len()
            });
            let lengths: BoxStream<'_, usize> = lengths.boxed();
            for length in bridge.iter(lengths) {
                seen.push(length.unwrap());
            }
            assert_eq!(seen, [4, 5]);
        }
    });
}

#[test]
fn stream_is_polled_when_an_item_is_asked_for() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let mut pulled = 0;
        let mut items = bridge.iter(stream::iter(0..).inspect(|_| pulled += 1));
        items.next().unwrap().unwrap();
        items.next().unwrap().unwrap();
        drop(items);
        assert_eq!(pulled, 2);
    });
}

#[test]
fn items_come_to_the_bridges_own_worker() {
    watched(|| {
        let multi = bridge(Flavor::MultiThread);
        let collected = multi.block_on(async {
            tokio::task::yield_now().await;
            multi.iter(counting(3)).collect::<Result<Vec<_>, _>>()
        });
        assert_eq!(collected.unwrap().unwrap(), [0, 1, 2]);
        let collected = multi.block_on(async {
            tokio::task::yield_now().await;
            multi.iter(counting(3)).with_prefetch(1).collect::<Result<Vec<_>, _>>()
        });
        assert_eq!(collected.unwrap().unwrap(), [0, 1, 2]);
    });
}

#[test]
fn own_worker_of_a_current_thread_bridge_gets_an_error_and_the_end() {
    watched(|| {
        let bridge = bridge(Flavor::CurrentThread);
        let drops = Default::default();
        let outcomes = bridge.block_on(async {
            tokio::task::yield_now().await;
            let mut plain = bridge.iter(Watched::new(&drops, || Poll::Pending));
            let mut ahead = bridge.iter(counting(3)).with_prefetch(1);
            [(plain.next(), plain.next()), (ahead.next(), ahead.next())]
        });
        for outcome in outcomes.unwrap() {
            assert!(matches!(outcome, (Some(Err(BridgeError::WouldDeadlock)), None)), "{outcome:?}");
        }
        assert_eq!((drops.0.count(), drops.1.count()), (1, 1));
    });
}

#[test]
fn panic_of_the_stream_is_the_last_item() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                let torn = || counting(2).chain(stream::poll_fn(|_| panic!("torn")));
                let plain: Vec<_> = bridge.iter(torn()).collect();
                let ahead: Vec<_> = bridge.iter(torn()).with_prefetch(8).collect();
                for items in [plain, ahead] {
                    assert!(matches!(items[..2], [Ok(0), Ok(1)]));
                    assert_eq!(items.len(), 3);
                    assert_eq!(items[2].as_ref().unwrap_err().panic_message(), Some("torn"));
                }
            });
        }
    });
}

#[test]
fn stream_is_dropped_in_context_however_it_ends() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let drops: (Drops, Drops) = Default::default();
            let (last, counted) = (drops.clone(), bridge.clone());
            from_each_caller(move || {
                let before = drops.0.count();
                let mut ended = counted.iter(Watched::new(&drops, || Poll::Ready(None)));
                assert!(ended.next().is_none() && ended.next().is_none());
                assert_eq!(drops.0.count(), before + 1);

                let mut torn = counted.iter(Watched::new(&drops, || panic!("torn")));
                assert!(torn.next().unwrap().unwrap_err().is_panic() && torn.next().is_none());
                assert_eq!(drops.0.count(), before + 2);

                let mut unfinished = counted.iter(Watched::new(&drops, || Poll::Ready(Some(1))));
                assert_eq!(unfinished.next().unwrap().unwrap(), 1);
                drop(unfinished);
                assert_eq!(drops.0.count(), before + 3);

                drop(counted.iter(Watched::new(&drops, || Poll::Pending)));
                assert_eq!(drops.0.count(), before + 4);
            });
            let elsewhere = bridge.iter(Watched::new(&last, || Poll::Pending));
            drop(bridge);
            thread::spawn(|| drop(elsewhere)).join().unwrap();
            assert_eq!((last.0.count(), last.1.count()), (4 * CALLERS + 1, 4 * CALLERS + 1));
        }
    });
}

#[test]
fn panic_of_the_streams_destructor_at_its_end_arrives() {
    struct Torn;

    impl Stream for Torn {
        type Item = ();

        fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<()>> {
            Poll::Ready(None)
        }
    }

    impl Drop for Torn {
        fn drop(&mut self) {
            panic!("torn");
        }
    }

    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let items: Vec<_> = bridge.iter(Torn).collect();
            let ahead: Vec<_> = bridge.iter(Torn).with_prefetch(1).collect();
            for items in [items, ahead] {
                assert!(matches!(&items[..], [Err(error)] if error.panic_message() == Some("torn")), "{items:?}");
            }
        }
    });
}

#[test]
fn iterator_of_a_thread_local_is_dropped_as_the_thread_ends() {
    type Items = Box<dyn Iterator<Item = Result<usize, BridgeError>>>;

    thread_local! {
        static KEPT: RefCell<Option<Items>> = const { RefCell::new(None) };
    }

    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let drops: (Drops, Drops) = Default::default();
        let counted = drops.clone();
        let user = thread::spawn(move || {
            // Registered before tokio's own, so destroyed after it.
            KEPT.with(|kept| drop(kept.borrow()));
            let mut items = bridge.iter(Watched::new(&counted, || Poll::Ready(Some(1))));
            items.next().unwrap().unwrap();
            KEPT.set(Some(Box::new(items)));
        });
        user.join().unwrap();
        assert_eq!(drops.0.count(), 1);
    });
}

#[test]
fn time_limit_of_the_bridge_ends_the_iterator() {
    watched(|| {
        let bridge = RuntimeBridge::builder().default_timeout(Duration::from_millis(5)).build().unwrap();
        let waits = || stream::iter([1]).chain(stream::pending());
        let plain: Vec<_> = bridge.iter(waits()).collect();
        let ahead = bridge.iter(waits()).with_prefetch(1);
        // It is there, so that the limit is that of the second item, however long the task takes to start.
        until(|| ahead.size_hint().0 == 1);
        for items in [plain, ahead.collect()] {
            assert!(matches!(&items[..], [Ok(1), Err(BridgeError::TimedOut { .. })]), "{items:?}");
        }
    });
}

#[test]
fn shutdown_is_an_error_and_no_end() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let mut plain = bridge.iter(stream::repeat(1));
            let mut ahead = bridge.iter(stream::repeat(1)).with_prefetch(2);
            plain.next().unwrap().unwrap();
            ahead.next().unwrap().unwrap();
            until(|| ahead.size_hint().0 == 2);
            bridge.shutdown(LONG);
            assert!(matches!(plain.next(), Some(Err(BridgeError::WorkerDead))));
            assert!(plain.next().is_none());
            // What has been read is there still.
            assert!(matches!((ahead.next(), ahead.next()), (Some(Ok(1)), Some(Ok(1)))));
            let last = ahead.next();
            assert!(matches!(last, Some(Err(BridgeError::WorkerDead | BridgeError::ResponseLost(_)))), "{last:?}");
            assert!(ahead.next().is_none());
        }
    });
}

#[test]
fn shutdown_ends_an_iterator_that_waits() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let (asked, is_asked) = mpsc::channel();
            let mut items = bridge.iter(stream::poll_fn(move |_| {
                asked.send(()).unwrap();
                Poll::<Option<()>>::Pending
            }));
            let waits = thread::spawn(move || (items.next(), items.next()));
            is_asked.recv().unwrap();
            bridge.shutdown(Duration::ZERO);
            let outcome = waits.join().unwrap();
            assert!(
                matches!(outcome, (Some(Err(BridgeError::WorkerDead | BridgeError::ResponseLost(_))), None)),
                "{outcome:?}"
            );
        }
    });
}

#[test]
fn results_are_flattened() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let rows = || stream::iter([Ok(1), Err(io::ErrorKind::NotFound.into()), Ok(3)]);
        let numbers: Vec<io::Result<u8>> = bridge.iter(rows()).flatten_results().collect();
        assert!(matches!(&numbers[..], [Ok(1), Err(error), Ok(3)] if error.kind() == io::ErrorKind::NotFound));
        let stopped: io::Result<Vec<u8>> = bridge.iter(rows()).with_prefetch(3).flatten_results().collect();
        assert_eq!(stopped.unwrap_err().kind(), io::ErrorKind::NotFound);

        let torn = stream::poll_fn(|_| -> Poll<Option<io::Result<u8>>> { panic!("torn") });
        let error = bridge.iter(torn).flatten_results().next().unwrap().unwrap_err();
        let inner = error.into_inner().unwrap().downcast::<BridgeError>().unwrap();
        assert_eq!(inner.panic_message(), Some("torn"));
    });
}

#[test]
fn size_hint_leaves_room_for_an_error() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let mut items = bridge.iter(stream::iter([1, 2]));
        assert_eq!(items.size_hint(), (1, Some(3)));
        assert_eq!(items.by_ref().count(), 2);
        assert_eq!(items.size_hint(), (0, Some(0)));
        assert_eq!(bridge.iter(stream::repeat(1)).size_hint(), (1, None));
    });
}

#[test]
fn size_hints_of_the_adapters_are_those_of_the_items() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let rows = || stream::iter([Ok::<u8, io::Error>(1), Ok(2)]);
        assert_eq!(bridge.iter(rows()).flatten_results().size_hint(), (1, Some(3)));
        assert_eq!(bridge.iter(rows()).flatten_results_with(io::Error::other).size_hint(), (1, Some(3)));
        // An error is a panic, and no item.
        assert_eq!(bridge.iter(rows()).panic_on_error().size_hint(), (0, Some(3)));
        let ahead = bridge.stream_from_iter([Ok::<u8, io::Error>(1), Ok(2)]).flatten_results();
        let plain = bridge.stream_from_iter([Ok::<u8, io::Error>(1), Ok(2)]);
        assert_eq!(Stream::size_hint(&ahead).1, Stream::size_hint(&plain).1);
    });
}

/// A stream that never has an item, or panics, and panics when it is dropped.
struct PanicsInDrop {
    panics_when_polled: bool,
}

impl Stream for PanicsInDrop {
    type Item = u8;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<u8>> {
        assert!(!self.panics_when_polled, "in a poll");
        Poll::Pending
    }
}

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        panic!("in a drop");
    }
}

/// The first panic is the failure. It comes before a time limit.
#[test]
fn panic_of_a_destructor_is_the_last_item() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            for (panics_when_polled, expected) in [(false, "in a drop"), (true, "in a poll")] {
                let mut items =
                    bridge.call().timeout(Duration::from_millis(5)).iter(PanicsInDrop { panics_when_polled });
                let error = items.next().unwrap().unwrap_err();
                assert_eq!(error.panic_message(), Some(expected), "{error:?}");
                assert!(items.next().is_none());
            }
        }
    });
}
