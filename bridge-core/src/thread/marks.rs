//! The calls whose futures this thread is polling by itself, outside of tokio's schedulers.

use std::cell::RefCell;

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
    /// One inside the other: the last one is innermost.
    static POLLING: RefCell<Vec<Polled>> = const { RefCell::new(Vec::new()) };
}

/// Marks, while it lives, that this thread polls a call to the bridge.
#[must_use]
pub(crate) struct PollMark(());

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
        // A thread whose locals are gone has nothing that could ask for the mark.
        let _ = POLLING.try_with(|polling| polling.borrow_mut().push(polled));
        Self(())
    }
}

impl Drop for PollMark {
    #[inline]
    fn drop(&mut self) {
        let _ = POLLING.try_with(|polling| polling.borrow_mut().pop());
    }
}

/// The bridges of the calls in progress on this thread, the outermost first, and whether it polls their futures.
pub(crate) fn in_progress() -> Vec<(BridgeId, bool)> {
    let all = |polling: &RefCell<Vec<Polled>>| {
        polling.borrow().iter().map(|polled| (polled.bridge, polled.runtime.is_some())).collect()
    };
    POLLING.try_with(all).unwrap_or_default()
}

/// tokio's id of the runtime that was entered for the innermost poll.
pub(crate) fn innermost_runtime() -> Option<runtime::Id> {
    POLLING.try_with(|polling| polling.borrow().last().and_then(|polled| polled.runtime)).unwrap_or_default()
}
