//! The bytes of a stream, as an async reader.

use std::error::Error;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use tokio::io::{AsyncBufRead, AsyncRead, ReadBuf};

/// Reads the bytes of a stream: the content of a download, one piece after the other.
///
/// The items of the stream are `Result`s. A piece is anything that has bytes, such as a `Bytes` or a `Vec<u8>`. With
/// [`RuntimeBridge::reader`](crate::RuntimeBridge::reader), blocking code reads the bytes. A twin with `#[bridge(read)]`
/// returns such a reader for a method that returns a stream.
///
/// The reader has no buffer besides the piece that it is reading.
///
/// # Errors
///
/// An error of the stream is the error of the read. An [`io::Error`] is returned as it is, and another error becomes an
/// [`io::Error`] of the kind [`Other`](io::ErrorKind::Other), which contains it. The next read goes on with the stream.
///
/// # Examples
///
/// ```
/// use std::io::{self, BufRead};
/// use futures::stream;
/// use sync_bridge_core::{ByteReader, RuntimeBridge};
///
/// let pieces = stream::iter([Ok("two li"), Ok("nes\nof text\n"), Err(io::Error::other("torn page"))]);
/// let mut lines = RuntimeBridge::new()?.reader(ByteReader::new(pieces)).lines();
/// assert_eq!(lines.next().transpose()?.as_deref(), Some("two lines"));
/// assert_eq!(lines.next().transpose()?.as_deref(), Some("of text"));
/// assert_eq!(lines.next().unwrap().unwrap_err().to_string(), "torn page");
/// # Ok::<(), io::Error>(())
/// ```
pub struct ByteReader<S: Stream> {
    stream: S,
    /// The piece that is being read, which is never an error.
    piece: Option<S::Item>,
    /// How many of its bytes have been read.
    read: usize,
}

impl<S: Stream> ByteReader<S> {
    /// Returns a reader of the bytes of `stream`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io;
    /// use futures::stream;
    /// use sync_bridge_core::{ByteReader, RuntimeBridge};
    ///
    /// let pieces = stream::iter([io::Result::Ok(vec![1, 2]), Ok(vec![3])]);
    /// let mut bytes = Vec::new();
    /// io::copy(&mut RuntimeBridge::new()?.reader(ByteReader::new(pieces)), &mut bytes)?;
    /// assert_eq!(bytes, [1, 2, 3]);
    /// # Ok::<(), io::Error>(())
    /// ```
    pub fn new(stream: S) -> Self {
        Self { stream, piece: None, read: 0 }
    }

    /// Returns a reference to the stream.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures::stream::{self, Stream};
    /// use sync_bridge_core::ByteReader;
    ///
    /// let reader = ByteReader::new(stream::iter([std::io::Result::Ok("piece")]));
    /// assert_eq!(reader.get_ref().size_hint(), (1, Some(1)));
    /// ```
    pub fn get_ref(&self) -> &S {
        &self.stream
    }

    /// Returns a mutable reference to the stream. An item that is taken from it is missing among the bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures::{StreamExt, stream};
    /// use sync_bridge_core::{ByteReader, RuntimeBridge};
    ///
    /// let pieces = stream::iter([std::io::Result::Ok("header"), Ok("text")]);
    /// let bridge = RuntimeBridge::new()?;
    /// let mut reader = bridge.reader(ByteReader::new(pieces));
    /// let header = bridge.block_on(reader.get_mut().get_mut().next())?;
    /// assert_eq!(header.transpose()?, Some("header"));
    /// assert_eq!(std::io::read_to_string(reader)?, "text");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.stream
    }

    /// Returns the stream. What has not been read of the present piece is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Read;
    /// use futures::stream;
    /// use sync_bridge_core::{ByteReader, RuntimeBridge};
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let mut reader = bridge.reader(ByteReader::new(stream::iter([std::io::Result::Ok("one"), Ok("two")])));
    /// reader.read_exact(&mut [0; 1])?;
    /// let rest: Vec<_> = bridge.iter(reader.into_inner().into_inner()).collect::<Result<_, _>>()?;
    /// assert_eq!(rest.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn into_inner(self) -> S {
        self.stream
    }
}

// No item is pinned, and the stream is pinned only where it is `Unpin` itself.
impl<S: Stream + Unpin> Unpin for ByteReader<S> {}

impl<S: Stream<Item: Piece>> ByteReader<S> {
    /// The bytes of the present piece that have not been read.
    fn rest(&self) -> &[u8] {
        self.piece.as_ref().and_then(|piece| piece.bytes().get(self.read..)).unwrap_or_default()
    }
}

impl<S: Stream<Item: Piece> + Unpin> AsyncBufRead for ByteReader<S> {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        while this.rest().is_empty() {
            this.read = 0;
            // Dropped before the stream is polled, which may need the memory for the next one.
            this.piece = None;
            let Some(item) = ready!(Pin::new(&mut this.stream).poll_next(cx)) else { break };
            this.piece = Some(item.checked()?);
        }
        Poll::Ready(Ok(this.rest()))
    }

    fn consume(self: Pin<&mut Self>, amount: usize) {
        self.get_mut().read += amount;
    }
}

impl<S: Stream<Item: Piece> + Unpin> AsyncRead for ByteReader<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if buffer.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let bytes = ready!(self.as_mut().poll_fill_buf(cx))?;
        let amount = bytes.len().min(buffer.remaining());
        buffer.put_slice(&bytes[..amount]);
        self.consume(amount);
        Poll::Ready(Ok(()))
    }
}

/// The items of a stream whose bytes can be read: `Result<B, E>`, where `B: AsRef<[u8]>` and `E` is an error.
#[diagnostic::on_unimplemented(
    message = "the bytes of a stream with items of type `{Self}` cannot be read [SB018]",
    label = "not a stream of bytes",
    note = "the items must be `Result<B, E>`, where `B: AsRef<[u8]>`, such as `Bytes` or `Vec<u8>`, and \
            `E: Into<Box<dyn Error + Send + Sync>>`, such as an error type"
)]
pub trait Piece: Sized {
    /// The bytes, if this is not an error.
    fn bytes(&self) -> &[u8];

    /// The piece, or its error.
    fn checked(self) -> io::Result<Self>;
}

#[diagnostic::do_not_recommend]
impl<B, E> Piece for Result<B, E>
where
    B: AsRef<[u8]>,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    fn bytes(&self) -> &[u8] {
        self.as_ref().map(AsRef::as_ref).unwrap_or_default()
    }

    fn checked(self) -> io::Result<Self> {
        self.map(Ok).map_err(|error| io_error(error.into()))
    }
}

fn io_error(error: Box<dyn Error + Send + Sync>) -> io::Error {
    error.downcast::<io::Error>().map_or_else(io::Error::other, |error| *error)
}

impl<S: Stream + fmt::Debug> fmt::Debug for ByteReader<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByteReader").field("stream", &self.stream).finish_non_exhaustive()
    }
}
