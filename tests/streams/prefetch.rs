//! A stream read ahead by a task of the bridge: in order, and exactly so far.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use futures::{Stream, StreamExt, stream};
use sync_bridge::{BridgeError, Flavor, RuntimeBridge};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::support::{CALLERS, Drops, FLAVORS, bridge, from_each_caller, watched};
use crate::{Watched, counting, until};

#[test]
fn items_read_ahead_are_taken_on_a_current_thread_bridges_own_worker() {
    watched(|| {
        let bridge = bridge(Flavor::CurrentThread);
        let items = bridge.block_on(async {
            let mut items = bridge.iter(counting(2)).with_prefetch(2);
            until_async(|| items.size_hint().0 == 2).await;
            [items.next(), items.next()].map(|item| item.unwrap().unwrap())
        });
        assert_eq!(items.unwrap(), [0, 1]);
    });
}

async fn until_async(done: impl Fn() -> bool) {
    while !done() {
        tokio::task::yield_now().await;
    }
}

/// A stream of numbers that counts those it has given, and says when it is asked for one.
fn counted() -> (Arc<AtomicUsize>, impl Stream<Item = usize> + Send + 'static) {
    let pulled = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&pulled);
    (pulled, stream::iter(0..).inspect(move |_| _ = counts.fetch_add(1, Ordering::SeqCst)))
}

#[test]
fn prefetch_reads_exactly_so_far_ahead() {
    watched(|| {
        for flavor in FLAVORS {
            for ahead in [1, 3, 64] {
                let bridge = bridge(flavor);
                let (pulled, numbers) = counted();
                let mut items = bridge.iter(numbers).with_prefetch(ahead);
                for taken in 0..10 {
                    until(|| pulled.load(Ordering::SeqCst) == taken + ahead);
                    settle(&bridge);
                    assert_eq!(pulled.load(Ordering::SeqCst), taken + ahead);
                    assert_eq!(items.next().unwrap().unwrap(), taken);
                }
            }
        }
    });
}

#[test]
fn prefetch_of_nothing_reads_what_is_asked_for() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let (pulled, numbers) = counted();
            let mut items = bridge.iter(numbers).with_prefetch(0);
            for taken in 0..10 {
                settle(&bridge);
                assert_eq!(pulled.load(Ordering::SeqCst), taken);
                assert_eq!(items.next().unwrap().unwrap(), taken);
            }
        }
    });
}

/// Lets every task of the bridge that can run do so: with one worker, tasks take turns.
fn settle(bridge: &RuntimeBridge) {
    let turns = async {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    };
    bridge.spawn(turns).wait().unwrap();
}

#[test]
fn prefetch_without_a_bound_is_allowed() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let items: Result<Vec<_>, _> = bridge.iter(counting(9)).with_prefetch(usize::MAX).collect();
        assert_eq!(items.unwrap().len(), 9);
    });
}

#[test]
fn prefetch_keeps_the_order_for_every_caller() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                let items: Result<Vec<_>, _> = bridge.iter(counting(500)).with_prefetch(7).collect();
                assert_eq!(items.unwrap(), (0..500).collect::<Vec<_>>());
            });
        }
    });
}

#[test]
fn prefetch_goes_on_while_the_caller_does_something_else() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let (sender, mut receiver) = mpsc::unbounded_channel();
            let items = bridge.iter(stream::poll_fn(move |cx| receiver.poll_recv(cx))).with_prefetch(2);
            sender.send(1).unwrap();
            sender.send(2).unwrap();
            until(|| items.size_hint().0 == 2);
            drop(sender);
            assert_eq!(items.collect::<Result<Vec<_>, _>>().unwrap(), [1, 2]);
        }
    });
}

#[test]
fn a_caller_is_woken_once_for_a_group_of_items() {
    watched(|| {
        let waits = (0..5).map(|_| {
            let bridge = bridge(Flavor::MultiThread);
            let items = stream::iter(0..4096).then(|number| async move {
                tokio::task::yield_now().await;
                number
            });
            assert_eq!(bridge.iter(items).with_prefetch(256).map(Result::unwrap).sum::<u64>(), 4096 * 4095 / 2);
            bridge.metrics().handed_off
        });
        // The task gets ahead of a thread that is slow to wake, so there are fewer waits than items in any case.
        let most = waits.max().unwrap();
        assert!(most < 4096 / 4, "{most} waits");
    });
}

#[test]
fn an_item_waits_for_no_slow_ones() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let taken = Arc::new(AtomicUsize::new(0));
            let slow = stream::iter(0..64).then({
                let taken = Arc::clone(&taken);
                move |number| {
                    // Work without an await, between two turns of the runtime. It does not end before the caller has
                    // what came four items ago: an item that is kept for a larger group is never taken.
                    std::thread::sleep(Duration::from_millis(2));
                    until(|| taken.load(Ordering::Relaxed) + 4 >= number);
                    async move {
                        tokio::task::yield_now().await;
                        number
                    }
                }
            });
            for item in bridge.iter(slow).with_prefetch(64) {
                item.unwrap();
                taken.fetch_add(1, Ordering::Relaxed);
            }
            assert_eq!(taken.load(Ordering::Relaxed), 64);
        }
    });
}

#[test]
fn items_that_have_come_stay_when_the_wait_for_more_is_cancelled() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let token = CancellationToken::new();
            let (cancel, mut polls) = (token.clone(), 0);
            // An item in each of two turns, after many without; the token is cancelled when both have been sent.
            let items = stream::poll_fn(move |cx| {
                polls += 1;
                match polls {
                    100 | 102 => Poll::Ready(Some(polls)),
                    103 => {
                        cancel.cancel();
                        Poll::Pending
                    }
                    _ => {
                        cx.waker().wake_by_ref();
                        Poll::Pending
                    }
                }
            });
            let items = bridge.call().cancel_on(&token).iter(items).with_prefetch(4);
            let come: Vec<_> = items.collect();
            assert!(matches!(come[..], [Ok(100), Ok(102), Err(BridgeError::Cancelled { .. })]), "{come:?}");
        }
    });
}

#[test]
fn dropping_a_prefetching_iterator_drops_the_stream() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            // The end of the bridge would drop the streams, too.
            let _kept = bridge.clone();
            let drops: (Drops, Drops) = Default::default();
            let counted = drops.clone();
            from_each_caller(move || {
                let full = counted.clone();
                let mut items = bridge.iter(Watched::new(&full, || Poll::Ready(Some(1)))).with_prefetch(1);
                items.next().unwrap().unwrap();
                drop(items);
                drop(bridge.iter(Watched::new(&counted, || Poll::Pending)).with_prefetch(1));
            });
            until(|| drops.0.count() == 2 * CALLERS);
            assert_eq!(drops.1.count(), 2 * CALLERS);
        }
    });
}

#[test]
fn prefetching_iterator_keeps_the_bridge() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let items = bridge.iter(counting(5)).with_prefetch(1);
            drop(bridge);
            assert_eq!(items.collect::<Result<Vec<_>, _>>().unwrap(), [0, 1, 2, 3, 4]);
        }
    });
}

#[test]
fn prefetch_of_an_iterator_that_is_over_is_over() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let mut items = bridge.iter(counting(0));
        assert!(items.next().is_none());
        assert!(items.with_prefetch(1).next().is_none());
    });
}
