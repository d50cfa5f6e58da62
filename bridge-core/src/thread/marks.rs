//! What this thread is doing for which bridge.

use std::cell::{Cell, RefCell};

use crate::base::id::BridgeId;

thread_local! {
    /// The bridge for which this worker is running a whole call in place.
    static IN_PLACE_FOR: Cell<Option<BridgeId>> = const { Cell::new(None) };
    /// The bridges whose calls this thread is polling right now, one inside the other.
    static POLLING: RefCell<Vec<BridgeId>> = const { RefCell::new(Vec::new()) };
}

/// Marks, while it lives, that this thread polls a call that has a ticket.
pub(crate) struct PollMark(());

impl PollMark {
    pub(crate) fn set(bridge: BridgeId) -> Self {
        // A thread whose locals are gone polls nothing.
        let _ = POLLING.try_with(|polling| polling.borrow_mut().push(bridge));
        Self(())
    }
}

impl Drop for PollMark {
    fn drop(&mut self) {
        let _ = POLLING.try_with(|polling| polling.borrow_mut().pop());
    }
}

/// How many calls of the bridge this thread is in the middle of polling.
pub(crate) fn calls_on_this_thread(bridge: BridgeId) -> usize {
    POLLING.try_with(|polling| polling.borrow().iter().filter(|&&polled| polled == bridge).count()).unwrap_or(0)
}

/// Marks, while it lives, that this worker runs a whole call in place for the bridge.
pub(crate) struct InPlaceMark {
    before: Option<BridgeId>,
}

impl InPlaceMark {
    pub(crate) fn set(bridge: BridgeId) -> Self {
        Self { before: IN_PLACE_FOR.replace(Some(bridge)) }
    }
}

/// Whether this worker runs a whole call in place for the bridge.
pub(crate) fn is_in_place_for(bridge: BridgeId) -> bool {
    IN_PLACE_FOR.get() == Some(bridge)
}

impl Drop for InPlaceMark {
    fn drop(&mut self) {
        IN_PLACE_FOR.set(self.before);
    }
}
