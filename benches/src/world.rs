//! All contenders, and what they need, on the processors of one placement.

use crate::contender::Contender;
use crate::measure::{Group, Placement};
use crate::ours::{BlockOn, BlockOnWith, FromHandle, Twin};
use crate::peers::{
    BlockInPlace, FreshRuntime, FuturesExecutor, HandleBlockOn, Heddle, MpscSpawnOneshot, Pollster, ScopedThread,
    SpawnChannel,
};
use crate::place::{Place, Places, batch};
use crate::server::Servers;
use std::sync::Arc;
use sync_bridge::RuntimeBridge;
use tokio::runtime::{Builder, Handle, Runtime};

/// All contenders, and what they need.
#[derive(Debug)]
pub struct World {
    /// Where its threads run.
    pub placement: Placement,
    /// The other ends of connections.
    pub servers: Servers,
    places: Arc<Places>,
    /// What the peers that need a runtime share.
    runtime: Runtime,
    from_handle: FromHandle,
    one_worker: BlockOn,
    current_thread: BlockOn,
    two_workers: BlockOn,
    heddle: Heddle,
    mpsc: MpscSpawnOneshot,
}

/// What is done with each contender.
pub trait Visitor {
    /// Does it with one.
    fn visit<C: Contender>(&mut self, contender: &C);
}

impl World {
    /// Starts everything, with threads that inherit the placement of this one.
    #[must_use]
    pub fn start(placement: Placement) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        Self {
            placement,
            servers: Servers::start(),
            places: Arc::new(Places::start()),
            from_handle: FromHandle::new(runtime.handle()),
            runtime,
            one_worker: BlockOn::one_worker(),
            current_thread: BlockOn::current_thread(),
            two_workers: BlockOn::two_workers(),
            heddle: Heddle::start(),
            mpsc: MpscSpawnOneshot::start(),
        }
    }

    /// Visits every contender.
    pub fn each(&self, visitor: &mut impl Visitor) {
        let handle = self.handle();
        visitor.visit(&self.one_worker);
        visitor.visit(&BlockOnWith(self.bridge().clone()));
        visitor.visit(&Twin(self.bridge().clone()));
        visitor.visit(&self.current_thread);
        visitor.visit(&self.two_workers);
        visitor.visit(&self.from_handle);
        visitor.visit(&self.heddle);
        visitor.visit(&HandleBlockOn(handle.clone()));
        visitor.visit(&BlockInPlace(handle.clone()));
        visitor.visit(&Pollster(handle.clone()));
        visitor.visit(&FuturesExecutor(handle.clone()));
        visitor.visit(&SpawnChannel(handle.clone()));
        visitor.visit(&self.mpsc);
        visitor.visit(&FreshRuntime);
        visitor.visit(&ScopedThread(handle.clone()));
    }

    /// The bridge of the default kind.
    #[must_use]
    pub fn bridge(&self) -> &RuntimeBridge {
        &self.one_worker.bridge
    }

    /// The contender that calls it plainly.
    #[must_use]
    pub fn ours(&self) -> &BlockOn {
        &self.one_worker
    }

    /// The contender that calls a bridge on the runtime that the peers share.
    #[must_use]
    pub fn from_handle(&self) -> &FromHandle {
        &self.from_handle
    }

    /// The runtime that the peers share: one worker.
    #[must_use]
    pub fn handle(&self) -> &Handle {
        self.runtime.handle()
    }

    /// Adds a row for the operation that `prepare` makes ready, by way of the contender, or says why there is none.
    pub fn add<C, O>(&self, group: &mut Group, contender: &C, name: &str, prepare: impl FnOnce() -> O)
    where
        C: Contender,
        O: FnMut() + Clone + Send + 'static,
    {
        let place = group.place;
        if let Some(reason) = contender.refusal(place) {
            group.leave_out(name, reason);
            return;
        }
        let (places, contender, operation) = (Arc::clone(&self.places), contender.clone(), prepare());
        group.add_timed(name, C::SIDE, move |count| places.time(place, &contender, count, batch(operation.clone())));
    }

    /// An empty group of this world's placement.
    #[must_use]
    pub fn group(&self, work: impl Into<String>, place: Place) -> Group {
        Group::new(work, place, self.placement)
    }
}
