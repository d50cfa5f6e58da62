//! A future that may be polled after it has completed. It returns the output once.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::base::error::BridgeError;

/// Returns the output of the future once, and [`BridgeError::ResultTaken`] after that.
pub(crate) struct TakeOnce<F> {
    future: F,
    is_taken: bool,
}

impl<F> TakeOnce<F> {
    pub(crate) fn new(future: F) -> Self {
        Self { future, is_taken: false }
    }

    pub(crate) fn get(&self) -> &F {
        &self.future
    }

    pub(crate) fn is_taken(&self) -> bool {
        self.is_taken
    }
}

impl<F: Future + Unpin> Future for TakeOnce<F> {
    type Output = Result<F::Output, BridgeError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.is_taken {
            return Poll::Ready(Err(BridgeError::ResultTaken));
        }
        let polled = Pin::new(&mut self.future).poll(cx);
        self.is_taken = polled.is_ready();
        polled.map(Ok)
    }
}
