//! Where the async object goes when its blocking adapter is dropped.

use std::cell::RefCell;
use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;

use sync_bridge::{BlockingIo, Flavor};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::runtime::Handle;

use crate::support::{CountsDrop, Drops, FLAVORS, bridge, watched};

/// Counts its drops: all of them, and those inside a runtime's context.
struct Dropped {
    _counted: CountsDrop,
    in_context: Drops,
}

impl Dropped {
    fn new(drops: &(Drops, Drops)) -> Self {
        Self { _counted: drops.0.guard(), in_context: drops.1.clone() }
    }
}

impl Drop for Dropped {
    fn drop(&mut self) {
        if Handle::try_current().is_ok() {
            drop(self.in_context.guard());
        }
    }
}

impl AsyncRead for Dropped {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[test]
fn async_object_is_dropped_in_context_or_given_back() {
    watched(|| {
        for flavor in FLAVORS {
            let first = bridge(flavor);
            let drops: (Drops, Drops) = Default::default();
            drop(first.reader(Dropped::new(&drops)));
            assert_eq!((drops.0.count(), drops.1.count()), (1, 1));

            let last = first.reader(Dropped::new(&drops));
            drop(first);
            thread::spawn(move || drop(last)).join().unwrap();
            assert_eq!((drops.0.count(), drops.1.count()), (2, 2));

            let mut reader = bridge(flavor).reader(Dropped::new(&drops));
            assert_eq!(reader.read(&mut [0]).unwrap(), 0);
            let given_back = reader.into_inner();
            assert_eq!(drops.0.count(), 2);
            drop(given_back);
            assert_eq!((drops.0.count(), drops.1.count()), (3, 2));
        }
    });
}

#[test]
fn reader_of_a_thread_local_is_dropped_as_the_thread_ends() {
    thread_local! {
        static KEPT: RefCell<Option<BlockingIo<Dropped>>> = const { RefCell::new(None) };
    }

    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let drops: (Drops, Drops) = Default::default();
        let counted = drops.clone();
        let user = thread::spawn(move || {
            // Registered before tokio's own, so destroyed after it.
            KEPT.with(|kept| drop(kept.borrow()));
            let mut reader = bridge.reader(Dropped::new(&counted));
            assert_eq!(reader.read(&mut [0]).unwrap(), 0);
            KEPT.set(Some(reader));
        });
        user.join().unwrap();
        assert_eq!(drops.0.count(), 1);
    });
}
