//! What a call allocates on the calling thread, counted exactly: nothing if the future is ready, tokio's task if it
//! has to be handed off.

mod support;

use allocation_counter::measure;
use support::{FLAVORS, bridge, current_thread, multi_thread, watched};
use sync_bridge::{Flavor, RuntimeBridge, sync_bridge};

/// The number of allocations of a call, once thread-locals are set up and the threads of pools are there.
fn allocations<R>(call: impl Fn() -> R) -> u64 {
    (0..100).map(|_| measure(|| drop(call())).count_total).min().unwrap()
}

async fn yields() -> u8 {
    tokio::task::yield_now().await;
    1
}

#[test]
fn ready_future_allocates_nothing_on_a_plain_thread() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let word = String::from("borrowed");
            assert_eq!(allocations(|| bridge.block_on(async { word.len() }).unwrap()), 0);
            assert_eq!(allocations(|| bridge.block_on_with(|| async { word.len() }).unwrap()), 0);
        }
    });
}

#[test]
fn ready_future_with_a_check_allocates_what_may_interrupt_it() {
    watched(|| {
        for flavor in FLAVORS {
            let builder = RuntimeBridge::builder().flavor(flavor);
            let check = || std::ops::ControlFlow::<String>::Continue(());
            let bridge = builder.while_waiting(std::time::Duration::from_millis(5), check).build().unwrap();
            assert_eq!(allocations(|| bridge.block_on(async { 1 }).unwrap()), 3);
        }
    });
}

/// Neither on the thread nor in the bridge, which lists the scopes that are open.
#[test]
fn scope_leaves_nothing_behind() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            bridge.scope(|_| ()).unwrap();
            let left = measure(|| (0..100).for_each(|_| bridge.scope(|_| ()).unwrap()));
            assert!(left.count_total > 0);
            assert_eq!((left.count_current, left.bytes_current), (0, 0));
        }
    });
}

struct Client(RuntimeBridge);

#[sync_bridge(bridge = self.0, error = wrap)]
impl Client {
    #[expect(clippy::unused_async, reason = "a future that is ready")]
    pub(crate) async fn ready(&self, word: &str) -> usize {
        word.len()
    }
}

#[test]
fn ready_twin_allocates_nothing_on_a_plain_thread() {
    watched(|| {
        for flavor in FLAVORS {
            let client = Client(bridge(flavor));
            let word = String::from("borrowed");
            assert_eq!(allocations(|| client.ready_blocking(&word).unwrap()), 0);
        }
    });
}

#[test]
fn hand_off_allocates_the_task() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let large = [0_u8; 16 << 10];
            let of_any_size = || async move {
                tokio::task::yield_now().await;
                large[large.len() - 1]
            };
            assert_eq!(allocations(|| bridge.block_on(yields()).unwrap()), 1);
            assert_eq!(allocations(|| bridge.block_on_with(yields).unwrap()), 1);
            assert_eq!(allocations(|| bridge.block_on_with(of_any_size).unwrap()), 1);
            current_thread().block_on(async {
                assert_eq!(allocations(|| bridge.block_on(async { 1 }).unwrap()), 1);
            });
        }
    });
}

/// tokio allocates when it moves the worker to another thread. Once that has happened, a call adds nothing.
#[test]
fn ready_future_allocates_nothing_of_ours_on_a_worker() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let task = async move {
            // Until the other thread has taken over, tokio moves the worker back and forth.
            while measure(|| tokio::task::block_in_place(std::thread::yield_now)).count_total > 0 {}
            assert_eq!(allocations(|| bridge.block_on(async { 1 }).unwrap()), 0);
        };
        multi_thread(1).block_on(async move { tokio::spawn(task).await.unwrap() });
    });
}
