//! A future that may be polled after it has completed. It returns the output once.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use crate::base::error::BridgeError;

/// Returns the output of the future once, and [`BridgeError::ResultTaken`] after that. The output may be waited for without
/// being taken.
pub(crate) struct TakeOnce<F: Future> {
    future: F,
    is_complete: bool,
    /// The output, until it is taken. The lock makes the handle `Sync` for outputs that are not.
    output: Mutex<Option<F::Output>>,
}

/// The output is never pinned.
impl<F: Future + Unpin> Unpin for TakeOnce<F> {}

impl<F: Future + Unpin> TakeOnce<F> {
    pub(crate) fn new(future: F) -> Self {
        Self { future, is_complete: false, output: Mutex::new(None) }
    }

    pub(crate) fn get(&self) -> &F {
        &self.future
    }

    /// Polls until the future has completed, and keeps its output. Ready then and from then on.
    pub(crate) fn poll_complete(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.is_complete {
            let output = ready!(Pin::new(&mut self.future).poll(cx));
            self.is_complete = true;
            *self.output() = Some(output);
        }
        Poll::Ready(())
    }

    /// The output. `None` before the future has completed, and once it has been taken.
    pub(crate) fn output(&mut self) -> &mut Option<F::Output> {
        self.output.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    /// The output, once. Not before the future has completed.
    pub(crate) fn take(&mut self) -> Result<F::Output, BridgeError> {
        self.output().take().ok_or(BridgeError::ResultTaken)
    }
}

impl<F: Future + Unpin> Future for TakeOnce<F> {
    type Output = Result<F::Output, BridgeError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        ready!(self.poll_complete(cx));
        Poll::Ready(self.take())
    }
}
