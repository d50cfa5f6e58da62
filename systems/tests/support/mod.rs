//! Helpers that several test files use.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part")]

pub(crate) mod postgres;
pub(crate) mod refs_server;
pub(crate) mod server;
pub(crate) mod workload;
pub(crate) mod world;

use std::panic::resume_unwind;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// A test that takes longer than this counts as hanging. The slowest test takes some seconds.
const WATCHDOG: Duration = Duration::from_mins(3);

/// Runs a test on its own thread, and fails if it hangs.
pub(crate) fn watched<R: Send + 'static>(test: impl FnOnce() -> R + Send + 'static) -> R {
    let (done, finished) = channel();
    let thread = std::thread::spawn(move || {
        let result = test();
        // The receiver has been dropped only if the watchdog has given up.
        let _ = done.send(());
        result
    });
    match finished.recv_timeout(WATCHDOG) {
        Err(RecvTimeoutError::Timeout) => panic!("the test hangs"),
        Ok(()) | Err(RecvTimeoutError::Disconnected) => thread.join().unwrap_or_else(|payload| resume_unwind(payload)),
    }
}
