//! Blocking work for async code: one job on a blocking thread of the bridge, inside the bridge's context.

use std::any::Any;
use std::io;
use std::panic::resume_unwind;
use std::sync::Arc;

use tokio::runtime::Handle;

use crate::base::error::BridgeError;
use crate::bridge::RuntimeBridge;
use crate::engine::in_flight::InFlight;
use crate::engine::start::Engine;

/// What a blocking thread does with an object that it is lent.
pub(crate) trait Job: Send + Sized + 'static {
    fn run(self);

    /// Gives the object back, because the job cannot run.
    fn refuse(self, reason: BridgeError);
}

/// Runs the job, or refuses it: if the bridge is shut down, or the system refuses a thread.
pub(crate) fn start(bridge: &RuntimeBridge, job: impl Job) {
    let shared = bridge.shared();
    let job =
        Queued { job: Some(job), runtime: shared.runtime.handle.clone(), in_flight: Arc::clone(&shared.in_flight) };
    // If the system refuses a thread, the job is dropped, and that refuses it.
    let _ = shared.blocking_threads.run_or_queue(Box::new(|| job.run()));
}

struct Queued<J: Job> {
    job: Option<J>,
    runtime: Handle,
    in_flight: Arc<InFlight<Engine>>,
}

impl<J: Job> Queued<J> {
    fn run(mut self) {
        let _entered = self.runtime.enter();
        if !self.in_flight.is_cancelled() {
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
