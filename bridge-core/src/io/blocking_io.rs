//! One async object for sync code to read, write and seek in.

use std::fmt;

use tokio::io::{AsyncRead, AsyncWrite};

use crate::bridge::RuntimeBridge;
use crate::in_context::InContext;
use crate::options::{CallOptions, OwnedCallOptions};

impl RuntimeBridge {
    /// Makes a sync reader of an async one: [`Read`](std::io::Read), and [`BufRead`](std::io::BufRead) and
    /// [`Seek`](std::io::Seek) where the async one has them.
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
    pub fn reader<R: AsyncRead + Unpin + Send>(&self, reader: R) -> BlockingIo<R> {
        self.call().reader(reader)
    }

    /// Makes a sync writer of an async one: [`Write`](std::io::Write), and [`Seek`](std::io::Seek) where the async one has
    /// it.
    ///
    /// Each operation is one call, as [`block_on`](Self::block_on) makes it, from any thread. Many small writes to
    /// something that has to be waited for are cheaper through a `tokio::io::BufWriter` inside, or a
    /// [`std::io::BufWriter`] around.
    ///
    /// What [`reader`](Self::reader) says about sockets holds here too.
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

    /// Makes a sync reader and writer of an async one, such as a socket: [`Read`](std::io::Read) and
    /// [`Write`](std::io::Write), and [`BufRead`](std::io::BufRead) and [`Seek`](std::io::Seek) where the async one has
    /// them.
    ///
    /// As for [`reader`](Self::reader) and [`writer`](Self::writer), each operation is one call. One thread has both
    /// halves; for two, take the object apart with `tokio::io::split` first.
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
    pub fn reader<R: AsyncRead + Unpin + Send>(self, reader: R) -> BlockingIo<R> {
        BlockingIo::new(self, reader)
    }

    /// As [`RuntimeBridge::writer`], with these options for each operation. A `write` that is ended early has written
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
    pub fn writer<W: AsyncWrite + Unpin + Send>(self, writer: W) -> BlockingIo<W> {
        BlockingIo::new(self, writer)
    }

    /// As [`RuntimeBridge::io`], with these options for each operation.
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
    pub fn io<T: AsyncRead + AsyncWrite + Unpin + Send>(self, object: T) -> BlockingIo<T> {
        BlockingIo::new(self, object)
    }
}

/// An async object as sync code uses it. Made by [`RuntimeBridge::reader`], [`writer`](RuntimeBridge::writer) and
/// [`io`](RuntimeBridge::io).
///
/// It can do what the async object can:
///
/// | the object is | this is |
/// |---|---|
/// | [`AsyncRead`] | [`Read`](std::io::Read) |
/// | [`AsyncBufRead`](tokio::io::AsyncBufRead) | [`BufRead`](std::io::BufRead) |
/// | [`AsyncWrite`] | [`Write`](std::io::Write), and has [`shutdown`](Self::shutdown) |
/// | [`AsyncSeek`](tokio::io::AsyncSeek) | [`Seek`](std::io::Seek) |
///
/// Dropping it neither flushes nor shuts down, because that can mean waiting, and has no way to report a failure. Many
/// async writers keep bytes back, `tokio::fs::File` among them: end with [`flush`](std::io::Write::flush), or with
/// [`shutdown`](Self::shutdown).
///
/// # Errors
///
/// Its operations return the async object's errors, and the bridge's converted:
/// the [`io::Error`](std::io::Error)'s inner error is then the [`BridgeError`](crate::BridgeError). The kind is never
/// `Interrupted`, such an operation is tried again, and never `WouldBlock`, which becomes
/// [`Other`](std::io::ErrorKind::Other). A [default time limit](crate::Builder::default_timeout) of the bridge counts for
/// each operation; a `read` that it ends has read nothing and a `write` has written nothing, of a `write_all` nobody can
/// tell.
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
    fn new(options: CallOptions<'_>, object: T) -> Self {
        Self { object: InContext::new(options, object) }
    }

    /// The async object.
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

    /// The async object. What is read from it, or written to it, goes past this one.
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

    /// The async object. Nothing is lost, and nothing flushed: there is no buffer in between.
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

/// What is always there: `into_inner` alone takes the object out, and it ends the [`BlockingIo`].
fn there<T>(object: Option<T>) -> T {
    object.expect("the object is taken out by `into_inner` only")
}

impl<T: fmt::Debug> fmt::Debug for BlockingIo<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bridge = self.object.options().bridge();
        f.debug_struct("BlockingIo").field("object", self.get_ref()).field("bridge", bridge).finish()
    }
}
