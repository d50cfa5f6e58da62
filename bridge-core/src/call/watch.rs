//! What the thread that has made a call does besides waiting: it reports a slow call, runs checks, holds a guard, and looks
//! whether another thread serves the worker that it has left.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crate::base::error::BridgeError;
use crate::call::enclosing::Enclosing;
use crate::call::interrupt::Interrupt;
use crate::engine::shared::Shared;
use crate::engine::slow::SlowWatch;
use crate::engine::wait_hooks::Around;
use crate::thread::marks::{PausedPoll, PollMark};
use crate::thread::takeover::{self, Progress};

/// Watches over a call that waits, on the thread that has made it.
pub(crate) struct Watch<'a> {
    bridge: &'a Shared,
    /// Whether a mark of this thread stands for the call already.
    is_marked: bool,
    slow: SlowWatch<'a>,
    interrupt: Option<&'a Interrupt>,
    /// The limits of the calls around, if this thread runs checks for one of them.
    outer: Option<Arc<Enclosing>>,
    /// Gone once it has panicked.
    around: Option<&'a Around>,
    /// Whether no thread serves the worker that this one has left, as the call has been told.
    is_exhausted: bool,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(
        bridge: &'a Shared,
        is_marked: bool,
        slow: SlowWatch<'a>,
        interrupt: Option<&'a Interrupt>,
    ) -> Self {
        let around = bridge.wait_hooks.around.as_ref();
        let interrupt = interrupt.filter(|interrupt| around.is_some() || interrupt.has_checks_here());
        let outer = Enclosing::current().filter(|outer| outer.interrupts().any(|outer| outer.has_checks_here()));
        Self { bridge, is_marked, slow, interrupt, outer, around, is_exhausted: false }
    }

    /// Waits once: reports and checks what is due, and calls `park` with how long the thread may park at most, or with
    /// nothing if there is no limit. `park` looks first whether it has to park at all: what this runs may have eaten a
    /// token.
    ///
    /// # Errors
    ///
    /// [`Saturated`](BridgeError::Saturated), without a wait, if no thread serves the worker that this one has left. The waits
    /// after it are for what is being dropped.
    pub(crate) fn wait(&mut self, park: &mut dyn FnMut(Option<Duration>)) -> Result<(), BridgeError> {
        let mut next_look = None;
        if !self.is_exhausted {
            match takeover::look(&self.bridge.runtime, || self.bridge.blocking_threads.can_spawn()) {
                Progress::Served => (),
                Progress::Unknown(pause) => next_look = Some(pause),
                Progress::Exhausted => {
                    self.is_exhausted = true;
                    return Err(BridgeError::Saturated);
                }
            }
        }
        self.wait_at_most(next_look, park);
        Ok(())
    }

    fn wait_at_most(&mut self, limit: Option<Duration>, park: &mut dyn FnMut(Option<Duration>)) {
        let is_idle = !self.slow.is_on() && self.interrupt.is_none() && self.outer.is_none();
        if is_idle {
            return park(limit);
        }
        // What the hooks do is a part of the call, which is not being polled now.
        let _paused = self.is_marked.then(PausedPoll::new);
        let _mark = (!self.is_marked).then(|| PollMark::set_waiting(self.bridge.id()));
        let own = self.interrupt.and_then(Interrupt::look);
        let outer = self.outer.iter().flat_map(Enclosing::interrupts).filter(|outer| outer.has_checks_here());
        let limit =
            limit.into_iter().chain(self.slow.look()).chain(own).chain(outer.filter_map(|outer| outer.look())).min();
        let (Some(around), Some(interrupt)) = (self.around, self.interrupt) else { return park(limit) };
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| around.run(&mut || park(limit)))) {
            self.around = None;
            interrupt.panicked(payload);
        }
    }
}
