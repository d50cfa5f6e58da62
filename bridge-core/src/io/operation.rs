//! What reader and writer share: one operation of an async object as one call, with errors as std's traits want them.

use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::io::{self, ErrorKind, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::AsyncSeek;

use crate::bridge::RuntimeBridge;
use crate::in_context::InContext;
use crate::options::CallOptions;
use crate::options::OwnedCallOptions;

/// An async reader or writer that sync code uses.
pub(crate) struct Io<T>(InContext<T>);

impl<T> Io<T> {
    pub(crate) fn new(options: CallOptions<'_>, object: T) -> Self {
        Self(InContext::new(options, object))
    }

    pub(crate) fn bridge(&self) -> &RuntimeBridge {
        self.0.options().bridge()
    }

    pub(crate) fn get(&self) -> &T {
        self.0.value().expect(THERE)
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.parts().1
    }

    pub(crate) fn into_inner(mut self) -> T {
        self.0.take().expect(THERE)
    }

    /// The options of a call, and what it borrows.
    pub(crate) fn parts(&mut self) -> (&OwnedCallOptions, &mut T) {
        let (options, object) = self.0.parts();
        (options, object.as_mut().expect(THERE))
    }
}

/// Why the object of an [`Io`] is always there.
const THERE: &str = "the object is taken out by `into_inner` only";

impl<T: Unpin + Send> Io<T> {
    /// Makes one call of a poll function of the object.
    #[track_caller]
    pub(crate) fn call<R: Send>(
        &mut self,
        mut poll: impl FnMut(Pin<&mut T>, &mut Context<'_>) -> Poll<io::Result<R>> + Send,
    ) -> io::Result<R> {
        let (options, object) = self.parts();
        options.block_on(poll_fn(|cx| without_retries(poll(Pin::new(object), cx), cx)))?
    }

    #[track_caller]
    pub(crate) fn seek(&mut self, position: SeekFrom) -> io::Result<u64>
    where
        T: AsyncSeek,
    {
        let mut to_start = Some(position);
        self.call(|mut object, cx| {
            if let Some(position) = to_start {
                // An operation that is under way, as a seek that was cut short may be, comes to its end first.
                ready!(object.as_mut().poll_complete(cx))?;
                object.as_mut().start_seek(position)?;
                to_start = None;
            }
            object.poll_complete(cx)
        })
    }
}

/// Keeps from sync callers what they would take for a request to try again.
///
/// An operation that was interrupted is tried again here, at the next poll, so that a limit of the call can still end
/// it. An async object that says `WouldBlock`, and not [`Poll::Pending`], will not say when it goes on: that is a failure.
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
