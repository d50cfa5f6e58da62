//! Whether another thread has taken the place of a worker that blocks.
//!
//! tokio's `block_in_place` asks the system for a thread, and if that is refused, goes on: nobody then drives the runtime's
//! timers and sockets, and what the blocked worker waits for never comes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use crate::base::panic::discard;

/// Watches over the workers of a runtime, from before one of them blocks.
pub(crate) struct Takeover {
    runtime: Handle,
    /// How often each worker had parked and been unparked; empty once one has been seen to go on.
    counts: Vec<u64>,
    look_at: Instant,
    pause: Duration,
}

/// How long another thread has before the first look, which costs a thread: some ten times what it takes.
const FIRST_PAUSE: Duration = Duration::from_millis(1);

const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// What a look at the workers has shown.
pub(crate) enum Progress {
    /// All is well: no further look is needed.
    Served,
    /// To look again after this long.
    Unknown(Duration),
    /// No worker goes on, and the system refuses a thread.
    Exhausted,
}

impl Takeover {
    pub(crate) fn watch(runtime: &Handle) -> Self {
        let (runtime, counts) = (runtime.clone(), counts(runtime));
        Self { runtime, counts, look_at: Instant::now() + FIRST_PAUSE, pause: FIRST_PAUSE }
    }

    /// Looks whether a worker goes on. `can_spawn` says whether the system gives out a thread.
    pub(crate) fn look(&mut self, can_spawn: impl FnOnce() -> bool) -> Progress {
        // An odd count is that of a worker that is parked, says tokio: it waits for work, and serves.
        let goes_on = |(before, now): (&u64, &u64)| now % 2 == 1 || before != now;
        if self.counts.iter().zip(&counts(&self.runtime)).any(goes_on) {
            self.counts.clear();
        }
        if self.counts.is_empty() {
            return Progress::Served;
        }
        let now = Instant::now();
        if now >= self.look_at {
            if !can_spawn() {
                return Progress::Exhausted;
            }
            // What tokio asked for in vain, if it did: it does not ask again for the closure that it keeps, but for this one.
            let asked = catch_unwind(AssertUnwindSafe(|| self.runtime.spawn_blocking(|| ())));
            if let Err(payload) = asked {
                discard(payload);
                return Progress::Exhausted;
            }
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
            self.look_at = now + self.pause;
        }
        Progress::Unknown(self.look_at - now)
    }
}

#[cfg(target_has_atomic = "64")]
fn counts(runtime: &Handle) -> Vec<u64> {
    let metrics = runtime.metrics();
    (0..metrics.num_workers()).map(|worker| metrics.worker_park_unpark_count(worker)).collect()
}

/// Without these counts it is assumed that a worker goes on.
#[cfg(not(target_has_atomic = "64"))]
fn counts(_runtime: &Handle) -> Vec<u64> {
    Vec::new()
}
