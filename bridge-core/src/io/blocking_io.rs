//! An async IO object that sync code can read, write and seek in.

use std::fmt;

use tokio::io::{AsyncRead, AsyncWrite};

use crate::bridge::RuntimeBridge;
use crate::in_context::InContext;
use crate::options::{CallOptions, OwnedCallOptions};

impl RuntimeBridge {
    /// Turns an async reader into a [`Read`](std::io::Read). If the async reader can seek or has a buffer, the result
    /// also implements [`Seek`](std::io::Seek) or [`BufRead`](std::io::BufRead).
    ///
    /// Each operation is one call, like a call of [`block_on`](Self::block_on). Any thread may make it. Data that is
    /// already available needs no thread switch. For many small reads that have to wait, put a `tokio::io::BufReader`
    /// inside, or a [`std::io::BufReader`] around it.
    ///
    /// A socket or another IO object of tokio belongs to the runtime that it was made on. If that is a current-thread
    /// runtime, its own thread cannot read from the object: while this thread waits, nothing drives the socket.
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
    pub fn reader<R: AsyncRead + Unpin + Send>(&self, reader: R) -> BlockingIo<R> {
        self.call().reader(reader)
    }

    /// Turns an async writer into a [`Write`](std::io::Write). If the async writer can seek, the result also implements
    /// [`Seek`](std::io::Seek).
    ///
    /// Each operation is one call, like a call of [`block_on`](Self::block_on). Any thread may make it. For many small
    /// writes that have to wait, put a `tokio::io::BufWriter` inside, or a [`std::io::BufWriter`] around it.
    ///
    /// For sockets, see [`reader`](Self::reader).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Write;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let mut lines = bridge.writer(Vec::new());
    /// for number in 1..=2 {
    ///     writeln!(lines, "line {number}")?;
    /// }
    /// assert_eq!(lines.into_inner(), b"line 1\nline 2\n");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn writer<W: AsyncWrite + Unpin + Send>(&self, writer: W) -> BlockingIo<W> {
        self.call().writer(writer)
    }

    /// Turns an async object that reads and writes, such as a socket, into a [`Read`](std::io::Read) and
    /// [`Write`](std::io::Write). If the object can seek or has a buffer, the result also implements
    /// [`Seek`](std::io::Seek) or [`BufRead`](std::io::BufRead).
    ///
    /// Each operation is one call, as for [`reader`](Self::reader) and [`writer`](Self::writer). To read and write on
    /// two threads at a time, split the object with `tokio::io::split` first.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{BufRead, Write};
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let (here, there) = tokio::io::duplex(64);
    /// let mut client = bridge.io(tokio::io::BufReader::new(here));
    /// let mut server = bridge.io(there);
    /// client.write_all(b"ping\n")?;
    /// server.write_all(b"pong\n")?;
    /// let mut answer = String::new();
    /// client.read_line(&mut answer)?;
    /// assert_eq!(answer, "pong\n");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn io<T: AsyncRead + AsyncWrite + Unpin + Send>(&self, object: T) -> BlockingIo<T> {
        self.call().io(object)
    }
}

impl CallOptions<'_> {
    /// Like [`RuntimeBridge::reader`], with these options for each operation. An operation that ends early has read
    /// nothing.
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
    pub fn reader<R: AsyncRead + Unpin + Send>(&self, reader: R) -> BlockingIo<R> {
        BlockingIo::new(self, reader)
    }

    /// Like [`RuntimeBridge::writer`], with these options for each operation. A `write` that ends early has written
    /// nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{ErrorKind, Write};
    /// use std::time::Duration;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let (here, _full) = tokio::io::duplex(4);
    /// let mut writer = bridge.call().timeout(Duration::from_millis(5)).writer(here);
    /// assert_eq!(writer.write_all(b"some bytes").unwrap_err().kind(), ErrorKind::TimedOut);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn writer<W: AsyncWrite + Unpin + Send>(&self, writer: W) -> BlockingIo<W> {
        BlockingIo::new(self, writer)
    }

    /// Like [`RuntimeBridge::io`], with these options for each operation.
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
    /// let mut peer = bridge.call().timeout(Duration::from_millis(5)).io(here);
    /// assert_eq!(peer.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::TimedOut);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn io<T: AsyncRead + AsyncWrite + Unpin + Send>(&self, object: T) -> BlockingIo<T> {
        BlockingIo::new(self, object)
    }
}

