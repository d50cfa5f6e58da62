//! The private runtime behind a bridge: how it starts, and how it ends without blocking anybody.

use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder as TokioBuilder, Handle, Runtime};
use tokio::sync::oneshot;

use crate::builder::Settings;
use crate::upstream::{self, Link};
use crate::{BridgeError, Flavor, caller};

/// Tells bridges apart, for the life of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct BridgeId(u64);

/// What all clones of a bridge share. Dropping it ends the runtime.
pub(crate) struct Shared {
    pub(crate) id: BridgeId,
    pub(crate) flavor: Flavor,
    pub(crate) default_timeout: Option<Duration>,
    pub(crate) handle: Handle,
    /// The chain of a call to this bridge from a thread with none; for the current-thread flavour only.
    pub(crate) first_link: Option<Arc<Link>>,
    /// Set once no call can be served any more.
    closed: Arc<AtomicBool>,
    #[expect(dead_code, reason = "kept for its drop, which ends the runtime")]
    engine: Engine,
}

/// What drives the runtime.
enum Engine {
    /// tokio's own threads.
    Workers(#[expect(dead_code, reason = "kept for its drop, which ends the runtime")] QuietRuntime),
    /// A thread of ours, until the sender is dropped.
    Driver(#[expect(dead_code, reason = "kept for its drop, which ends the driver")] oneshot::Sender<()>),
}

impl Shared {
    pub(crate) fn start(settings: &Settings) -> io::Result<Self> {
        // ORDERING: Relaxed: the numbers only have to differ.
        static NEXT_ID: AtomicU64 = AtomicU64::new(0);
        let id = BridgeId(NEXT_ID.fetch_add(1, Ordering::Relaxed));
        let closed = Arc::new(AtomicBool::new(false));
        let (handle, engine) = match settings.flavor {
            Flavor::MultiThread => {
                probe_threads(settings)?;
                let runtime = build_runtime(settings, id, &mut TokioBuilder::new_multi_thread())?;
                (runtime.handle(), Engine::Workers(runtime))
            }
            Flavor::CurrentThread => {
                let runtime = build_runtime(settings, id, &mut TokioBuilder::new_current_thread())?;
                (runtime.handle(), Engine::Driver(spawn_driver(settings, id, runtime, Arc::clone(&closed))?))
            }
        };
        let first_link = (settings.flavor == Flavor::CurrentThread).then(|| upstream::first_link(id));
        let Settings { flavor, default_timeout, .. } = *settings;
        Ok(Self { id, flavor, default_timeout, handle, first_link, closed, engine })
    }

    /// Whether calls can still be served.
    pub(crate) fn is_closed(&self) -> bool {
        // ORDERING: Relaxed: the flag publishes nothing. A call that misses it is turned away by the runtime itself.
        self.closed.load(Ordering::Relaxed)
    }

    /// What to tell the caller of a future that the runtime dropped unfinished.
    pub(crate) fn lost(&self) -> BridgeError {
        if self.is_closed() { BridgeError::WorkerDead } else { BridgeError::cancelled_by_runtime() }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuntimeBridge").field("id", &self.id.0).field("flavor", &self.flavor).finish_non_exhaustive()
    }
}

/// A runtime that may be dropped anywhere: the drop waits for nothing, as tokio's own would, with a panic where
/// waiting is forbidden.
struct QuietRuntime(Option<Runtime>);

impl QuietRuntime {
    fn handle(&self) -> Handle {
        self.get().handle().clone()
    }

    fn get(&self) -> &Runtime {
        self.0.as_ref().expect("the runtime is taken out by drop only")
    }
}

impl Drop for QuietRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

fn build_runtime(settings: &Settings, id: BridgeId, builder: &mut TokioBuilder) -> io::Result<QuietRuntime> {
    builder.enable_all().thread_name(&settings.thread_name).on_thread_start(move || caller::mark_thread(id));
    if settings.flavor == Flavor::MultiThread {
        builder.worker_threads(settings.worker_threads);
    }
    if let Some(size) = settings.stack_size {
        builder.thread_stack_size(size);
    }
    // tokio panics if it cannot spawn a worker. The probe has made that unlikely, not impossible.
    match catch_unwind(AssertUnwindSafe(|| builder.build())) {
        Ok(built) => built.map(|runtime| QuietRuntime(Some(runtime))),
        Err(payload) => Err(io::Error::other(BridgeError::panicked(payload))),
    }
}

/// Spawns the threads that the runtime will want, all at once, and ends them: an error now instead of a panic of
/// tokio's, which reports neither its first worker's failure as an error nor a later one's at all.
fn probe_threads(settings: &Settings) -> io::Result<()> {
    thread::scope(|scope| {
        // Every thread blocks on the lock until the last one has been spawned.
        let gate = Arc::new(std::sync::Mutex::new(()));
        let closed = gate.lock();
        let spawned = (0..settings.worker_threads).try_for_each(|_| {
            let gate = Arc::clone(&gate);
            settings.thread().spawn_scoped(scope, move || drop(gate.lock())).map(drop)
        });
        drop(closed);
        spawned
    })
}

/// Starts the thread that drives a current-thread runtime until the sender returned is dropped.
fn spawn_driver(
    settings: &Settings,
    id: BridgeId,
    runtime: QuietRuntime,
    closed: Arc<AtomicBool>,
) -> io::Result<oneshot::Sender<()>> {
    let (stop, stopped) = oneshot::channel::<()>();
    settings.thread().spawn(move || {
        caller::mark_thread(id);
        upstream::mark_driver(id);
        // However the thread ends, nobody drives the runtime after it.
        let _close = CloseOnDrop(closed);
        // An error is the sender's drop, the signal to end.
        let _ = runtime.get().block_on(stopped);
    })?;
    Ok(stop)
}

struct CloseOnDrop(Arc<AtomicBool>);

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        // ORDERING: Relaxed: see `Shared::is_closed`.
        self.0.store(true, Ordering::Relaxed);
    }
}
