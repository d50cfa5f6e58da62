//! A delay for async code, on any executor. It needs no worker of the bridge.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::engine::blocking_threads::BlockingThreads;

/// A thread of the bridge sleeps for the delay, or until this is dropped.
pub(crate) struct Delay {
    /// The thread drops the other end.
    elapsed: oneshot::Receiver<()>,
    /// Its drop ends the sleep of the thread.
    #[expect(dead_code, reason = "kept for its drop")]
    stop: Sender<()>,
}

impl Delay {
    /// Elapses after this time, or at once if the system refuses the thread.
    pub(crate) fn start(threads: &Arc<BlockingThreads>, after: Duration) -> Self {
        let ((has_elapsed, elapsed), (stop, stopped)) = (oneshot::channel::<()>(), channel::<()>());
        let job = move || {
            // Either error ends the sleep.
            let _ = stopped.recv_timeout(after);
            drop(has_elapsed);
        };
        // A job that is refused is dropped, and what it owns too.
        let _ = threads.run(Box::new(job));
        Self { elapsed, stop }
    }

    pub(crate) fn poll_elapsed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.elapsed).poll(cx).map(drop)
    }
}