/// An async IO object for sync code. [`RuntimeBridge::reader`], [`writer`](RuntimeBridge::writer) and
/// [`io`](RuntimeBridge::io) return one.
///
/// It implements the traits of std that correspond to those of the async object:
///
/// | the async object implements | this type implements |
/// |---|---|
/// | [`AsyncRead`] | [`Read`](std::io::Read) |
/// | [`AsyncBufRead`](tokio::io::AsyncBufRead) | [`BufRead`](std::io::BufRead) |
/// | [`AsyncWrite`] | [`Write`](std::io::Write), and the method [`shutdown`](Self::shutdown) |
/// | [`AsyncSeek`](tokio::io::AsyncSeek) | [`Seek`](std::io::Seek) |
///
/// Dropping it does not flush and does not shut down, because both may have to wait and may fail. Many async writers
/// have a buffer, for example `tokio::fs::File`. Call [`flush`](std::io::Write::flush) or [`shutdown`](Self::shutdown)
/// at the end.
///
/// A [default time limit](crate::Builder::default_timeout) of the bridge applies to each operation. A `read` that
/// reaches the limit has read nothing. A `write` has written nothing. After a `write_all` it is not known how much was
/// written.
///
/// # Errors
///
/// The operations return the errors of the async object. A failure of the bridge is an [`io::Error`](std::io::Error)
/// whose inner error is the [`BridgeError`](crate::BridgeError).
///
/// The kind of an error is never `Interrupted`, because such an operation is tried again. It is never `WouldBlock`,
/// which becomes [`Other`](std::io::ErrorKind::Other).
///
/// # Examples
///
/// ```
/// use std::io::{Read, Seek, Write};
/// use sync_bridge_core::RuntimeBridge;
///
/// let bridge = RuntimeBridge::new()?;
/// let mut page = bridge.io(std::io::Cursor::new(Vec::new()));
/// page.write_all(b"some bytes")?;
/// page.rewind()?;
/// let mut four = [0; 4];
/// page.read_exact(&mut four)?;
/// assert_eq!(&four, b"some");
/// assert_eq!(std::io::copy(&mut page, &mut std::io::sink())?, 6);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct BlockingIo<T> {
    object: InContext<T>,
}

impl<T> BlockingIo<T> {
    pub(crate) fn new(options: &CallOptions<'_>, object: T) -> Self
    where
        T: Send,
    {
        Self { object: InContext::new(options, object) }
    }

    /// Returns a reference to the async object.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Write;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let mut writer = RuntimeBridge::new()?.writer(Vec::new());
    /// writer.write_all(b"some bytes")?;
    /// assert_eq!(writer.get_ref(), b"some bytes");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn get_ref(&self) -> &T {
        there(self.object.value())
    }

    /// Returns a mutable reference to the async object.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let mut page = RuntimeBridge::new()?.io(std::io::Cursor::new(b"some bytes".to_vec()));
    /// page.get_mut().set_position(5);
    /// assert_eq!(std::io::read_to_string(page)?, "bytes");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        self.parts().1
    }

    /// Returns the async object. It is not flushed. No data is lost, because this type has no buffer of its own.
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
    pub fn into_inner(mut self) -> T {
        there(self.object.take())
    }

    /// The options of a call, and what it borrows.
    pub(crate) fn parts(&mut self) -> (&OwnedCallOptions, &mut T) {
        let (options, object) = self.object.parts();
        (options, there(object.as_mut()))
    }
}

/// Returns the object. It is always there, because only `into_inner` takes it out, and consumes the [`BlockingIo`].
fn there<T>(object: Option<T>) -> T {
    object.expect("the object is taken out by `into_inner` only")
}

impl<T: fmt::Debug> fmt::Debug for BlockingIo<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bridge = self.object.options().bridge();
        f.debug_struct("BlockingIo").field("object", self.get_ref()).field("bridge", bridge).finish()
    }
}
