//! Starts a runtime, and ends it without blocking. Or borrows one.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, Weak};
use std::thread;

use tokio::runtime::{Builder as TokioBuilder, Handle, Runtime};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::base::config::Flavor;
use crate::base::error::BridgeError;
use crate::base::id::BridgeId;
use crate::base::runtime::BridgeRuntime;
use crate::engine::borrowed::BorrowedRuntime;
use crate::engine::in_flight::InFlight;
use crate::engine::settings::{Settings, ThreadSettings};
use crate::engine::task_list::TaskList;
use crate::thread::ancestry;
use crate::thread::caller;
use crate::thread::pool::{Pool, SPARE_THREADS};

/// What drives the runtime. Dropping the last clone ends the runtime, and waits for nothing.
#[derive(Clone)]
pub(crate) enum Engine {
    /// tokio's own threads.
    Workers(#[expect(dead_code, reason = "kept for its drop, which ends the runtime")] Arc<QuietRuntime>),
    /// A thread of ours, until the sender is dropped.
    Driver(#[expect(dead_code, reason = "kept for its drop, which ends the driver")] Arc<oneshot::Sender<()>>),
    /// The program.
    Borrowed(
        #[expect(dead_code, reason = "kept for its drop, which ends the tasks of the bridge")]
        Arc<Option<BorrowedRuntime>>,
    ),
}

/// Borrows a multi-thread runtime of the program's own. Its end is the end of the bridge, and cancels `closed`.
pub(crate) fn borrow(
    handle: &Handle,
    id: BridgeId,
    tasks: &Arc<TaskList>,
    closed: &CancellationToken,
) -> io::Result<(BridgeRuntime, Arc<InFlight<Engine>>)> {
    let mut has_ended = false;
    let in_flight = Arc::new_cyclic(|in_flight: &Weak<InFlight<Engine>>| {
        let runtime =
            BorrowedRuntime::new(handle, id, tasks, EndOnDrop { in_flight: in_flight.clone(), closed: closed.clone() });
        has_ended = runtime.is_none();
        InFlight::new(Engine::Borrowed(Arc::new(runtime)))
    });
    if has_ended {
        return Err(io::Error::new(io::ErrorKind::NotConnected, "the runtime of the handle has ended"));
    }
    let runtime = BridgeRuntime { id, flavor: Flavor::MultiThread, handle: handle.clone(), is_borrowed: true };
    Ok((runtime, in_flight))
}

/// Ends the calls, and the threads of values, when the runtime ends.
struct EndOnDrop {
    in_flight: Weak<InFlight<Engine>>,
    closed: CancellationToken,
}

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        if let Some(in_flight) = self.in_flight.upgrade().filter(|in_flight| !in_flight.is_forked()) {
            in_flight.close();
            in_flight.cancel();
            self.closed.cancel();
        }
    }
}

/// Starts a runtime, and what drives it.
pub(crate) fn start(
    settings: &Settings,
    id: BridgeId,
    pool: &Arc<Pool>,
) -> io::Result<(BridgeRuntime, Arc<InFlight<Engine>>)> {
    let flavor = settings.flavor;
    match flavor {
        Flavor::MultiThread => {
            probe_threads(settings)?;
            let runtime = build_runtime(settings, pool, &mut TokioBuilder::new_multi_thread())?;
            let handle = runtime.handle();
            let in_flight = Arc::new(InFlight::new(Engine::Workers(Arc::new(runtime))));
            Ok((BridgeRuntime { id, flavor, handle, is_borrowed: false }, in_flight))
        }
        Flavor::CurrentThread => {
            let runtime = build_runtime(settings, pool, &mut TokioBuilder::new_current_thread())?;
            let handle = runtime.handle();
            let (stop, stopped) = oneshot::channel();
            let in_flight = Arc::new(InFlight::new(Engine::Driver(Arc::new(stop))));
            spawn_driver(settings, id, runtime, stopped, Arc::downgrade(&in_flight))?;
            Ok((BridgeRuntime { id, flavor, handle, is_borrowed: false }, in_flight))
        }
    }
}

/// A runtime that may be dropped anywhere: the drop waits for nothing, as tokio's own would, with a panic where
/// waiting is forbidden.
pub(crate) struct QuietRuntime(Option<Runtime>);

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

