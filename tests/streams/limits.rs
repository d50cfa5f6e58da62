//! Time limits and tokens of an iterator: they hold for each item.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures::{Stream, StreamExt, stream};
use sync_bridge::{BlockingIter, BridgeError, Flavor, PrefetchIter};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::support::{FLAVORS, bridge, from_each_caller, watched};
use crate::{LONG, until};

const SHORT: Duration = Duration::from_millis(5);

#[test]
fn time_limit_holds_for_each_item_and_not_for_all() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let limit = Duration::from_secs(10);
            let items = bridge.call().timeout(limit).iter(stream::iter(0..1000));
            assert_eq!(items.map(Result::unwrap).sum::<i32>(), 499_500);
        }
    });
}

#[test]
fn stalled_stream_times_out_and_is_over() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let stalled = stream::iter([7]).chain(stream::pending());
            let mut items = bridge.call().timeout(SHORT).iter(stalled);
            assert_eq!(items.next().unwrap().unwrap(), 7);
            assert!(matches!(items.next(), Some(Err(BridgeError::TimedOut { after })) if after >= SHORT));
            assert!(items.next().is_none());
        }
    });
}

#[test]
fn time_limit_goes_along_when_reading_ahead() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let stalled = stream::iter([7]).chain(stream::pending());
            let mut items = bridge.call().timeout(SHORT).iter(stalled).with_prefetch(4);
            assert!(matches!(items.find_map(Result::err), Some(BridgeError::TimedOut { .. })));
            assert!(items.next().is_none());
        }
    });
}

#[test]
fn cancel_between_two_items() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let token = CancellationToken::new();
            let stalled = stream::iter([7]).chain(stream::pending());
            let mut items = bridge.call().timeout(LONG).cancel_on(&token).iter(stalled);
            assert_eq!(items.next().unwrap().unwrap(), 7);
            token.cancel();
            // The iterator keeps the token.
            drop(token);
            assert!(matches!(items.next(), Some(Err(BridgeError::Cancelled { .. }))));
            assert!(items.next().is_none());
        }
    });
}

type Numbers = Pin<Box<dyn Stream<Item = usize> + Send>>;

/// Gives 0, 1, 2, … as permits allow, and counts how often it has been asked for the next.
fn permitted(permits: &Arc<Semaphore>) -> (Arc<AtomicUsize>, Numbers) {
    let requests = Arc::new(AtomicUsize::new(0));
    let (counts, permits) = (Arc::clone(&requests), Arc::clone(permits));
    let numbers = stream::iter(0..5).then(move |number| {
        counts.fetch_add(1, Ordering::SeqCst);
        let permits = Arc::clone(&permits);
        async move {
            permits.acquire().await.unwrap().forget();
            number
        }
    });
    (requests, Box::pin(numbers))
}

/// Both kinds of iterators.
enum Items {
    One(BlockingIter<Numbers>),
    Ahead(PrefetchIter<usize>),
}

impl Items {
    fn next(&mut self) -> Option<Result<usize, BridgeError>> {
        match self {
            Self::One(items) => items.next(),
            Self::Ahead(items) => items.next(),
        }
    }

    fn next_timeout(&mut self, limit: Duration) -> Option<Result<usize, BridgeError>> {
        match self {
            Self::One(items) => items.next_timeout(limit),
            Self::Ahead(items) => items.next_timeout(limit),
        }
    }
}

/// Runs `test` with each kind. What reads ahead would take the permits of another.
fn with_both_kinds(mut test: impl FnMut(&dyn Fn(BlockingIter<Numbers>) -> Items)) {
    test(&Items::One);
    test(&|items| Items::Ahead(items.with_prefetch(2)));
}

#[track_caller]
fn assert_timed_out(item: Option<Result<usize, BridgeError>>) {
    match item {
        Some(Err(BridgeError::TimedOut { .. })) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn iterator_goes_on_after_the_limit_of_a_request() {
    watched(|| {
        for flavor in FLAVORS {
            from_each_caller(move || {
                let bridge = bridge(flavor);
                with_both_kinds(|kind| {
                    let permits = Arc::new(Semaphore::new(0));
                    let mut items = kind(bridge.iter(permitted(&permits).1));
                    for number in 0..3 {
                        assert_timed_out(items.next_timeout(SHORT));
                        assert_timed_out(items.next_timeout(Duration::ZERO));
                        permits.add_permits(1);
                        assert_eq!(items.next_timeout(LONG).unwrap().unwrap(), number);
                    }
                    assert_timed_out(items.next_timeout(SHORT));
                    permits.add_permits(2);
                    assert_eq!(items.next().unwrap().unwrap(), 3);
                    assert_eq!(items.next_timeout(LONG).unwrap().unwrap(), 4);
                    assert!(items.next_timeout(LONG).is_none());
                    assert!(items.next().is_none());
                });
            });
        }
    });
}

/// Of a loop that goes on after the limit of each request, the limit around it is the end.
#[test]
fn limit_of_the_code_around_ends_the_iterator() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            with_both_kinds(|kind| {
                let permits = Arc::new(Semaphore::new(0));
                let mut items = kind(bridge.iter(permitted(&permits).1));
                bridge.call().timeout(10 * SHORT).within(|| {
                    while let Some(item) = items.next_timeout(SHORT) {
                        assert_timed_out(Some(item));
                    }
                });
                assert!(items.next().is_none());
            });
        }
    });
}

