//! Patterns that hand the future to a thread that is there already, and wait for its reply.

use crate::contender::{Contender, Side};
use crate::place::Place;
use futures::channel::oneshot;
use futures::future::BoxFuture;
use std::future::Future;
use std::sync::mpsc::sync_channel;
use std::thread;
use tokio::runtime::{Builder, Handle};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

const WAITS_FOR_ITSELF: &str = "waits for ever";

/// A task on a runtime with one worker, and a std channel back.
#[derive(Clone, Debug)]
pub struct SpawnChannel(pub Handle);

impl Contender for SpawnChannel {
    const SIDE: Side = Side::HandOffPeer;

    fn name(&self) -> &'static str {
        "spawn + std channel"
    }

    fn refusal(&self, place: Place) -> Option<&'static str> {
        (place == Place::Reentrant).then_some(WAITS_FOR_ITSELF)
    }

    fn call<F>(&self, make: impl FnOnce() -> F + Send) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (reply, answer) = sync_channel(1);
        let future = make();
        self.0.spawn(async move {
            // The caller waits.
            let _ = reply.send(future.await);
        });
        answer.recv().expect("the future does not panic")
    }
}

/// A queue to the thread of a current-thread runtime, a task there, and a oneshot channel back.
#[derive(Clone, Debug)]
pub struct MpscSpawnOneshot(UnboundedSender<BoxFuture<'static, ()>>);

impl MpscSpawnOneshot {
    /// Starts the thread, which ends when all clones have been dropped.
    #[must_use]
    pub fn start() -> Self {
        let (sender, mut calls) = unbounded_channel();
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        thread::spawn(move || {
            runtime.block_on(async {
                while let Some(call) = calls.recv().await {
                    tokio::spawn(call);
                }
            });
        });
        Self(sender)
    }
}

impl Contender for MpscSpawnOneshot {
    const SIDE: Side = Side::HandOffPeer;

    fn name(&self) -> &'static str {
        "mpsc + spawn + oneshot"
    }

    fn refusal(&self, place: Place) -> Option<&'static str> {
        (place == Place::Reentrant).then_some(WAITS_FOR_ITSELF)
    }

    fn call<F>(&self, make: impl FnOnce() -> F + Send) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let future = make();
        let call = Box::pin(async move {
            // The caller waits.
            let _ = reply.send(future.await);
        });
        self.0.send(call).expect("the thread is there");
        // A oneshot of tokio's would have to be waited for outside of any runtime.
        pollster::block_on(answer).expect("the future does not panic")
    }
}
