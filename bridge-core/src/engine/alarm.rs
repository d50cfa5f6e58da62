//! A time limit for async code that must hold on any executor, and even if no worker of the bridge goes on.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::engine::blocking_threads::BlockingThreads;

/// Rings once. A thread of the bridge waits for that, until this is dropped.
pub(crate) struct Alarm {
    /// The other end is dropped when it rings.
    rings: oneshot::Receiver<()>,
    /// Its drop ends the thread's wait.
    #[expect(dead_code, reason = "kept for its drop")]
    stop: Sender<()>,
}

impl Alarm {
    /// Rings after this time; at once if the system refuses the thread.
    pub(crate) fn set(threads: &Arc<BlockingThreads>, after: Duration) -> Self {
        let ((ring, rings), (stop, stopped)) = (oneshot::channel::<()>(), channel::<()>());
        let job = move || {
            // Either error is an end of the wait.
            let _ = stopped.recv_timeout(after);
            drop(ring);
        };
        // A job that is refused is dropped, and what it owns too.
        let _ = threads.run(Box::new(job));
        Self { rings, stop }
    }

    pub(crate) fn poll_rings(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.rings).poll(cx).map(drop)
    }
}
