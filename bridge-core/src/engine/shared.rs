//! The state that all clones of a bridge share: its runtime, its settings, and the calls in flight.

use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::sync::Arc;
use std::task::{Poll, ready};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::base::config::Flavor;
use crate::base::error::BridgeError;
use crate::base::id::BridgeId;
use crate::base::runtime::BridgeRuntime;
use crate::engine::blocking_threads::BlockingThreads;
use crate::engine::call_limit::{CallLimit, Permit};
use crate::engine::context::Hook;
use crate::engine::delay::Delay;
use crate::engine::in_flight::{self, Drain, InFlight};
use crate::engine::metrics::Metrics;
use crate::engine::scope_tasks::OpenScopes;
use crate::engine::settings::Settings;
use crate::engine::slow::SlowHook;
use crate::engine::start::{self, Engine};
use crate::engine::task_list::TaskList;
use crate::engine::wait_hooks::WaitHooks;
use crate::thread::ancestry::{self, Link};
use crate::thread::caller::{self, Caller};
use crate::thread::in_place::{InPlace, in_place, in_place_at_home};
use crate::thread::pool::{self, Pool};

/// The state that all clones of a bridge share. Dropping it ends the runtime.
pub(crate) struct Shared {
    pub(crate) runtime: BridgeRuntime,
    /// The tasks of the bridge, if it does not own the runtime.
    own_tasks: Option<Arc<TaskList>>,
    pub(crate) default_timeout: Option<Duration>,
    pub(crate) context: Option<Hook>,
    call_limit: Option<CallLimit>,
    /// Whether calls have limits or checks that they do not ask for.
    pub(crate) limits_calls: bool,
    /// Whether a call from outside needs nothing but to be run: it has no limits but its own, and cannot wait for itself.
    pub(crate) has_plain_calls: bool,
    /// Whether the runtime's clock moves on by itself when nothing runs there: then a future is polled there alone.
    pub(crate) is_paused: bool,
    pub(crate) slow: Option<SlowHook>,
    pub(crate) wait_hooks: WaitHooks,
    /// The chain of a call to this bridge that is not a part of another.
    pub(crate) first_link: Arc<Link>,
    pub(crate) open_scopes: OpenScopes,
    pub(crate) blocking_threads: Arc<BlockingThreads>,
    /// Cancelled after the calls: the values on threads of their own are dropped.
    pub(crate) closed: CancellationToken,
    pub(crate) in_flight: Arc<InFlight<Engine>>,
}

pub(crate) type Begun<'a> = in_flight::Begun<'a, Engine>;

pub(crate) type Ticket<'a> = in_flight::Ticket<'a, Engine>;

impl Shared {
    pub(crate) fn start(settings: &Settings) -> io::Result<Self> {
        let id = BridgeId::next();
        let pool = Pool::new(id);
        let own_tasks = settings.borrowed.as_ref().map(|_| Arc::default());
        let closed = CancellationToken::new();
        let (runtime, in_flight) = match (&settings.borrowed, &own_tasks) {
            (Some(handle), Some(tasks)) => start::borrow(handle, id, tasks, &closed)?,
            _ => start::start(settings, id, &pool)?,
        };
        let call_limit = settings.max_in_flight.map(|calls| CallLimit::new(calls, settings.overflow));
        let limits_calls =
            settings.default_timeout.is_some() || call_limit.is_some() || !settings.wait_hooks.are_none();
        Ok(Self {
            runtime,
            own_tasks,
            default_timeout: settings.default_timeout,
            context: settings.context.clone(),
            call_limit,
            limits_calls,
            has_plain_calls: settings.flavor == Flavor::MultiThread && !limits_calls,
            is_paused: settings.start_paused,
            slow: settings.slow.clone(),
            wait_hooks: settings.wait_hooks.clone(),
            first_link: ancestry::first_link(id),
            open_scopes: OpenScopes::default(),
            blocking_threads: BlockingThreads::new(settings.threads.clone(), pool),
            closed,
            in_flight,
        })
    }

    pub(crate) fn id(&self) -> BridgeId {
        self.runtime.id
    }

