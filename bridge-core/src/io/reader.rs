//! `Read`, `BufRead` and `Seek` over tokio's async traits.

use std::fmt;
use std::future::Future;
use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncBufRead, AsyncRead, AsyncSeek, ReadBuf};

use crate::bridge::RuntimeBridge;
use crate::io::operation::{Io, without_retries};
use crate::options::CallOptions;

impl RuntimeBridge {
    /// Makes a sync reader of an async one: [`Read`], and [`BufRead`] and [`Seek`] where the async one has them.
    ///
    /// Each operation is one call, as [`block_on`](Self::block_on) makes it, from any thread. What is there already costs
    /// no thread switch; many small reads of something that has to be waited for are cheaper through a
    /// `tokio::io::BufReader` inside, or a [`std::io::BufReader`] around.
    ///
    /// A socket or other IO object of tokio's belongs to the runtime it is made on. One that is made on a current-thread
    /// runtime cannot be read from that runtime's own thread: the thread waits here, and so nothing drives the socket.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::BufRead;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let file = bridge.block_on(tokio::fs::File::open("Cargo.toml"))??;
    /// let mut reader = bridge.reader(tokio::io::BufReader::new(file));
    /// let mut first = String::new();
    /// reader.read_line(&mut first)?;
    /// assert_eq!(first, "[package]\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reader<R: AsyncRead + Unpin + Send>(&self, reader: R) -> BlockingReader<R> {
        self.call().reader(reader)
    }
}

impl CallOptions<'_> {
    /// As [`RuntimeBridge::reader`], with these options for each operation. One that is ended early has read nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{ErrorKind, Read};
    /// use std::time::Duration;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let (here, _silent) = tokio::io::duplex(64);
    /// let mut reader = bridge.call().timeout(Duration::from_millis(5)).reader(here);
    /// assert_eq!(reader.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::TimedOut);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn reader<R: AsyncRead + Unpin + Send>(self, reader: R) -> BlockingReader<R> {
        BlockingReader { io: Io::new(self, reader) }
    }
}

/// A sync reader over an async one. Made by [`RuntimeBridge::reader`].
///
/// # Errors
///
/// Its operations return the async reader's errors, and the bridge's converted:
/// the [`io::Error`]'s inner error is then the [`BridgeError`](crate::BridgeError). The kind is never `Interrupted`,
/// such an operation is tried again, and never `WouldBlock`, which becomes [`Other`](io::ErrorKind::Other). A
/// [default time limit](crate::Builder::default_timeout) of the bridge counts for each operation; one that it ends has
/// read nothing.
///
/// # Examples
///
/// ```
/// use std::io::{self, Read};
/// use sync_bridge_core::RuntimeBridge;
///
/// let bridge = RuntimeBridge::new()?;
/// let mut bytes = bridge.reader(&b"some bytes"[..]);
/// let mut four = [0; 4];
/// bytes.read_exact(&mut four)?;
/// assert_eq!(&four, b"some");
/// assert_eq!(io::copy(&mut bytes, &mut io::sink())?, 6);
/// # Ok::<(), io::Error>(())
/// ```
pub struct BlockingReader<R> {
    io: Io<R>,
}

impl<R> BlockingReader<R> {
    /// The async reader.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let reader = RuntimeBridge::new()?.reader(&b"some bytes"[..]);
    /// assert_eq!(reader.get_ref().len(), 10);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn get_ref(&self) -> &R {
        self.io.get()
    }

    /// The async reader. What is read from it is missing here.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Read;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let mut reader = RuntimeBridge::new()?.reader(tokio::io::AsyncReadExt::take(&b"some bytes"[..], 0));
    /// reader.get_mut().set_limit(4);
    /// assert_eq!(std::io::read_to_string(reader)?, "some");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn get_mut(&mut self) -> &mut R {
        self.io.get_mut()
    }

    /// The async reader. Nothing is lost: there is no buffer in between.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Read;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let mut reader = RuntimeBridge::new()?.reader(&b"some bytes"[..]);
    /// reader.read_exact(&mut [0; 5])?;
    /// assert_eq!(reader.into_inner(), b"bytes");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn into_inner(self) -> R {
        self.io.into_inner()
    }
}

impl<R: AsyncRead + Unpin + Send> Read for BlockingReader<R> {
    #[track_caller]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.io.read(buffer)
    }
}

impl<R: AsyncBufRead + Unpin + Send> BufRead for BlockingReader<R> {
    #[track_caller]
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.io.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        Pin::new(self.io.get_mut()).consume(amount);
    }
}

impl<R: AsyncRead + Unpin + Send> Io<R> {
    #[track_caller]
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.call(|reader, cx| {
            let mut buffer = ReadBuf::new(buffer);
            ready!(reader.poll_read(cx, &mut buffer))?;
            Poll::Ready(Ok(buffer.filled().len()))
        })
    }

    #[track_caller]
    pub(crate) fn fill_buf(&mut self) -> io::Result<&[u8]>
    where
        R: AsyncBufRead,
    {
        let (options, reader) = self.parts();
        options.block_on(FillBuf { reader: Some(reader) })?
    }
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

impl<R: AsyncSeek + Unpin + Send> Seek for BlockingReader<R> {
    #[track_caller]
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.io.seek(position)
    }
}

impl<R: fmt::Debug> fmt::Debug for BlockingReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockingReader").field("reader", self.get_ref()).field("bridge", self.io.bridge()).finish()
    }
}
