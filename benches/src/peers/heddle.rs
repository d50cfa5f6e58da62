//! `heddle-runtime-bridge`: a queue to one thread, a task there, and a std channel back.

use crate::contender::{Contender, Side};
use crate::place::Place;
use runtime_bridge::RuntimeBridge;
use std::future::Future;
use std::sync::Arc;

/// `heddle_runtime_bridge::RuntimeBridge::block_on`.
#[derive(Clone)]
pub struct Heddle(Arc<RuntimeBridge>);

impl Heddle {
    /// Starts a bridge.
    #[must_use]
    pub fn start() -> Self {
        Self(Arc::new(RuntimeBridge::new().expect("a thread")))
    }
}

impl std::fmt::Debug for Heddle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl Contender for Heddle {
    const SIDE: Side = Side::HandOffPeer;

    fn name(&self) -> &'static str {
        "heddle-runtime-bridge"
    }

    fn refusal(&self, place: Place) -> Option<&'static str> {
        (place == Place::Reentrant).then_some("waits for ever")
    }

    fn call<F>(&self, make: impl FnOnce() -> F + Send) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.0.block_on(make()).expect("the bridge answers")
    }
}
