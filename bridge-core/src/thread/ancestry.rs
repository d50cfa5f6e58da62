//! What already waits for a call: the calls that it is a part of.
//!
//! A call made by the future of another call is a part of that one. It is served though the bridge is being shut down, it
//! needs no permit of its own, and the limits of the outer call hold for it. If the outer call keeps the only thread
//! busy that could answer, the inner one is refused: it would wait for ever.
//!
//! Three records tell:
//!
//! - The **marks** of the calls that this thread is polling by itself: `marks`.
//! - The **chain** of the calls that brought a task here. The future of a call is polled and dropped with its chain in
//!   force, on whichever thread that happens.
//! - The **waits**: which driving thread of a current-thread bridge now waits for which other. A task that a bridged
//!   future spawned has no chain; the thread it runs on still tells which bridge it would block.
//!
//! A multi-thread bridge cannot close a circle: a worker that waits hands its tasks to another thread first.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::base::config::Flavor;
use crate::base::id::BridgeId;
use crate::base::runtime::BridgeRuntime;
use crate::thread::{marks, pool};

/// A call to a bridge, and the call that it is a part of.
#[derive(Debug)]
pub(crate) struct Link {
    bridge: BridgeId,
    /// Whether the code in question is polled by the call, or just waited for.
    is_polled: bool,
    outer: Chain,
}

pub(crate) type Chain = Option<Arc<Link>>;

thread_local! {
    /// The bridge that this thread drives.
    static DRIVES: Cell<Option<BridgeId>> = const { Cell::new(None) };
    static CHAIN: RefCell<Chain> = const { RefCell::new(None) };
}

/// For each driving thread that waits: the bridge it drives, and the bridge it waits for.
static WAITS: Mutex<Option<HashMap<BridgeId, BridgeId>>> = Mutex::new(None);

/// Marks the current thread as the one that drives the bridge, or whatever has this id and one thread.
pub(crate) fn mark_driver(bridge: BridgeId) {
    DRIVES.set(Some(bridge));
}

/// Whether the current thread is the one that drives the bridge.
pub(crate) fn is_driver(bridge: BridgeId) -> bool {
    DRIVES.get() == Some(bridge)
}

/// The chain of a call that is not a part of another, made once for each bridge so that no call has to.
pub(crate) fn first_link(bridge: BridgeId) -> Arc<Link> {
    Arc::new(Link { bridge, is_polled: true, outer: None })
}

/// The chain of what runs here and now.
pub(crate) fn current() -> Chain {
    let link = |outer, (bridge, is_polled)| Some(Arc::new(Link { bridge, is_polled, outer }));
    let chain = marks::in_progress().into_iter().fold(in_force(), link);
    match DRIVES.get() {
        // A task that no call brought here: it still runs on a driving thread.
        Some(bridge) if !links(&chain).any(|link| link.bridge == bridge) => link(chain, (bridge, true)),
        _ => chain,
    }
}

fn in_force() -> Chain {
    // Once the thread-local is destroyed nothing is polled on this thread any more.
    CHAIN.try_with(|chain| chain.borrow().clone()).unwrap_or_default()
}

fn links(chain: &Chain) -> impl Iterator<Item = &Arc<Link>> {
    std::iter::successors(chain.as_ref(), |link| link.outer.as_ref())
}

/// How many calls in progress here meet a condition, on their bridge and on whether they are polled.
fn count_if(is_counted: impl Fn(BridgeId, bool) -> bool) -> usize {
    let in_chain =
        CHAIN.try_with(|chain| links(&chain.borrow()).filter(|link| is_counted(link.bridge, link.is_polled)).count());
    let marked = marks::in_progress().into_iter().filter(|&(bridge, is_polled)| is_counted(bridge, is_polled));
    in_chain.unwrap_or(0) + marked.count()
}

/// The chain of a call that is made from here, whose first link is the one given if it is not a part of another.
pub(crate) fn extend(first: &Arc<Link>) -> Arc<Link> {
    match current() {
        None => Arc::clone(first),
        outer => Arc::new(Link { bridge: first.bridge, is_polled: true, outer }),
    }
}

/// The chain of code that a call to the bridge waits for, and does not poll itself.
pub(crate) fn extend_waiting(bridge: BridgeId) -> Arc<Link> {
    Arc::new(Link { bridge, is_polled: false, outer: current() })
}

/// How many calls to the bridge wait for the code that asks, directly or through other bridges.
pub(crate) fn count(bridge: BridgeId) -> usize {
    count_if(|other, _| other == bridge)
}

/// Whether a call to the bridge, made from here, is a part of what runs on the bridge already: of a call, or on a thread
/// of the bridge of a task or of a blocking closure. On a borrowed runtime, only of a task or a closure that the bridge has
/// spawned: what else runs there is the program's.
pub(crate) fn is_part(bridge: BridgeId) -> bool {
    count(bridge) > 0 || is_driver(bridge) || pool::is_started_by(bridge) || pool::runs_for(bridge)
}

/// Whether a call to the bridge, made from here, could never be answered, because the one thread that drives it waits for
/// this very code.
#[inline]
pub(crate) fn would_deadlock(runtime: &BridgeRuntime) -> bool {
    runtime.flavor == Flavor::CurrentThread
        && (is_driver(runtime.id) || count_if(|bridge, is_polled| is_polled && bridge == runtime.id) > 0)
}

/// Puts a chain in force on this thread, until the value returned is dropped.
pub(crate) fn enter(chain: Chain) -> Entered {
    Entered { before: CHAIN.try_with(|current| current.replace(chain)).unwrap_or_default() }
}

#[derive(Debug)]
#[must_use]
pub(crate) struct Entered {
    before: Chain,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let before = self.before.take();
        // Destroyed meanwhile: then there is nothing to put back.
        let _ = CHAIN.try_with(|current| current.replace(before));
    }
}

/// Records that this thread is about to wait for the bridge, until the value returned is dropped.
///
/// `None` if that would close a circle of driving threads, none of which could go on.
pub(crate) fn wait_for(runtime: &BridgeRuntime) -> Option<Waiting> {
    match (DRIVES.get(), runtime.flavor) {
        (Some(driver), Flavor::CurrentThread) => Waiting::record(driver, runtime.id),
        _ => Some(Waiting { driver: None }),
    }
}

#[derive(Debug)]
pub(crate) struct Waiting {
    driver: Option<BridgeId>,
}

impl Waiting {
    fn record(driver: BridgeId, target: BridgeId) -> Option<Self> {
        let mut waits = WAITS.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = waits.get_or_insert_default();
        let mut next = Some(target);
        while let Some(bridge) = next {
            if bridge == driver {
                return None;
            }
            next = waits.get(&bridge).copied();
        }
        waits.insert(driver, target);
        Some(Self { driver: Some(driver) })
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(driver) = self.driver {
            if let Some(waits) = &mut *WAITS.lock().unwrap_or_else(PoisonError::into_inner) {
                waits.remove(&driver);
            }
        }
    }
}
