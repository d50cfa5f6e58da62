//! What already waits for a call: the bookkeeping that turns a certain deadlock into an error.
//!
//! A bridge with one driving thread, [`Flavor::CurrentThread`](crate::Flavor::CurrentThread), cannot serve a call
//! that its own future makes, directly or through other bridges: that thread is waiting for the answer. Two records
//! see it coming.
//!
//! - The **chain**: the bridges whose futures a call is made from, innermost first. It follows the
//!   call: the future of a call is polled with its chain in force, on whichever thread that happens.
//! - The **waits**: which driving thread of a current-thread bridge now waits for which other. A task that a bridged
//!   future spawned has no chain; the thread it runs on still tells which bridge it would block.
//!
//! Multi-thread bridges can close no circle: a worker that waits hands its tasks to another thread first. One with a limit
//! of calls in flight is in the chain all the same, so that it can tell a call that is a part of another.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::base::config::Flavor;
use crate::base::id::BridgeId;
use crate::engine::shared::Shared;

/// A bridge that a call is made from, and those that call is made from in turn.
#[derive(Debug)]
pub(crate) struct Link {
    bridge: BridgeId,
    upstream: Chain,
}

pub(crate) type Chain = Option<Arc<Link>>;

thread_local! {
    /// The bridge that this thread drives.
    static DRIVES: Cell<Option<BridgeId>> = const { Cell::new(None) };
    static CHAIN: RefCell<Chain> = const { RefCell::new(None) };
}

/// For each driving thread that waits: the bridge it drives, and the bridge it waits for.
static WAITS: Mutex<Option<HashMap<BridgeId, BridgeId>>> = Mutex::new(None);

/// Marks the current thread as the one that drives the bridge.
pub(crate) fn mark_driver(bridge: BridgeId) {
    DRIVES.set(Some(bridge));
}

/// Whether the current thread is the one that drives the bridge.
pub(crate) fn is_driver(bridge: BridgeId) -> bool {
    DRIVES.get() == Some(bridge)
}

/// The first link of every chain that begins at the bridge, made once so that no call has to.
pub(crate) fn first_link(bridge: BridgeId) -> Arc<Link> {
    Arc::new(Link { bridge, upstream: None })
}

/// The chain of a call made from here and now.
pub(crate) fn current() -> Chain {
    // Once the thread-local is destroyed nothing is polled on this thread any more, so nothing is upstream.
    let chain = CHAIN.try_with(|chain| chain.borrow().clone()).unwrap_or_default();
    match DRIVES.get() {
        // A task that no call brought here: it still runs on a driving thread.
        Some(bridge) if !contains(&chain, bridge) => Some(Arc::new(Link { bridge, upstream: chain })),
        _ => chain,
    }
}

fn contains(chain: &Chain, bridge: BridgeId) -> bool {
    std::iter::successors(chain.as_ref(), |link| link.upstream.as_ref()).any(|link| link.bridge == bridge)
}

/// The chain that is in force while the future of a call to `bridge`, made from here, is polled or dropped.
///
/// `None` if the call can never be answered, because the bridge is in the chain already.
pub(crate) fn extend(bridge: &Shared) -> Option<Chain> {
    let upstream = current();
    let Some(first) = &bridge.first_link else { return Some(upstream) };
    match upstream {
        None => Some(Some(Arc::clone(first))),
        Some(_) if !contains(&upstream, bridge.id) => Some(Some(Arc::new(Link { bridge: bridge.id, upstream }))),
        // A multi-thread bridge can serve the call, and is in the chain already.
        Some(_) => (bridge.flavor == Flavor::MultiThread).then_some(upstream),
    }
}

/// Whether a future of the bridge makes a call from here, directly or through other bridges.
pub(crate) fn is_upstream(bridge: BridgeId) -> bool {
    contains(&current(), bridge)
}

/// Puts a chain in force on this thread, until the value returned is dropped.
pub(crate) fn enter(chain: Chain) -> Entered {
    Entered { before: CHAIN.try_with(|current| current.replace(chain)).unwrap_or_default() }
}

#[derive(Debug)]
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

/// Records that this thread is about to wait for `bridge`, until the value returned is dropped.
///
/// `None` if that would close a circle of driving threads, none of which could go on.
pub(crate) fn wait_for(bridge: &Shared) -> Option<Waiting> {
    match (DRIVES.get(), bridge.flavor) {
        (Some(driver), Flavor::CurrentThread) => Waiting::record(driver, bridge.id),
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
