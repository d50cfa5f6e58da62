//! The private runtime behind a bridge: how it starts, and how it ends without blocking anybody.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder as TokioBuilder, Handle};
use tokio::sync::oneshot;

use crate::base::config::Flavor;
use crate::base::error::BridgeError;
use crate::base::id::BridgeId;
use crate::engine::call_limit::{CallLimit, Permit};
use crate::engine::context::Hook;
use crate::engine::in_flight::{self, InFlight};
use crate::engine::metrics::Metrics;
use crate::engine::scope_tasks::OpenScopes;
use crate::engine::settings::Settings;
use crate::engine::slow::SlowHook;
use crate::engine::start::{Engine, build_runtime, probe_threads, spawn_driver};
use crate::thread::ancestry::{self, Link};
use crate::thread::caller::{self, Caller};
use crate::thread::in_place::{InPlace, in_place};
use crate::thread::{marks, pool};

/// What all clones of a bridge share. Dropping it ends the runtime.
pub(crate) struct Shared {
    pub(crate) id: BridgeId,
    pub(crate) flavor: Flavor,
    pub(crate) default_timeout: Option<Duration>,
    pub(crate) context: Option<Hook>,
    pub(crate) handle: Handle,
    call_limit: Option<CallLimit>,
    pub(crate) slow: Option<SlowHook>,
    /// The chain of a call to this bridge from a thread with none. Only a current-thread bridge, or one with a limit of
    /// calls in flight, needs to know that it is upstream.
    pub(crate) first_link: Option<Arc<Link>>,
    /// Whether a call has no limits but its own, and no link to add to its chain.
    pub(crate) asks_nothing: bool,
    pub(crate) open_scopes: OpenScopes,
    pub(crate) in_flight: Arc<InFlight<Engine>>,
}

pub(crate) type Ticket<'a> = in_flight::Ticket<'a, Engine>;

impl Shared {
    pub(crate) fn start(settings: &Settings) -> io::Result<Self> {
        let id = BridgeId::next();
        let call_limit = settings.max_in_flight.map(|places| CallLimit::new(places, settings.overflow));
        let knows_upstream = settings.flavor == Flavor::CurrentThread || call_limit.is_some();
        let first_link = knows_upstream.then(|| ancestry::first_link(id));
        let (handle, in_flight) = match settings.flavor {
            Flavor::MultiThread => {
                probe_threads(settings)?;
                let runtime = build_runtime(settings, id, &mut TokioBuilder::new_multi_thread())?;
                (runtime.handle(), Arc::new(InFlight::new(Engine::Workers(runtime))))
            }
            Flavor::CurrentThread => {
                let runtime = build_runtime(settings, id, &mut TokioBuilder::new_current_thread())?;
                let (stop, stopped) = oneshot::channel();
                let (handle, in_flight) = (runtime.handle(), Arc::new(InFlight::new(Engine::Driver(stop))));
                spawn_driver(settings, id, runtime, stopped, Arc::downgrade(&in_flight))?;
                (handle, in_flight)
            }
        };
        let Settings { flavor, default_timeout, ref context, ref slow, .. } = *settings;
        let (context, slow) = (context.clone(), slow.clone());
        let asks_nothing = default_timeout.is_none() && call_limit.is_none() && first_link.is_none();
        Ok(Self {
            id,
            flavor,
            default_timeout,
            context,
            handle,
            call_limit,
            slow,
            first_link,
            asks_nothing,
            open_scopes: OpenScopes::default(),
            in_flight,
        })
    }

    /// Whether the bridge takes new calls, and they ask nothing of it but to be run: three loads.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        self.asks_nothing && self.serves()
    }

    /// Whether the bridge takes new calls and tasks: two loads.
    #[inline]
    pub(crate) fn serves(&self) -> bool {
        !self.in_flight.is_forked() && !self.in_flight.is_closed()
    }

    /// Why the bridge takes no new calls and tasks, if it does not.
    pub(crate) fn refusal(&self) -> Option<BridgeError> {
        if self.in_flight.is_forked() {
            Some(BridgeError::Forked)
        } else {
            self.in_flight.is_closed().then_some(BridgeError::WorkerDead)
        }
    }

    /// The place of a call that is about to be made, if places are limited. A call that one in flight makes is a part of
    /// that, and needs none: waiting for it would be waiting for itself.
    pub(crate) fn admit(&self) -> Result<Option<Permit<'_>>, BridgeError> {
        let Some(call_limit) = &self.call_limit else { return Ok(None) };
        if ancestry::is_upstream(self.id) || pool::is_member_of(self.id) {
            return Ok(None);
        }
        call_limit.admit().map(Some)
    }

    pub(crate) fn metrics(&self) -> Metrics {
        Metrics { rejected: self.call_limit.as_ref().map_or(0, CallLimit::rejected), ..self.in_flight.metrics() }
    }

    /// Refuses new calls, waits until those in flight are through or the time is up, and cancels the rest.
    pub(crate) fn shut_down(&self, timeout: Duration) -> Shutdown {
        if self.in_flight.is_forked() {
            return Shutdown { finished: 0, cut_off: 0 };
        }
        let deadline = Instant::now().checked_add(timeout);
        let in_flight = self.in_flight.close();
        let own = marks::calls_on_this_thread(self.id);
        let drain = || self.in_flight.drain(own, deadline);
        let still_in_flight = match caller::locate(self) {
            // The calls in flight need this very thread: waiting would get them nowhere.
            _ if ancestry::is_driver(self.id) => in_flight,
            Caller::OwnWorker => {
                let _home = self.handle.enter();
                drain_in_place(drain, in_flight)
            }
            Caller::ForeignWorker => drain_in_place(drain, in_flight),
            _ => drain(),
        };
        // A call that was in flight may have made others, with tickets of their own, and those are a part of it.
        let cut_off = self.in_flight.cancel().min(still_in_flight).min(in_flight);
        self.open_scopes.cut_off();
        Shutdown { finished: in_flight - cut_off, cut_off }
    }
}

/// Drains on a worker thread. Without a thread that could take its place the calls in flight would wait for it.
fn drain_in_place(drain: impl Fn() -> usize, in_flight: usize) -> usize {
    let mut still_in_flight = in_flight;
    if let InPlace::Refused = in_place(&mut || still_in_flight = drain()) {
        still_in_flight = drain();
    }
    still_in_flight
}

/// What became of the calls that were in flight when [`RuntimeBridge::shutdown`](crate::RuntimeBridge::shutdown) was
/// called.
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
    /// Calls that ended by themselves: in a value, a panic, or by a limit of their own.
    pub finished: usize,
    /// Calls that were cancelled.
    pub cut_off: usize,
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
        f.debug_struct("RuntimeBridge").field("id", &self.id.0).field("flavor", &self.flavor).finish_non_exhaustive()
    }
}
