//! A way to call async code from sync code.

use crate::place::Place;
use std::future::Future;
use tokio::task::yield_now;

/// Whose the contender is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// This project's.
    Ours,
    /// Something else that does the same.
    Peer,
    /// The same, by handing the future to a thread that is there already.
    HandOffPeer,
    /// Does less: what the contenders are measured against, and cannot beat by much.
    Limit,
}

impl Side {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Ours, Self::Peer, Self::HandOffPeer, Self::Limit];
}

/// A way to call async code from sync code.
pub trait Contender: Clone + Send + Sync + 'static {
    /// Whose it is.
    const SIDE: Side = Side::Peer;

    /// Whether an IO object made in one call can be used in the next: not if each has a reactor of its own.
    const LASTING_REACTOR: bool = true;

    /// Whether each call starts a thread or a runtime: too slow to be asked for a hundred thousand calls.
    const STARTS_SOMETHING: bool = false;

    /// What the tables call it.
    fn name(&self) -> &'static str;

    /// Why it cannot be called from there, if it cannot.
    fn refusal(&self, place: Place) -> Option<&'static str>;

    /// Runs the future that `make` builds to its end, on the calling thread's behalf.
    fn call<F>(&self, make: impl FnOnce() -> F + Send) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static;

    /// Runs sync code inside of a future that the contender runs, as code does that calls a twin without knowing that
    /// it is inside of one already.
    fn inside<R: Send + 'static>(&self, job: impl FnOnce() -> R + Send + 'static) -> R {
        self.call(|| async {
            // After its first poll a future may be somewhere else.
            yield_now().await;
            job()
        })
    }
}
