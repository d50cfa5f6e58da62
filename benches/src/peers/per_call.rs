//! Patterns that start something for each call.

use crate::contender::Contender;
use crate::peers::NO_NESTING;
use crate::place::Place;
use std::future::Future;
use std::thread;
use tokio::runtime::{Builder, Handle};

/// A current-thread runtime for each call.
#[derive(Clone, Debug)]
pub struct FreshRuntime;

impl Contender for FreshRuntime {
    const LASTING_REACTOR: bool = false;
    const STARTS_SOMETHING: bool = true;

    fn name(&self) -> &'static str {
        "fresh runtime per call"
    }

    fn refusal(&self, place: Place) -> Option<&'static str> {
        (place != Place::Plain).then_some(NO_NESTING)
    }

    fn call<F>(&self, make: impl FnOnce() -> F + Send) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(make())
    }
}

/// A thread for each call, which waits for the future in the caller's place.
#[derive(Clone, Debug)]
pub struct ScopedThread(pub Handle);

impl Contender for ScopedThread {
    const STARTS_SOMETHING: bool = true;

    fn name(&self) -> &'static str {
        "scoped thread per call"
    }

    fn refusal(&self, _: Place) -> Option<&'static str> {
        None
    }

    fn call<F>(&self, make: impl FnOnce() -> F + Send) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        thread::scope(|scope| scope.spawn(|| self.0.block_on(make())).join()).expect("the future does not panic")
    }
}
