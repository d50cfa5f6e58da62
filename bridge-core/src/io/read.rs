//! `Read` over `AsyncRead`, and `BufRead` over `AsyncBufRead`.

use std::future::Future;
use std::io::{self, BufRead, Read};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncBufRead, AsyncRead, ReadBuf};

use crate::io::blocking_io::BlockingIo;
use crate::io::operation::without_retries;

impl<T: AsyncRead + Unpin + Send> Read for BlockingIo<T> {
    #[track_caller]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.operate(|reader, cx| {
            let mut buffer = ReadBuf::new(buffer);
            ready!(reader.poll_read(cx, &mut buffer))?;
            Poll::Ready(Ok(buffer.filled().len()))
        })
    }
}

impl<T: AsyncBufRead + Unpin + Send> BufRead for BlockingIo<T> {
    #[track_caller]
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let (options, reader) = self.parts();
        options.block_on(fill_buf(reader))?
    }

    fn consume(&mut self, amount: usize) {
        Pin::new(self.get_mut()).consume(amount);
    }
}

/// Returns the bytes in the reader's buffer.
pub(crate) fn fill_buf<R: AsyncBufRead + Unpin>(reader: &mut R) -> impl Future<Output = io::Result<&[u8]>> {
    FillBuf { reader: Some(reader) }
}

/// The bytes in the reader's buffer, once there are some, for as long as the reader is borrowed.
struct FillBuf<'a, R> {
    reader: Option<&'a mut R>,
}

impl<'a, R: AsyncBufRead + Unpin> Future for FillBuf<'a, R> {
    type Output = io::Result<&'a [u8]>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(reader) = &mut self.reader else { return Poll::Pending };
        let is_at_end = ready!(without_retries(Pin::new(&mut **reader).poll_fill_buf(cx), cx))?.is_empty();
        // A second look at the end could begin another read.
        let Some(reader) = self.reader.take_if(|_| !is_at_end) else { return Poll::Ready(Ok(&[])) };
        // What was just shown is borrowed for this poll only. The buffer is there until it is consumed, so the reader
        // has no reason to wait now, and what it shows this time may leave.
        match Pin::new(reader).poll_fill_buf(cx) {
            Poll::Ready(shown) => Poll::Ready(shown),
            Poll::Pending => Poll::Ready(Err(io::Error::other("the async reader has lost the bytes in its buffer"))),
        }
    }
}
