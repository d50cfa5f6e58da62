//! A blocking iterator as a stream: where it is pulled, how far, and how it ends.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use futures::{Stream, StreamExt, TryStreamExt};
use sync_bridge::{BridgeError, Flavor, RuntimeBridge};

use crate::support::{CountsDrop, Drops, FLAVORS, bridge, current_thread, multi_thread, watched};
use crate::{LONG, until};

#[test]
fn blocking_iterator_is_pulled_on_a_blocking_thread() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let pulling = || std::iter::from_fn(|| Some(tokio::runtime::worker_index())).take(3);
            for ahead in [0, 2] {
                let stream = bridge.stream_from_iter(pulling()).with_prefetch(ahead);
                let indices: Result<Vec<_>, _> = bridge.block_on(stream.try_collect()).unwrap();
                assert_eq!(indices.unwrap(), [None; 3]);
            }
        }
    });
}

#[test]
fn blocking_iterator_blocks_no_task() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let (sender, receiver) = mpsc::channel();
            let mut stream = bridge.stream_from_iter(receiver);
            // The item is sent by a task of the same worker, after the iterator has begun to wait for it.
            let item = bridge.block_on(async {
                tokio::join!(stream.next(), async {
                    tokio::task::yield_now().await;
                    sender.send(7).unwrap();
                })
                .0
            });
            assert_eq!(item.unwrap().unwrap().unwrap(), 7);
        }
    });
}

#[test]
fn stream_of_an_iterator_is_polled_on_every_runtime_and_on_none() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let numbers = || bridge.stream_from_iter(0..5).with_prefetch(1).try_collect::<Vec<_>>();
            for collected in [
                current_thread().block_on(numbers()),
                multi_thread(1).block_on(numbers()),
                futures::executor::block_on(numbers()),
                bridge.block_on(numbers()).unwrap(),
                bridge.iter(bridge.stream_from_iter(0..5)).flatten_results().collect(),
            ] {
                assert_eq!(collected.unwrap(), [0, 1, 2, 3, 4]);
            }
        }
    });
}

/// An iterator that counts how often it is pulled.
fn pulls() -> (Arc<AtomicUsize>, impl Iterator<Item = usize> + Send + 'static) {
    let pulled = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&pulled);
    (pulled, (0..).inspect(move |_| _ = counts.fetch_add(1, Ordering::SeqCst)))
}

#[test]
fn blocking_iterator_is_pulled_exactly_so_far_ahead() {
    watched(|| {
        for ahead in [0, 1, 5] {
            let bridge = bridge(Flavor::MultiThread);
            let (pulled, numbers) = pulls();
            let mut stream = bridge.stream_from_iter(numbers).with_prefetch(ahead);
            assert_eq!(pulled.load(Ordering::SeqCst), 0);
            for taken in 1..10 {
                assert_eq!(futures::executor::block_on(stream.next()).unwrap().unwrap(), taken - 1);
                until(|| stream.size_hint().0 == ahead);
                assert_eq!(pulled.load(Ordering::SeqCst), taken + ahead);
            }
        }
    });
}

#[test]
fn item_of_an_abandoned_poll_comes_with_the_next() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let (pulled, numbers) = pulls();
        let (release, released) = mpsc::channel::<()>();
        let mut stream = bridge.stream_from_iter(numbers.inspect(move |_| _ = released.recv()));
        assert!(poll_once(stream.next()).is_pending());
        release.send(()).unwrap();
        until(|| stream.size_hint().0 == 1);
        assert_eq!(futures::executor::block_on(stream.next()).unwrap().unwrap(), 0);
        assert_eq!(pulled.load(Ordering::SeqCst), 1);
    });
}

fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn panic_of_a_blocking_iterator_is_the_last_item() {
    watched(|| {
        for flavor in FLAVORS {
            for ahead in [0, 5] {
                let (bridge, drops) = (bridge(flavor), Drops::default());
                let owned = drops.guard();
                let torn = (0..).inspect(move |number| {
                    let _owned = &owned;
                    assert!(*number < 2, "torn");
                });
                let stream = bridge.stream_from_iter(torn).with_prefetch(ahead);
                let items: Vec<_> = futures::executor::block_on(stream.collect());
                assert!(matches!(items[..2], [Ok(0), Ok(1)]));
                assert_eq!(items.len(), 3);
                assert_eq!(items[2].as_ref().unwrap_err().panic_message(), Some("torn"));
                assert_eq!(drops.count(), 1);
            }
        }
    });
}

#[test]
fn blocking_iterator_is_dropped_before_its_stream_ends() {
    watched(|| {
        let (bridge, drops) = (bridge(Flavor::MultiThread), Drops::default());
        let owned = drops.guard();
        let numbers = (0..3).inspect(move |_| _ = &owned);
        let mut stream = bridge.stream_from_iter(numbers);
        while let Some(number) = futures::executor::block_on(stream.next()) {
            number.unwrap();
        }
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn dropping_the_stream_stops_the_pulling_after_the_current_item() {
    watched(|| {
        for flavor in FLAVORS {
            let (bridge, drops) = (bridge(flavor), Drops::default());
            let (owned, pulled) = (drops.guard(), Arc::new(AtomicUsize::new(0)));
            let (asked, is_asked) = mpsc::channel();
            let (sender, receiver) = mpsc::channel::<CountsDrop>();
            let counts = Arc::clone(&pulled);
            let blocking = std::iter::from_fn(move || {
                let _owned = &owned;
                counts.fetch_add(1, Ordering::SeqCst);
                asked.send(()).unwrap();
                receiver.recv().ok()
            });
            let mut stream = bridge.stream_from_iter(blocking).with_prefetch(10);
            assert!(poll_once(stream.next()).is_pending());
            is_asked.recv().unwrap();
            drop(stream);
            assert_eq!(drops.count(), 0);
            sender.send(drops.guard()).unwrap();
            // The item and the iterator.
            until(|| drops.count() == 2);
            assert_eq!(pulled.load(Ordering::SeqCst), 1);
        }
    });
}

#[test]
fn blocking_iterator_that_nobody_pulls_is_dropped_with_its_stream() {
    watched(|| {
        let (bridge, drops) = (bridge(Flavor::MultiThread), Drops::default());
        let owned = drops.guard();
        drop(bridge.stream_from_iter((0..3).inspect(move |_| _ = &owned)));
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn streams_of_iterators_hold_no_thread_while_idle() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        // More than there are threads.
        let mut streams: Vec<_> = (0..1100).map(|_| bridge.stream_from_iter(0..)).collect();
        for expected in 0..2 {
            for stream in &mut streams {
                assert_eq!(futures::executor::block_on(stream.next()).unwrap().unwrap(), expected);
            }
        }
    });
}

/// The bridge runs 1024 of them at a time.
#[test]
fn more_blocking_iterators_than_threads_take_turns() {
    const THREADS: usize = 1024;
    const STREAMS: usize = THREADS + 18;
    watched(|| {
        let (stopped, has_stopped) = mpsc::channel();
        let bridge = RuntimeBridge::builder()
            .thread_stack_size(128 << 10)
            .thread_keep_alive(Duration::from_millis(1))
            .on_thread_stop(move || {
                let _ = stopped.send(());
            })
            .build()
            .unwrap();
        let (begun, has_begun) = mpsc::channel();
        let gate = Arc::new(Mutex::new(()));
        let closed = gate.lock().unwrap();
        let mut streams: Vec<_> = (0..STREAMS)
            .map(|number| {
                let (begun, gate) = (begun.clone(), Arc::clone(&gate));
                bridge.stream_from_iter(std::iter::once_with(move || {
                    begun.send(()).unwrap();
                    drop(gate.lock());
                    number
                }))
            })
            .collect();
        for stream in &mut streams {
            assert!(poll_once(stream.next()).is_pending());
        }
        (0..THREADS).for_each(|_| has_begun.recv().unwrap());
        // The others begin when threads are free.
        assert_eq!(has_begun.try_recv(), Err(mpsc::TryRecvError::Empty));
        drop(closed);
        for (number, stream) in streams.iter_mut().enumerate() {
            assert_eq!(futures::executor::block_on(stream.next()).unwrap().unwrap(), number);
        }
        assert_eq!(has_begun.try_iter().count(), STREAMS - THREADS);
        // Their threads have ended, and make room for others.
        (0..THREADS).for_each(|_| has_stopped.recv().unwrap());
        assert_eq!(futures::executor::block_on(bridge.stream_from_iter([7]).next()).unwrap().unwrap(), 7);
    });
}

#[test]
fn shutdown_ends_the_stream_of_an_iterator_with_an_error() {
    watched(|| {
        for flavor in FLAVORS {
            let (bridge, drops) = (bridge(flavor), Drops::default());
            let owned = drops.guard();
            let mut stream = bridge.stream_from_iter((0..).inspect(move |_| _ = &owned));
            assert_eq!(futures::executor::block_on(stream.next()).unwrap().unwrap(), 0);
            bridge.shutdown(LONG);
            // The driver of a current-thread runtime may take a moment to leave.
            let last = loop {
                match futures::executor::block_on(stream.next()).unwrap() {
                    Ok(_) => thread::yield_now(),
                    Err(error) => break error,
                }
            };
            assert!(matches!(last, BridgeError::WorkerDead));
            assert_eq!(drops.count(), 1);
            assert!(futures::executor::block_on(stream.next()).is_none());
        }
    });
}

#[test]
fn blocking_iterator_calls_the_bridge() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let calls = bridge.clone();
            let numbers = (0..3).map(move |number| calls.block_on(async move { number }).unwrap());
            let stream = bridge.stream_from_iter(numbers);
            let collected: Result<Vec<_>, _> = bridge.block_on(stream.try_collect()).unwrap();
            assert_eq!(collected.unwrap(), [0, 1, 2]);
        }
    });
}

