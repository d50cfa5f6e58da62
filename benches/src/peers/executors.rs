//! Executors without a runtime, inside the context of one that has its reactor on another thread.

use crate::contender::Contender;
use crate::place::Place;
use std::future::Future;
use tokio::runtime::Handle;

const STARVES: &str = "may wait for ever: wake-ups are deferred to the blocked scheduler";

/// `pollster::block_on`.
#[derive(Clone, Debug)]
pub struct Pollster(pub Handle);

impl Contender for Pollster {
    fn name(&self) -> &'static str {
        "pollster, runtime entered"
    }

    fn refusal(&self, place: Place) -> Option<&'static str> {
        place.has_scheduler().then_some(STARVES)
    }

    fn call<F>(&self, make: impl FnOnce() -> F + Send) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let _entered = self.0.enter();
        pollster::block_on(make())
    }
}

/// `futures::executor::block_on`.
#[derive(Clone, Debug)]
pub struct FuturesExecutor(pub Handle);

impl Contender for FuturesExecutor {
    fn name(&self) -> &'static str {
        "futures::executor, runtime entered"
    }

    fn refusal(&self, place: Place) -> Option<&'static str> {
        match place {
            Place::Reentrant => Some("panics: no executor within another"),
            _ => place.has_scheduler().then_some(STARVES),
        }
    }

    fn call<F>(&self, make: impl FnOnce() -> F + Send) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let _entered = self.0.enter();
        futures::executor::block_on(make())
    }
}
