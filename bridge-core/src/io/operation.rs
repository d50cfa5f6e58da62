//! One operation of an async object as one call, with errors that suit std's traits.

use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::io::blocking_io::BlockingIo;

impl<T: Unpin + Send> BlockingIo<T> {
    /// Makes one call of a poll function of the object.
    #[track_caller]
    pub(crate) fn operate<R: Send>(
        &mut self,
        mut poll: impl FnMut(Pin<&mut T>, &mut Context<'_>) -> Poll<io::Result<R>> + Send,
    ) -> io::Result<R> {
        let (options, object) = self.parts();
        options.block_on(poll_fn(|cx| without_retries(poll(Pin::new(object), cx), cx)))?
    }
}

/// Hides the errors that make sync callers try again.
///
/// After `Interrupted` the operation is tried again here, at the next poll, so that a limit of the call can still end
/// it. `WouldBlock` from an async object is a failure, because it does not register a waker as [`Poll::Pending`] does.
pub(crate) fn without_retries<R>(polled: Poll<io::Result<R>>, cx: &mut Context<'_>) -> Poll<io::Result<R>> {
    match polled {
        Poll::Ready(Err(error)) if error.kind() == ErrorKind::Interrupted => {
            cx.waker().wake_by_ref();
            Poll::Pending
        }
        Poll::Ready(Err(error)) if error.kind() == ErrorKind::WouldBlock => {
            Poll::Ready(Err(io::Error::other(DidNotWait(error))))
        }
        polled => polled,
    }
}

/// `WouldBlock` from an async object.
#[derive(Debug)]
struct DidNotWait(io::Error);

impl fmt::Display for DidNotWait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the async operation failed with `WouldBlock`, where it should have waited: {}", self.0)
    }
}

impl Error for DidNotWait {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}