#[test]
fn results_of_a_blocking_iterator_are_flattened() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let rows = [Ok(1), Err(io::Error::from(io::ErrorKind::NotFound))];
        let mut stream = bridge.stream_from_iter(rows).flatten_results();
        let outcome = bridge.block_on(async { (stream.try_next().await, stream.try_next().await) }).unwrap();
        assert_eq!(outcome.0.unwrap(), Some(1));
        assert_eq!(outcome.1.unwrap_err().kind(), io::ErrorKind::NotFound);
    });
}

#[test]
fn waker_of_the_last_poll_is_woken() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let (sender, receiver) = mpsc::channel();
        let mut stream = bridge.stream_from_iter(receiver);
        assert!(poll_once(stream.next()).is_pending());
        // Another task takes the stream over, and the item comes only then.
        let mut sender = Some(sender);
        let item = futures::executor::block_on(poll_fn(|cx| {
            let polled = stream.poll_next_unpin(cx);
            if let Some(sender) = sender.take() {
                assert!(polled.is_pending());
                sender.send(3).unwrap();
            }
            polled
        }));
        assert_eq!(item.unwrap().unwrap(), 3);
    });
}

#[test]
fn panic_of_a_blocking_iterators_destructor_arrives() {
    struct Torn(bool);

    impl Iterator for Torn {
        type Item = u8;

        fn next(&mut self) -> Option<u8> {
            self.0.then_some(1)
        }
    }

    impl Drop for Torn {
        fn drop(&mut self) {
            panic!("torn");
        }
    }

    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let mut ended = bridge.stream_from_iter(Torn(false));
        let mut shut_down = bridge.stream_from_iter(Torn(true));
        let error = futures::executor::block_on(ended.next()).unwrap().unwrap_err();
        assert_eq!(error.panic_message(), Some("torn"));
        bridge.shutdown(LONG);
        let error = futures::executor::block_on(shut_down.next()).unwrap().unwrap_err();
        assert_eq!(error.panic_message(), Some("torn"));
        assert!(futures::executor::block_on(shut_down.next()).is_none());
    });
}
