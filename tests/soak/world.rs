//! The bridges that all threads share, and replace all the time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sync_bridge::{Flavor, RuntimeBridge};
use tokio::runtime::Handle;

use crate::LEDGER;
use crate::action::BRIDGES;
use crate::ledger::add;

const LONG: Duration = Duration::from_secs(3600);

pub(crate) struct World {
    slots: Vec<Mutex<Slot>>,
    /// A multi-thread runtime that belongs to no bridge.
    pub(crate) foreign: Handle,
}

#[derive(Clone)]
pub(crate) struct Slot {
    pub(crate) bridge: RuntimeBridge,
    pub(crate) flavor: Flavor,
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
        let bridge = builder.build().expect("the machine has threads and descriptors to spare");
        add(&LEDGER.bridges, 1);
        Self { bridge, flavor, closing: Arc::default() }
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
