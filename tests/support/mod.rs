//! What several test files share.

#![allow(dead_code, reason = "each test file uses a part")]

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use sync_bridge::{Flavor, RuntimeBridge};
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;

/// How long a test may take before it counts as hanging. The slowest takes some milliseconds.
const WATCHDOG: Duration = Duration::from_secs(30);

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

pub(crate) fn bridge(flavor: Flavor) -> RuntimeBridge {
    RuntimeBridge::builder().flavor(flavor).build().unwrap()
}

pub(crate) const FLAVORS: [Flavor; 2] = [Flavor::MultiThread, Flavor::CurrentThread];

pub(crate) fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

pub(crate) fn multi_thread(workers: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(workers).enable_all().build().unwrap()
}

/// How often [`from_each_caller`] runs its argument.
pub(crate) const CALLERS: usize = 9;

/// Runs `f` in one call after another, each time from another kind of thread. A bridge of the test is none of their runtimes.
pub(crate) fn from_each_caller(f: impl Fn() + Clone + Send + 'static) {
    f();
    {
        let other = multi_thread(1);
        let _guard = other.enter();
        f();
    }
    current_thread().block_on(async { f() });
    let task = f.clone();
    current_thread().block_on(async move { tokio::spawn(async move { task() }).await.unwrap() });
    LocalSet::new().block_on(&current_thread(), async { f() });
    multi_thread(1).block_on(async { f() });
    let task = f.clone();
    multi_thread(1).block_on(async move { tokio::spawn(async move { task() }).await.unwrap() });
    let closure = f.clone();
    multi_thread(1).block_on(async move { tokio::task::spawn_blocking(closure).await.unwrap() });
    let other = RuntimeBridge::new().unwrap();
    other.spawn(async move { f() }).wait().unwrap();
}

/// Counts how often it is dropped.
#[derive(Clone, Default)]
pub(crate) struct Drops(Arc<AtomicUsize>);

pub(crate) struct CountsDrop(Arc<AtomicUsize>);

impl Drops {
    pub(crate) fn guard(&self) -> CountsDrop {
        CountsDrop(Arc::clone(&self.0))
    }

    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Drop for CountsDrop {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Panics that this process has printed since the first call of this function.
pub(crate) fn printed_panics() -> Vec<String> {
    static PRINTED: Mutex<Vec<String>> = Mutex::new(Vec::new());
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let default = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            PRINTED.lock().unwrap().push(panic.to_string());
            default(panic);
        }));
    });
    PRINTED.lock().unwrap().clone()
}
