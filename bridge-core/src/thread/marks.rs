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
    static INNERMOST: Cell<Option<Polled>> = const { Cell::new(None) };
    /// Those around the innermost one, the outermost first.
    static OUTER: RefCell<Vec<Polled>> = const { RefCell::new(Vec::new()) };
}

/// Marks, while it lives, that this thread polls a call to the bridge.
#[must_use]
pub(crate) struct PollMark {
    outer: Option<Polled>,
}

impl PollMark {
    #[inline]
    pub(crate) fn set(runtime: &BridgeRuntime) -> Self {
        Self::push(Polled { bridge: runtime.id, runtime: Some(runtime.handle.id()) })
    }

    /// Marks that this thread runs code that a call to the bridge waits for: the closure of a scope, a report.
    pub(crate) fn set_waiting(bridge: BridgeId) -> Self {
        Self::push(Polled { bridge, runtime: None })
    }

    #[inline]
    fn push(polled: Polled) -> Self {
        let outer = INNERMOST.with(|innermost| innermost.replace(Some(polled)));
        if let Some(outer) = outer {
            push_outer(outer);
        }
        Self { outer }
    }
}

impl Drop for PollMark {
    #[inline]
    fn drop(&mut self) {
        INNERMOST.with(|innermost| innermost.set(self.outer));
        if self.outer.is_some() {
            pop_outer();
        }
    }
}

/// Says, until it is dropped, that the innermost call is not being polled: this thread waits for it.
#[must_use]
pub(crate) struct PausedPoll {
    before: Option<Polled>,
}

impl PausedPoll {
    pub(crate) fn new() -> Self {
        let before = INNERMOST.get();
        INNERMOST.set(before.map(|polled| Polled { runtime: None, ..polled }));
        Self { before }
    }
}

impl Drop for PausedPoll {
    fn drop(&mut self) {
        INNERMOST.set(self.before);
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
    all.extend(INNERMOST.get());
    all.into_iter().map(|polled| (polled.bridge, polled.runtime.is_some())).collect()
}

/// tokio's id of the runtime that was entered for the innermost poll.
pub(crate) fn innermost_runtime() -> Option<runtime::Id> {
    INNERMOST.get().and_then(|polled| polled.runtime)
}
