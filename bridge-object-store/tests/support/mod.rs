//! What several test files share.

#![allow(dead_code, reason = "each test file uses a part")]

pub(crate) mod adapter;
pub(crate) mod counting;
pub(crate) mod s3;

use std::panic::resume_unwind;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;
use tokio::runtime::Builder;

/// How long a test may take before it counts as hanging. The slowest takes some seconds, on a machine that is not busy.
const WATCHDOG: Duration = Duration::from_secs(240);

/// Runs a test on a thread of its own, and fails if it hangs.
pub(crate) fn watched<R: Send + 'static>(test: impl FnOnce() -> R + Send + 'static) -> R {
    let (done, finished) = channel();
    let thread = std::thread::spawn(move || {
        let result = test();
        // The receiver is gone only if the watchdog has given up on this thread.
        let _ = done.send(());
        result
    });
    match finished.recv_timeout(WATCHDOG) {
        Err(RecvTimeoutError::Timeout) => panic!("the test hangs"),
        Ok(()) | Err(RecvTimeoutError::Disconnected) => thread.join().unwrap_or_else(|payload| resume_unwind(payload)),
    }
}

/// Where blocking code is called from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Caller {
    PlainThread,
    CurrentThreadRuntime,
    MultiThreadTask,
}

pub(crate) const CALLERS: [Caller; 3] = [Caller::PlainThread, Caller::CurrentThreadRuntime, Caller::MultiThreadTask];

impl Caller {
    /// Runs `f` there, and fails if it hangs.
    pub(crate) fn call<R: Send + 'static>(self, f: impl FnOnce() -> R + Send + 'static) -> R {
        watched(move || match self {
            Self::PlainThread => f(),
            Self::CurrentThreadRuntime => {
                Builder::new_current_thread().enable_all().build().unwrap().block_on(async { f() })
            }
            Self::MultiThreadTask => {
                let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
                let task = runtime.spawn(async { f() });
                runtime.block_on(task).unwrap_or_else(|error| resume_unwind(error.into_panic()))
            }
        })
    }
}

/// Runs a test from each caller, one after the other.
pub(crate) fn from_each_caller(test: impl Fn(Caller) + Clone + Send + 'static) {
    for caller in CALLERS {
        let test = test.clone();
        caller.call(move || test(caller));
    }
}

/// Bytes that differ from place to place: a part in the wrong place is noticed.
pub(crate) fn numbered(length: usize) -> Vec<u8> {
    (0_u32..).flat_map(u32::to_le_bytes).take(length).collect()
}
