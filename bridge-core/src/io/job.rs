//! Blocking work for async code: one job on a blocking thread of the bridge, inside the bridge's context.

use std::any::Any;
use std::io;
use std::panic::resume_unwind;
use std::sync::Arc;

use tokio::runtime::Handle;

use crate::base::error::BridgeError;
use crate::bridge::RuntimeBridge;
use crate::engine::blocking_threads::BlockingThreads;
use crate::engine::in_flight::InFlight;
use crate::engine::start::Engine;

/// What a blocking thread does with an object that it is lent.
pub(crate) trait Job: Send + Sized + 'static {
    /// Whether a job that has been started runs even if the bridge is shut down, or dropped, before a thread is free.
    const OUTLIVES_BRIDGE: bool;

    fn run(self);

    /// Gives the object back, because the job cannot run.
    fn refuse(self, reason: BridgeError);
}

/// Runs the job, or refuses it: if the bridge is shut down, or the system refuses a thread. Returns whether the job has
/// not been refused so far.
pub(crate) fn start<J: Job>(bridge: &RuntimeBridge, job: J) -> bool {
    let shared = bridge.shared();
    let queued = Queued {
        job: Some(job),
        runtime: shared.runtime.handle.clone(),
        in_flight: Arc::clone(&shared.in_flight),
        threads: J::OUTLIVES_BRIDGE.then(|| Arc::clone(&shared.blocking_threads)),
    };
    // A job that is dropped is refused.
    !queued.in_flight.is_cancelled() && shared.blocking_threads.run_or_queue(Box::new(|| queued.run())).is_ok()
}

struct Queued<J: Job> {
    job: Option<J>,
    runtime: Handle,
    in_flight: Arc<InFlight<Engine>>,
    /// Keeps the queue that the job may be in. A thread that becomes free takes the job, and so ends the cycle.
    #[expect(dead_code, reason = "kept for its drop")]
    threads: Option<Arc<BlockingThreads>>,
}

impl<J: Job> Queued<J> {
    fn run(mut self) {
        let _entered = self.runtime.enter();
        if J::OUTLIVES_BRIDGE || !self.in_flight.is_cancelled() {
            if let Some(job) = self.job.take() {
                job.run();
            }
        }
    }
}

impl<J: Job> Drop for Queued<J> {
    fn drop(&mut self) {
        if let Some(job) = self.job.take() {
            let is_shut_down = self.in_flight.is_cancelled();
            job.refuse(if is_shut_down { BridgeError::WorkerDead } else { BridgeError::Saturated });
        }
    }
}

/// Why a job has not done what it was to do.
pub(crate) enum Failure {
    Error(io::Error),
    Panic(Box<dyn Any + Send>),
}

impl Failure {
    /// Returns the error. A panic of the object continues here.
    pub(crate) fn into_error(self) -> io::Error {
        match self {
            Self::Error(error) => error,
            Self::Panic(payload) => resume_unwind(payload),
        }
    }
}

/// Who keeps the object of a job.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The async handle.
    Handle,
    /// The async handle, and the call that has lent the object.
    Call,
    /// The call. The handle is dropped.
    CallAlone,
    /// No one: the job drops it.
    Nobody,
}
