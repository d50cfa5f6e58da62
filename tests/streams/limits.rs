//! Time limits and tokens of an iterator: they hold for each item.

use std::time::Duration;

use futures::{StreamExt, stream};
use sync_bridge::BridgeError;
use tokio_util::sync::CancellationToken;

use crate::LONG;
use crate::support::{FLAVORS, bridge, watched};

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
