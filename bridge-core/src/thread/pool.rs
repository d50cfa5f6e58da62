//! The threads of a bridge, and how many of them may be blocked.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::runtime::{self, Handle};

use crate::base::id::BridgeId;
use crate::base::runtime::BridgeRuntime;

thread_local! {
    /// The pool that this thread belongs to, as worker or blocking thread of a bridge's runtime.
    static MEMBER_OF: RefCell<Option<Arc<Pool>>> = const { RefCell::new(None) };
    static BRIDGE: Cell<Option<BridgeId>> = const { Cell::new(None) };
    /// The borrowed runtime that this thread is a worker of.
    static WORKS_FOR: Cell<Option<runtime::Id>> = const { Cell::new(None) };
    /// The bridge on a borrowed runtime whose task, or blocking closure, runs on this thread now.
    static RUNS_FOR: Cell<Option<BridgeId>> = const { Cell::new(None) };
    static IS_TAKEN: Cell<bool> = const { Cell::new(false) };
}

/// The threads of a bridge's runtime, of which every call in place on a worker takes one away for as long as it lasts.
#[derive(Debug)]
pub(crate) struct Pool {
    bridge: BridgeId,
    taken: AtomicUsize,
}

/// How many threads of a bridge's runtime may be taken away at a time: as many as tokio gives it for everything else.
pub(crate) const SPARE_THREADS: usize = 512;

impl Pool {
    pub(crate) fn new(bridge: BridgeId) -> Arc<Self> {
        Arc::new(Self { bridge, taken: AtomicUsize::new(0) })
    }

    /// Marks the current thread as one of the pool's. Called on each as it starts.
    pub(crate) fn mark_thread(self: &Arc<Self>) {
        MEMBER_OF.set(Some(Arc::clone(self)));
        BRIDGE.set(Some(self.bridge));
    }
}

/// A thread taken away from its pool, until this is dropped. A thread of the program's own belongs to none.
pub(crate) struct TakenThread(Option<Arc<Pool>>);

/// Takes the current thread away from its pool; `None` if no spare one would be left to take its place. One that is taken
/// already counts once.
pub(crate) fn take_thread() -> Option<TakenThread> {
    if IS_TAKEN.get() {
        return Some(TakenThread(None));
    }
    let pool = MEMBER_OF.try_with(|pool| pool.borrow().clone()).unwrap_or_default();
    if let Some(pool) = &pool {
        // ORDERING: Relaxed: the count publishes nothing.
        if pool.taken.fetch_add(1, Ordering::Relaxed) >= SPARE_THREADS {
            pool.taken.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
    }
    IS_TAKEN.set(pool.is_some());
    Some(TakenThread(pool))
}

impl TakenThread {
    /// Whether a pool has lost a thread by this.
    pub(crate) fn is_of_a_pool(&self) -> bool {
        self.0.is_some()
    }
}

impl Drop for TakenThread {
    fn drop(&mut self) {
        if let Some(pool) = &self.0 {
            IS_TAKEN.set(false);
            // ORDERING: Relaxed: as above.
            pool.taken.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Whether the bridge has started this thread: it is a worker of the bridge, or one of its blocking threads.
pub(crate) fn is_started_by(bridge: BridgeId) -> bool {
    BRIDGE.get() == Some(bridge)
}

/// Whether this is a thread of the bridge's runtime. A thread of a borrowed runtime is known once it has polled a future of a bridge.
pub(crate) fn is_member_of(runtime: &BridgeRuntime) -> bool {
    is_started_by(runtime.id) || (runtime.is_borrowed && WORKS_FOR.get() == Some(runtime.handle.id()))
}

/// Whether this thread runs a task of the bridge now, or one of its blocking closures, on a runtime that it has borrowed.
pub(crate) fn runs_for(bridge: BridgeId) -> bool {
    RUNS_FOR.get() == Some(bridge)
}

/// Whether this thread runs what belongs to a bridge now, as [`runs_for`] does, for any bridge.
pub(crate) fn runs_for_a_bridge() -> bool {
    RUNS_FOR.get().is_some()
}

/// Runs code of the bridge on a thread of a borrowed runtime.
pub(crate) fn run_marked<T>(bridge: BridgeId, run: impl FnOnce() -> T) -> T {
    struct Before(Option<BridgeId>);

    impl Drop for Before {
        fn drop(&mut self) {
            RUNS_FOR.set(self.0);
        }
    }

    let _before = Before(RUNS_FOR.replace(Some(bridge)));
    run()
}

/// Marks the threads that poll a task of the bridge, on a runtime that it has borrowed: they are workers of this runtime. A
/// thread of tokio stays with its runtime.
pub(crate) fn marking<F: Future>(
    runtime: &Handle,
    bridge: BridgeId,
    task: F,
) -> impl Future<Output = F::Output> + use<F> {
    let runtime = runtime.id();
    async move {
        let mut task = pin!(task);
        poll_fn(|cx| {
            WORKS_FOR.set(Some(runtime));
            run_marked(bridge, || task.as_mut().poll(cx))
        })
        .await
    }
}
