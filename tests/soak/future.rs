//! The futures: each is counted from when it is made until it is dropped.

use std::future::Future;
use std::panic::panic_any;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::yield_now;

use crate::LEDGER;
use crate::action::{Action, Behaviour};
use crate::ledger::{SoakPanic, add};

/// What a future borrows from its caller: counts of its own, and a list that it appends to.
#[derive(Default)]
pub(crate) struct Borrowed {
    created: AtomicU64,
    dropped: AtomicU64,
    notes: Vec<u64>,
}

impl Borrowed {
    /// Whether no future of this caller is left.
    pub(crate) fn is_free(&self) -> bool {
        self.created.load(Ordering::Relaxed) == self.dropped.load(Ordering::Relaxed)
    }

    /// Whether the list holds what a future that returned its value has left there.
    pub(crate) fn is_complete(&self) -> bool {
        self.notes == [1, 2]
    }

    pub(crate) fn future(&mut self, action: Action) -> impl Future<Output = u64> + Send + '_ {
        let Self { created, dropped, notes } = self;
        let counted = Counted::borrowed(created, dropped);
        PanicsInDrop {
            armed: false,
            panics: action.behaviour == Behaviour::PanicsInDrop,
            inner: Box::pin(act(action, counted, notes)),
        }
    }
}

/// A future that borrows from nobody.
pub(crate) fn owned(action: Action) -> impl Future<Output = u64> + Send + 'static {
    let counted = Counted::owned();
    let inner = async move { act(action, counted, &mut Vec::new()).await };
    PanicsInDrop { armed: false, panics: action.behaviour == Behaviour::PanicsInDrop, inner: Box::pin(inner) }
}

/// Part of every future.
pub(crate) struct Counted<'a> {
    dropped: Option<&'a AtomicU64>,
}

impl<'a> Counted<'a> {
    fn borrowed(created: &AtomicU64, dropped: &'a AtomicU64) -> Self {
        add(created, 1);
        add(&LEDGER.created, 1);
        Self { dropped: Some(dropped) }
    }

    pub(crate) fn owned() -> Self {
        add(&LEDGER.created, 1);
        Self { dropped: None }
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        if let Some(dropped) = self.dropped {
            add(dropped, 1);
        }
        add(&LEDGER.dropped, 1);
    }
}

async fn act(action: Action, _counted: Counted<'_>, notes: &mut Vec<u64>) -> u64 {
    notes.push(1);
    match action.behaviour {
        Behaviour::Ready => {}
        Behaviour::Yields | Behaviour::PanicsInDrop => {
            for _ in 0..action.micros % 5 {
                yield_now().await;
            }
        }
        Behaviour::Timer => tokio::time::sleep(Duration::from_micros(action.micros)).await,
        Behaviour::Channel => {
            let (sender, receiver) = tokio::sync::oneshot::channel();
            tokio::spawn(async move {
                yield_now().await;
                let _ = sender.send(());
            });
            // The sender is dropped unused if the bridge ends meanwhile.
            let _ = receiver.await;
        }
        Behaviour::PanicsEarly => panic_any(SoakPanic),
        Behaviour::PanicsLate => {
            yield_now().await;
            panic_any(SoakPanic);
        }
        Behaviour::Pending => std::future::pending().await,
    }
    notes.push(2);
    action.micros
}

/// Panics when dropped, if told to, once it has been polled: what drops a future that never ran is not the bridge.
struct PanicsInDrop<F> {
    panics: bool,
    armed: bool,
    inner: Pin<Box<F>>,
}

impl<F: Future> Future for PanicsInDrop<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.armed = self.panics;
        self.inner.as_mut().poll(cx)
    }
}

impl<F> Drop for PanicsInDrop<F> {
    fn drop(&mut self) {
        if self.armed && !std::thread::panicking() {
            panic_any(SoakPanic);
        }
    }
}
