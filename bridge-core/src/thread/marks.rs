//! The calls whose futures this thread is polling by itself, outside of tokio's schedulers.

use std::cell::{Cell, RefCell};

use tokio::runtime;

use crate::base::id::BridgeId;
use crate::base::runtime::BridgeRuntime;

#[derive(Clone, Copy)]
struct Polled {
    bridge: BridgeId,
    /// tokio's id of the runtime that is entered for the poll; `None` if this thread polls no future, and runs code that
    /// the call waits for all the same.
    runtime: Option<runtime::Id>,
}

thread_local! {
    // Two cells: what is copied as one is slower to read right after it has been written in two parts.
    /// The bridge of the innermost call, if there is one.
    static BRIDGE: Cell<Option<BridgeId>> = const { Cell::new(None) };
    static RUNTIME: Cell<Option<runtime::Id>> = const { Cell::new(None) };
    /// The calls around the innermost one, the outermost first.
    static OUTER: RefCell<Vec<Polled>> = const { RefCell::new(Vec::new()) };
}

/// Marks, while it lives, that this thread polls a call to the bridge.
#[must_use]
pub(crate) struct PollMark {
    outer_bridge: Option<BridgeId>,
    outer_runtime: Option<runtime::Id>,
}

impl PollMark {
    #[inline]
    pub(crate) fn set(runtime: &BridgeRuntime) -> Self {
        Self::push(runtime.id, Some(runtime.handle.id()))
    }

    /// Marks that this thread runs code that a call to the bridge waits for: the closure of a scope, a report.
    pub(crate) fn set_waiting(bridge: BridgeId) -> Self {
        Self::push(bridge, None)
    }

    #[inline]
    fn push(bridge: BridgeId, runtime: Option<runtime::Id>) -> Self {
        let outer_bridge = BRIDGE.with(|innermost| innermost.replace(Some(bridge)));
        let outer_runtime = RUNTIME.with(|innermost| innermost.replace(runtime));
        if let Some(bridge) = outer_bridge {
            push_outer(Polled { bridge, runtime: outer_runtime });
        }
        Self { outer_bridge, outer_runtime }
    }
}

impl Drop for PollMark {
    #[inline]
    fn drop(&mut self) {
        BRIDGE.with(|innermost| innermost.set(self.outer_bridge));
        RUNTIME.with(|innermost| innermost.set(self.outer_runtime));
        if self.outer_bridge.is_some() {
            pop_outer();
        }
    }
}

/// Says, until it is dropped, that the innermost call is not being polled: this thread waits for it.
#[must_use]
pub(crate) struct PausedPoll {
    runtime: Option<runtime::Id>,
}

impl PausedPoll {
    pub(crate) fn new() -> Self {
        Self { runtime: RUNTIME.take() }
    }
}

impl Drop for PausedPoll {
    fn drop(&mut self) {
        RUNTIME.set(self.runtime);
    }
}

// A thread whose locals are gone has nothing that could ask for the outer ones.

#[cold]
fn push_outer(polled: Polled) {
    let _ = OUTER.try_with(|outer| outer.borrow_mut().push(polled));
}

#[cold]
fn pop_outer() {
    let _ = OUTER.try_with(|outer| outer.borrow_mut().pop());
}

/// The bridges of the calls in progress on this thread, the outermost first, and whether it polls their futures.
pub(crate) fn in_progress() -> Vec<(BridgeId, bool)> {
    let mut all = OUTER.try_with(|outer| outer.borrow().clone()).unwrap_or_default();
    all.extend(BRIDGE.get().map(|bridge| Polled { bridge, runtime: RUNTIME.get() }));
    all.into_iter().map(|polled| (polled.bridge, polled.runtime.is_some())).collect()
}

/// tokio's id of the runtime that was entered for the innermost poll.
pub(crate) fn innermost_runtime() -> Option<runtime::Id> {
    RUNTIME.get()
}