#[test]
fn limit_of_a_request_replaces_that_of_the_iterator() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        with_both_kinds(|kind| {
            let permits = Arc::new(Semaphore::new(0));
            let mut items = kind(bridge.call().timeout(SHORT).iter(permitted(&permits).1));
            assert_timed_out(items.next_timeout(SHORT));
            let permits = Arc::clone(&permits);
            let later = std::thread::spawn(move || {
                std::thread::sleep(4 * SHORT);
                permits.add_permits(1);
            });
            assert_eq!(items.next_timeout(LONG).unwrap().unwrap(), 0);
            later.join().unwrap();
            // The limit of the iterator ends it.
            assert_timed_out(items.next());
            assert!(items.next_timeout(LONG).is_none());
        });
    });
}

#[test]
fn everything_but_the_limit_of_a_request_ends_the_iterator() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let permits = Arc::new(Semaphore::new(0));
            let numbers = || permitted(&permits).1;
            with_both_kinds(|kind| {
                let token = CancellationToken::new();
                let mut items = kind(bridge.call().cancel_on(&token).iter(numbers()));
                assert_timed_out(items.next_timeout(SHORT));
                token.cancel();
                let item = items.next_timeout(LONG);
                assert!(matches!(item, Some(Err(BridgeError::Cancelled { .. }))), "{item:?}");
                assert!(items.next_timeout(LONG).is_none());
            });
            with_both_kinds(|kind| {
                let deadline = Instant::now() + 4 * SHORT;
                let mut items = kind(bridge.call().deadline(deadline).iter(numbers()));
                assert_timed_out(items.next_timeout(LONG));
                assert!(items.next_timeout(LONG).is_none());
            });
            with_both_kinds(|kind| {
                let mut items = kind(bridge.iter(Box::pin(stream::poll_fn(|_| panic!("torn")))));
                assert_eq!(items.next_timeout(LONG).unwrap().unwrap_err().panic_message(), Some("torn"));
                assert!(items.next_timeout(LONG).is_none());
            });
            let mut kinds = Vec::new();
            with_both_kinds(|kind| kinds.push(kind(bridge.iter(numbers()))));
            bridge.shutdown(LONG);
            for items in &mut kinds {
                let error = items.next_timeout(LONG).unwrap().unwrap_err();
                assert!(matches!(error, BridgeError::WorkerDead | BridgeError::ResponseLost(_)), "{error}");
                assert!(items.next_timeout(LONG).is_none());
            }
        }
    });
}

/// A request that has reached its limit is made once.
#[test]
fn reading_ahead_goes_no_further_for_requests_that_time_out() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let permits = Arc::new(Semaphore::new(0));
            let (requests, numbers) = permitted(&permits);
            let mut items = bridge.iter(numbers).with_prefetch(1);
            for _ in 0..3 {
                assert_timed_out(items.next_timeout(SHORT));
            }
            permits.add_permits(5);
            // The one that is requested, and one ahead.
            until(|| items.size_hint().0 == 2);
            bridge.block_on(tokio::task::yield_now()).unwrap();
            assert_eq!(requests.load(Ordering::SeqCst), 2);
            assert_eq!(items.next().unwrap().unwrap(), 0);
            until(|| items.size_hint().0 == 1);
            assert_eq!(items.next().unwrap().unwrap(), 1);
            until(|| requests.load(Ordering::SeqCst) == 3);
        }
    });
}

#[test]
fn flattened_iterators_go_on_as_well() {
    fn kind(error: BridgeError) -> io::Error {
        io::Error::from(error).kind().into()
    }

    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let permits = Arc::new(Semaphore::new(0));
        let rows = || {
            let permits = Arc::clone(&permits);
            Box::pin(stream::iter([7]).then(move |row| {
                let permits = Arc::clone(&permits);
                async move {
                    permits.acquire().await.unwrap().forget();
                    io::Result::Ok(row)
                }
            }))
        };
        let mut flat = bridge.iter(rows()).flatten_results();
        let mut mapped = bridge.iter(rows()).flatten_results_with(kind);
        for _ in 0..2 {
            assert_eq!(flat.next_timeout(SHORT).unwrap().unwrap_err().kind(), ErrorKind::TimedOut);
            assert_eq!(mapped.next_timeout(SHORT).unwrap().unwrap_err().kind(), ErrorKind::TimedOut);
        }
        permits.add_permits(2);
        assert_eq!((flat.next().unwrap().unwrap(), mapped.next().unwrap().unwrap()), (7, 7));
        assert!(flat.next_timeout(LONG).is_none() && mapped.next_timeout(LONG).is_none());

        let mut flat = bridge.iter(rows()).flatten_results().with_prefetch(2);
        let mut mapped = bridge.iter(rows()).flatten_results_with(kind).with_prefetch(2);
        for _ in 0..2 {
            assert_eq!(flat.next_timeout(SHORT).unwrap().unwrap_err().kind(), ErrorKind::TimedOut);
            assert_eq!(mapped.next_timeout(SHORT).unwrap().unwrap_err().kind(), ErrorKind::TimedOut);
        }
        permits.add_permits(2);
        assert_eq!((flat.next().unwrap().unwrap(), mapped.next().unwrap().unwrap()), (7, 7));
        assert!(flat.next_timeout(LONG).is_none() && mapped.next_timeout(LONG).is_none());
    });
}
