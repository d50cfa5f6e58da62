//! Streams as iterators, with and without reading ahead, and blocking iterators as streams.

#[path = "../support/mod.rs"]
mod support;

mod from_iter;
mod iter;
mod limits;
mod prefetch;

use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use futures::stream;
use futures::{Stream, StreamExt};
use support::{CountsDrop, Drops};
use tokio::runtime::Handle;

const LONG: Duration = Duration::from_secs(3600);

/// Waits until `done`: the watchdog fails the test if that never comes.
fn until(done: impl Fn() -> bool) {
    while !done() {
        thread::yield_now();
    }
}

/// Gives 0, 1, 2, … and lets everything else on the runtime run before each.
fn counting(end: usize) -> impl Stream<Item = usize> + Send + 'static {
    stream::iter(0..end).then(|number| async move {
        tokio::task::yield_now().await;
        number
    })
}

/// Gives what `poll` gives, and counts its drops: all of them, and those inside a runtime's context.
struct Watched<F> {
    poll: F,
    _dropped: CountsDrop,
    dropped_in_context: Drops,
}

impl<F: FnMut() -> Poll<Option<usize>> + Unpin> Watched<F> {
    fn new(drops: &(Drops, Drops), poll: F) -> Self {
        Self { poll, _dropped: drops.0.guard(), dropped_in_context: drops.1.clone() }
    }
}

impl<F: FnMut() -> Poll<Option<usize>> + Unpin> Stream for Watched<F> {
    type Item = usize;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<usize>> {
        (self.poll)()
    }
}

impl<F> Drop for Watched<F> {
    fn drop(&mut self) {
        if Handle::try_current().is_ok() {
            drop(self.dropped_in_context.guard());
        }
    }
}
