//! The limit of calls in flight, and what happens to a call beyond it.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::base::config::Overflow;
use crate::base::error::BridgeError;

#[derive(Debug)]
pub(crate) struct CallLimit {
    places: Semaphore,
    overflow: Overflow,
    rejected: AtomicU64,
}

/// How a call gets its place.
pub(crate) enum Permit<'a> {
    /// It needs none, or has it.
    Admitted(
        #[expect(dead_code, reason = "kept for its drop, which gives the place back")] Option<SemaphorePermit<'a>>,
    ),
    /// Its future waits for one.
    Queued(&'a Semaphore),
}

impl CallLimit {
    pub(crate) fn new(places: usize, overflow: Overflow) -> Self {
        // tokio's bound is beyond any number of threads that could wait.
        Self { places: Semaphore::new(places.min(Semaphore::MAX_PERMITS)), overflow, rejected: AtomicU64::new(0) }
    }

    /// How many calls have been turned away.
    pub(crate) fn rejected(&self) -> u64 {
        // ORDERING: Relaxed: as where it is counted.
        self.rejected.load(Ordering::Relaxed)
    }

    pub(crate) fn admit(&self) -> Result<Permit<'_>, BridgeError> {
        match self.overflow {
            Overflow::Wait => Ok(Permit::Queued(&self.places)),
            Overflow::Reject => self.places.try_acquire().map(|place| Permit::Admitted(Some(place))).map_err(|_| {
                // ORDERING: Relaxed: the count publishes nothing.
                self.rejected.fetch_add(1, Ordering::Relaxed);
                BridgeError::Saturated
            }),
        }
    }
}

impl Permit<'_> {
    /// Runs the future when it has its place, which it keeps to its end.
    pub(crate) async fn run<F: Future>(&self, future: F) -> F::Output {
        let _place = match self {
            Self::Admitted(_) => None,
            // The semaphore is never closed.
            Self::Queued(places) => places.acquire().await.ok(),
        };
        future.await
    }
}
