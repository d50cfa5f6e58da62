//! sync-bridge, in each of its forms.

use crate::contender::{Contender, Side};
use crate::place::Place;
use std::future::Future;
use std::ops::ControlFlow;
use std::time::Duration;
use sync_bridge::{BridgeError, Flavor, RuntimeBridge, sync_bridge};
use tokio::runtime::Handle;

const ANSWERED: &str = "the bridge answers";

/// `RuntimeBridge::block_on`.
#[derive(Clone, Debug)]
pub struct BlockOn {
    /// The bridge.
    pub bridge: RuntimeBridge,
    name: &'static str,
    flavor: Flavor,
}

impl BlockOn {
    /// On a bridge of the default kind: one worker.
    #[must_use]
    pub fn one_worker() -> Self {
        let bridge = RuntimeBridge::new().expect("a bridge");
        Self { bridge, name: "sync-bridge", flavor: Flavor::MultiThread }
    }

    /// On a bridge with two workers.
    #[must_use]
    pub fn two_workers() -> Self {
        let bridge = RuntimeBridge::builder().worker_threads(2).build().expect("a bridge");
        Self { bridge, name: "sync-bridge, two workers", flavor: Flavor::MultiThread }
    }

    /// On a current-thread bridge.
    #[must_use]
    pub fn current_thread() -> Self {
        let bridge = RuntimeBridge::builder().flavor(Flavor::CurrentThread).build().expect("a bridge");
        Self { bridge, name: "sync-bridge, current-thread", flavor: Flavor::CurrentThread }
    }
}

impl Contender for BlockOn {
    const SIDE: Side = Side::Ours;

    fn name(&self) -> &'static str {
        self.name
    }

    fn refusal(&self, place: Place) -> Option<&'static str> {
        let waits_for_itself = self.flavor == Flavor::CurrentThread && place == Place::Reentrant;
        waits_for_itself.then_some("returns BridgeError::WouldDeadlock")
    }

    fn call<F>(&self, make: impl FnOnce() -> F + Send) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.bridge.block_on(make()).expect(ANSWERED)
    }
}

/// `RuntimeBridge::block_on_with`.
#[derive(Clone, Debug)]
pub struct BlockOnWith(pub RuntimeBridge);

impl Contender for BlockOnWith {
    const SIDE: Side = Side::Ours;

    fn name(&self) -> &'static str {
        "sync-bridge, block_on_with"
    }

    fn refusal(&self, _: Place) -> Option<&'static str> {
        None
    }

    fn call<F>(&self, make: impl FnOnce() -> F + Send) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.0.block_on_with(make).expect(ANSWERED)
    }
}

/// `RuntimeBridge::block_on`, on a runtime that others use too.
#[derive(Clone, Debug)]
pub struct FromHandle(RuntimeBridge);

impl FromHandle {
    /// On this runtime.
    #[must_use]
    pub fn new(handle: &Handle) -> Self {
        Self(RuntimeBridge::from_handle(handle).expect("a bridge"))
    }
}

impl Contender for FromHandle {
    const SIDE: Side = Side::Ours;

    fn name(&self) -> &'static str {
        "sync-bridge, from_handle"
    }

    fn refusal(&self, _: Place) -> Option<&'static str> {
        None
    }

    fn call<F>(&self, make: impl FnOnce() -> F + Send) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.0.block_on(make()).expect(ANSWERED)
    }

    fn inside<R: Send + 'static>(&self, job: impl FnOnce() -> R + Send + 'static) -> R {
        // In a task of the program's, as a server's handler is.
        let task = self.0.handle().spawn(async { job() });
        self.call(|| task).expect("the job does not panic")
    }
}

/// `RuntimeBridge::block_on`, with a check that runs while the thread waits.
#[derive(Clone, Debug)]
pub struct Checked(RuntimeBridge);

impl Checked {
    /// On a bridge with one worker, and a check every 100 ms.
    #[must_use]
    pub fn one_worker() -> Self {
        let check = || ControlFlow::<String>::Continue(());
        let builder = RuntimeBridge::builder().while_waiting(Duration::from_millis(100), check);
        Self(builder.build().expect("a bridge"))
    }
}

impl Contender for Checked {
    const SIDE: Side = Side::Ours;

    fn name(&self) -> &'static str {
        "sync-bridge, with a check"
    }

    fn refusal(&self, _: Place) -> Option<&'static str> {
        None
    }

    fn call<F>(&self, make: impl FnOnce() -> F + Send) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.0.block_on(make()).expect(ANSWERED)
    }
}

/// An async API with one method, which runs what it is given.
#[sync_bridge]
pub trait Run {
    /// Runs the future that `make` builds.
    ///
    /// # Errors
    ///
    /// None of its own.
    fn run<F>(&self, make: impl FnOnce() -> F + Send) -> impl Future<Output = Result<F::Output, BridgeError>> + Send
    where
        F: Future + Send,
        F::Output: Send;
}

/// A method that `#[sync_bridge]` has written.
#[derive(Clone, Debug)]
pub struct Twin(pub RuntimeBridge);

#[sync_bridge(bridge = self.0)]
impl Run for Twin {
    async fn run<F>(&self, make: impl FnOnce() -> F + Send) -> Result<F::Output, BridgeError>
    where
        F: Future + Send,
        F::Output: Send,
    {
        Ok(make().await)
    }
}

impl Contender for Twin {
    const SIDE: Side = Side::Ours;

    fn name(&self) -> &'static str {
        "sync-bridge, generated twin"
    }

    fn refusal(&self, _: Place) -> Option<&'static str> {
        None
    }

    fn call<F>(&self, make: impl FnOnce() -> F + Send) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.run_blocking(make).expect(ANSWERED)
    }
}
