//! An async object that does as it is told.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};

use crate::bytes;

/// Answers each operation from a list: with an error, with a wait that ends at once, or with so
/// many bytes done. At the end of the list it waits for ever.
#[derive(Default)]
pub(crate) struct Scripted(pub(crate) VecDeque<Step>);

pub(crate) enum Step {
    Fails(ErrorKind),
    Waits,
    Panics,
    Does(usize),
}

impl Scripted {
    pub(crate) fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self(steps.into_iter().collect())
    }

    fn step(&mut self, cx: &Context<'_>) -> Poll<io::Result<usize>> {
        match self.0.pop_front() {
            Some(Step::Fails(kind)) => Poll::Ready(Err(kind.into())),
            Some(Step::Does(count)) => Poll::Ready(Ok(count)),
            Some(Step::Panics) => panic!("torn"),
            Some(Step::Waits) => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            None => Poll::Pending,
        }
    }
}

impl AsyncRead for Scripted {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.step(cx).map_ok(|count| to.put_slice(&bytes(count)))
    }
}

impl AsyncBufRead for Scripted {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        self.get_mut().step(cx).map_ok(|count| &b"some bytes"[..count])
    }

    fn consume(self: Pin<&mut Self>, _: usize) {}
}

impl AsyncWrite for Scripted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        self.step(cx)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.step(cx).map_ok(drop)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.step(cx).map_ok(drop)
    }
}

impl AsyncSeek for Scripted {
    fn start_seek(self: Pin<&mut Self>, _: SeekFrom) -> io::Result<()> {
        Ok(())
    }

    fn poll_complete(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        self.step(cx).map_ok(|position| position as u64)
    }
}
