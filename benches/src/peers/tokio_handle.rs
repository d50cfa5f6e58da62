//! What tokio itself has: `Handle::block_on`, alone and inside `block_in_place`.

use crate::contender::Contender;
use crate::place::Place;
use std::future::Future;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

/// Why most of what blocks refuses to run inside of a runtime.
pub const NO_NESTING: &str = "panics: no runtime within a runtime";

/// `Handle::block_on`: polls here, with the reactor on another thread.
#[derive(Clone, Debug)]
pub struct HandleBlockOn(pub Handle);

impl Contender for HandleBlockOn {
    fn name(&self) -> &'static str {
        "Handle::block_on"
    }

    fn refusal(&self, place: Place) -> Option<&'static str> {
        (place != Place::Plain).then_some(NO_NESTING)
    }

    fn call<F>(&self, make: impl FnOnce() -> F + Send) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.0.block_on(make())
    }
}

/// `block_in_place`, and `Handle::block_on` inside of it.
#[derive(Clone, Debug)]
pub struct BlockInPlace(pub Handle);

impl Contender for BlockInPlace {
    fn name(&self) -> &'static str {
        "block_in_place + Handle::block_on"
    }

    fn refusal(&self, place: Place) -> Option<&'static str> {
        (place == Place::CurrentThread).then_some("panics: cannot block in place")
    }

    fn call<F>(&self, make: impl FnOnce() -> F + Send) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        block_in_place(|| self.0.block_on(make()))
    }

    fn inside<R: Send + 'static>(&self, job: impl FnOnce() -> R + Send + 'static) -> R {
        // What it calls stays on the calling thread: only a task gets to a worker.
        let task = self.0.spawn(async { job() });
        self.call(|| task).expect("the job does not panic")
    }
}