    /// Begins a call. One that is a part of a call in flight, or made on a thread of the bridge, is served until the
    /// calls are cancelled: what waits for it is a call in flight.
    pub(crate) fn begin(&self) -> Result<Begun<'_>, BridgeError> {
        if self.in_flight.is_forked() {
            return Err(BridgeError::Forked);
        }
        let part = || if ancestry::is_part(self.id()) { self.in_flight.begin_part() } else { None };
        self.in_flight.begin().or_else(part).ok_or(BridgeError::WorkerDead)
    }

    /// Begins what a shutdown need not refuse, because it ends by itself: until the calls are cancelled.
    pub(crate) fn begin_end(&self) -> Result<Begun<'_>, BridgeError> {
        if self.in_flight.is_forked() {
            return Err(BridgeError::Forked);
        }
        self.in_flight.begin().or_else(|| self.in_flight.begin_part()).ok_or(BridgeError::WorkerDead)
    }

    /// The permit of a call that is about to be made, if calls are limited. A call that one in flight makes is a part
    /// of that, and needs none: waiting for it would be waiting for itself.
    pub(crate) fn admit(&self) -> Result<Option<Permit<'_>>, BridgeError> {
        let Some(call_limit) = &self.call_limit else { return Ok(None) };
        if ancestry::is_part(self.id()) {
            return Ok(None);
        }
        call_limit.admit().map(Some)
    }

    /// Spawns a task that ends with the bridge. To be called with a call in flight.
    pub(crate) fn spawn<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.own(self.spawn_call(task))
    }

    /// Spawns the future of a call or of a scope, which ends it.
    pub(crate) fn spawn_call<F>(&self, call: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let handle = &self.runtime.handle;
        if self.runtime.is_borrowed { handle.spawn(pool::marking(handle, self.id(), call)) } else { handle.spawn(call) }
    }

    /// Runs a closure that may block on a thread of the runtime.
    pub(crate) fn spawn_blocking<R: Send + 'static>(&self, run: impl FnOnce() -> R + Send + 'static) -> JoinHandle<R> {
        let (handle, id) = (&self.runtime.handle, self.id());
        self.own(if self.runtime.is_borrowed {
            handle.spawn_blocking(move || pool::run_marked(id, run))
        } else {
            handle.spawn_blocking(run)
        })
    }

    fn own<T>(&self, task: JoinHandle<T>) -> JoinHandle<T> {
        if let Some(tasks) = &self.own_tasks {
            tasks.add(task.abort_handle());
        }
        task
    }

    pub(crate) fn metrics(&self) -> Metrics {
        Metrics { rejected: self.call_limit.as_ref().map_or(0, CallLimit::rejected), ..self.in_flight.metrics() }
    }

    /// Refuses new calls, waits until those in flight are through or the time is up, and cancels the rest.
    pub(crate) fn shut_down(&self, timeout: Duration) -> Shutdown {
        if self.in_flight.is_forked() {
            return Shutdown::NOTHING;
        }
        let deadline = Instant::now().checked_add(timeout);
        let in_flight = self.in_flight.close();
        let own = ancestry::count(self.id());
        let mut still_in_flight = in_flight;
        let mut wait = || still_in_flight = self.in_flight.drain(own, deadline);
        let mut drain = || self.wait_hooks.around(&mut wait);
        match caller::locate(&self.runtime).0 {
            // The calls in flight need this very thread: waiting would get them nowhere.
            Caller::OwnDriver => (),
            _ if ancestry::is_driver(self.id()) => (),
            Caller::OwnWorker => match in_place_at_home(&self.runtime, &mut drain) {
                // Without a thread that could take the place of this one, waiting would get them nowhere either.
                InPlace::Ran | InPlace::Exhausted => (),
                InPlace::Refused => drain(),
            },
            Caller::ForeignWorker => {
                if !matches!(in_place(&self.runtime, &mut drain), InPlace::Ran) {
                    drain();
                }
            }
            _ => drain(),
        }
        self.cut_off(in_flight, still_in_flight)
    }

    /// As [`shut_down`](Self::shut_down), without blocking the thread that polls it. The time starts with the first poll.
    pub(crate) async fn shut_down_async(&self, timeout: Duration) -> Shutdown {
        if self.in_flight.is_forked() {
            return Shutdown::NOTHING;
        }
        let in_flight = self.in_flight.close();
        let drain = Drain::begin(&self.in_flight, ancestry::count(self.id()));
        let mut delay = None;
        let still_in_flight = poll_fn(|cx| {
            if let Poll::Ready(count) = drain.poll(cx) {
                return Poll::Ready(count);
            }
            if !timeout.is_zero() {
                let delay = delay.get_or_insert_with(|| Delay::start(&self.blocking_threads, timeout));
                ready!(delay.poll_elapsed(cx));
            }
            Poll::Ready(drain.count())
        })
        .await;
        if self.in_flight.is_forked() {
            return Shutdown::NOTHING;
        }
        drain.end();
        self.cut_off(in_flight, still_in_flight)
    }

    /// Cancels the calls that are left, of those that were in flight.
    fn cut_off(&self, in_flight: usize, still_in_flight: usize) -> Shutdown {
        // A call that was in flight may have made others, which are in flight too, and a part of it.
        let cut_off = self.in_flight.cancel().min(still_in_flight).min(in_flight);
        self.open_scopes.cut_off();
        self.closed.cancel();
        Shutdown { finished: in_flight - cut_off, cut_off }
    }
}

/// How the calls ended that were in flight when [`RuntimeBridge::shutdown`](crate::RuntimeBridge::shutdown) was called.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use sync_bridge_core::RuntimeBridge;
///
/// let bridge = RuntimeBridge::new()?;
/// let report = bridge.shutdown(Duration::from_secs(1));
/// if report.cut_off > 0 {
///     eprintln!("{} calls did not finish in time", report.cut_off);
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shutdown {
    /// The calls that ended by themselves: with a value, by a panic or by their own limit.
    pub finished: usize,
    /// The calls that the shutdown cancelled.
    pub cut_off: usize,
}

impl Shutdown {
    /// That of a forked child, which has no calls.
    const NOTHING: Self = Self { finished: 0, cut_off: 0 };
}

impl Drop for Shared {
    fn drop(&mut self) {
        if self.in_flight.is_forked() {
            // The runtime is left alone, for ever.
            std::mem::forget(Arc::clone(&self.in_flight));
            return;
        }
        // Every call borrows a handle, so none is in flight: the runtime ends here.
        self.in_flight.close();
        self.in_flight.cancel();
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuntimeBridge")
            .field("id", &self.runtime.id.0)
            .field("flavor", &self.runtime.flavor)
            .finish_non_exhaustive()
    }
}
