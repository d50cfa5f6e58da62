//! The bridges that all threads share, and replace all the time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sync_bridge::{Flavor, Overflow, RuntimeBridge};
use tokio::runtime::Handle;

use crate::LEDGER;
use crate::action::BRIDGES;
use crate::future::Counted;
use crate::ledger::add;

/// Far fewer than there are threads.
const PLACES: usize = 3;
const WAITS_FOR_ROOM: usize = 2;
const REJECTS: usize = 3;
const HAS_CONTEXT: usize = 4;

const SLOW: Duration = Duration::from_millis(2);

const LONG: Duration = Duration::from_secs(3600);

/// Surroundings that are counted, as futures are.
fn context() -> impl FnMut(&mut dyn FnMut()) + Send {
    let counted = Counted::owned();
    move |poll| {
        let _counted = &counted;
        poll();
    }
}

pub(crate) struct World {
    slots: Vec<Mutex<Slot>>,
    /// A multi-thread runtime that belongs to no bridge.
    pub(crate) foreign: Handle,
}

#[derive(Clone)]
pub(crate) struct Slot {
    pub(crate) bridge: RuntimeBridge,
    pub(crate) flavor: Flavor,
    /// Whether the bridge turns calls away when it has no room.
    pub(crate) rejects: bool,
    /// Whether a call may have to wait for room before its future is polled.
    pub(crate) waits_for_room: bool,
    /// Set before the bridge is shut down: from then on, calls may be refused or cut off.
    closing: Arc<AtomicBool>,
}

impl World {
    pub(crate) fn new(foreign: Handle) -> Self {
        Self { slots: (0..BRIDGES).map(|index| Mutex::new(Slot::start(index))).collect(), foreign }
    }

    pub(crate) fn slot(&self, index: usize) -> Slot {
        self.slots[index].lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn replace(&self, index: usize) {
        let new = Slot::start(index);
        let old = std::mem::replace(&mut *self.slots[index].lock().unwrap_or_else(PoisonError::into_inner), new);
        // Here, where a runtime may be entered, this may be the last handle.
        drop(old);
    }
}

impl Slot {
    fn start(index: usize) -> Self {
        let flavor = if index % 2 == 0 { Flavor::MultiThread } else { Flavor::CurrentThread };
        let builder = RuntimeBridge::builder().flavor(flavor);
        let builder = match index % 4 {
            0 => builder.worker_threads(2),
            1 => builder.default_timeout(LONG),
            _ => builder,
        };
        let builder = match index {
            // One bridge alone makes calls wait for room: two of them, each called from the other's, could wait for ever.
            WAITS_FOR_ROOM => builder.max_in_flight(PLACES).overflow(Overflow::Wait),
            REJECTS => builder.max_in_flight(PLACES).overflow(Overflow::Reject),
            HAS_CONTEXT => builder.with_context(context),
            _ => builder.on_slow_call(SLOW, |call| add(&LEDGER.slow, u64::from(call.waited() >= SLOW))),
        };
        let bridge = builder.build().expect("the machine has threads and descriptors to spare");
        add(&LEDGER.bridges, 1);
        Self {
            bridge,
            flavor,
            rejects: index == REJECTS,
            waits_for_room: index == WAITS_FOR_ROOM,
            closing: Arc::default(),
        }
    }

    pub(crate) fn shut_down(&self, timeout: Duration) {
        self.closing.store(true, Ordering::SeqCst);
        let report = self.bridge.shutdown(timeout);
        add(&LEDGER.shutdowns, 1);
        add(&LEDGER.finished, report.finished as u64);
        add(&LEDGER.cut_off, report.cut_off as u64);
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }
}