/// How many threads tokio may have for blocking closures, and to take the place of workers that a call blocks.
fn blocking_threads(settings: &Settings) -> usize {
    match settings.flavor {
        Flavor::MultiThread => settings.max_blocking_threads.saturating_add(SPARE_THREADS).min(MOST_THREADS),
        Flavor::CurrentThread => settings.max_blocking_threads.min(MOST_THREADS),
    }
}

/// No system has so many, and tokio can add the workers.
const MOST_THREADS: usize = u32::MAX as usize / 2;

fn build_runtime(settings: &Settings, pool: &Arc<Pool>, builder: &mut TokioBuilder) -> io::Result<QuietRuntime> {
    let ThreadSettings { name, stack_size, keep_alive, hooks } = settings.threads.clone();
    let (pool, start, stop) = (Arc::clone(pool), hooks.clone(), hooks);
    builder.enable_all().thread_name_fn(move || name.next()).thread_keep_alive(keep_alive);
    builder.max_blocking_threads(blocking_threads(settings));
    builder.on_thread_start(move || {
        pool.mark_thread();
        start.start();
    });
    builder.on_thread_stop(move || stop.stop());
    if settings.flavor == Flavor::MultiThread {
        builder.worker_threads(settings.worker_threads);
        builder.on_thread_park(caller::remember_parked_worker);
    }
    #[cfg(feature = "test-util")]
    builder.start_paused(settings.start_paused);
    if let Some(size) = stack_size {
        builder.thread_stack_size(size);
    }
    let mut build = || catch_unwind(AssertUnwindSafe(|| builder.build()));
    let outcome = if settings.worker_threads > 1 { inside_a_runtime(build)? } else { build() };
    match outcome {
        Ok(runtime) => runtime.map(|runtime| QuietRuntime(Some(runtime))),
        Err(payload) => {
            let error = BridgeError::panicked(payload);
            Err(io::Error::other(error.panic_message().unwrap_or("the tokio runtime could not be built").to_owned()))
        }
    }
}

/// tokio panics if it cannot spawn a worker, which the probe has made unlikely, not impossible, and then waits for
/// those that it has spawned already: for ever, unless that happens inside a runtime, where nothing may wait.
fn inside_a_runtime<R: Send>(build: impl FnOnce() -> R + Send) -> io::Result<R> {
    let runtime = QuietRuntime(Some(TokioBuilder::new_current_thread().build()?));
    thread::scope(|scope| {
        let thread = thread::Builder::new()
            .spawn_scoped(scope, || tokio::task::LocalSet::new().block_on(runtime.get(), async { build() }))?;
        thread.join().map_err(|_| io::Error::other("the tokio runtime could not be built"))
    })
}

/// Spawns the threads that the runtime will want, all at once, and ends them: an error now instead of a panic of
/// tokio's, which reports no worker's failure as an error.
fn probe_threads(settings: &Settings) -> io::Result<()> {
    thread::scope(|scope| {
        // Every thread blocks on the lock until the last one has been spawned.
        let gate = Arc::new(Mutex::new(()));
        let closed = gate.lock();
        let spawned = (0..settings.worker_threads).try_for_each(|_| {
            let gate = Arc::clone(&gate);
            settings.threads.probe().spawn_scoped(scope, move || drop(gate.lock())).map(drop)
        });
        drop(closed);
        spawned
    })
}

/// Starts the thread that drives a current-thread runtime until it is stopped.
fn spawn_driver(
    settings: &Settings,
    id: BridgeId,
    runtime: QuietRuntime,
    stopped: oneshot::Receiver<()>,
    in_flight: Weak<InFlight<Engine>>,
) -> io::Result<()> {
    let run = move || {
        // However the thread ends, nobody drives the runtime after it.
        let _close = CloseOnDrop(in_flight);
        // An error is the sender's drop, the signal to end.
        let _ = runtime.get().block_on(stopped);
    };
    settings.threads.spawn(move || ancestry::mark_driver(id), run)
}

struct CloseOnDrop(Weak<InFlight<Engine>>);

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        if let Some(in_flight) = self.0.upgrade() {
            in_flight.close();
        }
    }
}
