//! `Write` and `Seek` over tokio's async traits.

use std::fmt;
use std::io::{self, IoSlice, Seek, SeekFrom, Write};

use tokio::io::{AsyncSeek, AsyncWrite};

use crate::bridge::RuntimeBridge;
use crate::io::operation::Io;
use crate::options::CallOptions;

impl RuntimeBridge {
    /// Makes a sync writer of an async one: [`Write`], and [`Seek`] where the async one has it.
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
    pub fn writer<W: AsyncWrite + Unpin + Send>(&self, writer: W) -> BlockingWriter<W> {
        self.call().writer(writer)
    }
}

impl CallOptions<'_> {
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
    pub fn writer<W: AsyncWrite + Unpin + Send>(self, writer: W) -> BlockingWriter<W> {
        BlockingWriter { io: Io::new(self, writer) }
    }
}

/// A sync writer over an async one. Made by [`RuntimeBridge::writer`].
///
/// Dropping it neither flushes nor shuts down, because that can mean waiting, and has no way to report a failure. Many
/// async writers keep bytes back, `tokio::fs::File` among them: end with [`flush`](Write::flush), or with
/// [`shutdown`](Self::shutdown).
///
/// # Errors
///
/// Its operations return the async writer's errors, and the bridge's converted:
/// the [`io::Error`]'s inner error is then the [`BridgeError`](crate::BridgeError). The kind is never `Interrupted`,
/// such an operation is tried again, and never `WouldBlock`, which becomes [`Other`](io::ErrorKind::Other). A
/// [default time limit](crate::Builder::default_timeout) of the bridge counts for each operation; a `write` that it ends
/// has written nothing, of a `write_all` nobody can tell.
///
/// # Examples
///
/// ```
/// use std::io::{self, Write};
/// use sync_bridge_core::RuntimeBridge;
///
/// let bridge = RuntimeBridge::new()?;
/// let path = std::env::temp_dir().join(format!("sync-bridge-{}", std::process::id()));
/// let mut file = bridge.writer(bridge.block_on(tokio::fs::File::create(&path))??);
/// file.write_all(b"some bytes")?;
/// file.shutdown()?;
/// assert_eq!(std::fs::read(&path)?, b"some bytes");
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct BlockingWriter<W> {
    io: Io<W>,
}

impl<W> BlockingWriter<W> {
    /// The async writer.
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
    pub fn get_ref(&self) -> &W {
        self.io.get()
    }

    /// The async writer. What is written to it goes past this one.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Write;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let mut writer = RuntimeBridge::new()?.writer(b"header, ".to_vec());
    /// writer.get_mut().clear();
    /// writer.write_all(b"body")?;
    /// assert_eq!(writer.into_inner(), b"body");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn get_mut(&mut self) -> &mut W {
        self.io.get_mut()
    }

    /// The async writer. Nothing is lost, and nothing flushed: there is no buffer in between.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let writer = RuntimeBridge::new()?.writer(b"some bytes".to_vec());
    /// assert_eq!(writer.into_inner(), b"some bytes");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn into_inner(self) -> W {
        self.io.into_inner()
    }
}

impl<W: AsyncWrite + Unpin + Send> BlockingWriter<W> {
    /// Writes out what the async writer keeps back, and ends it: a socket says to its peer that no more will come.
    ///
    /// # Errors
    ///
    /// As for every operation of [`BlockingWriter`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Read, Write};
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let (here, there) = tokio::io::duplex(64);
    /// let mut writer = bridge.writer(here);
    /// writer.write_all(b"some bytes")?;
    /// writer.shutdown()?;
    /// assert_eq!(std::io::read_to_string(bridge.reader(there))?, "some bytes");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn shutdown(&mut self) -> io::Result<()> {
        self.io.shutdown()
    }
}

impl<W: AsyncWrite + Unpin + Send> Write for BlockingWriter<W> {
    #[track_caller]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.io.write(bytes)
    }

    #[track_caller]
    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.io.write_vectored(slices)
    }

    #[track_caller]
    fn flush(&mut self) -> io::Result<()> {
        self.io.flush()
    }
}

impl<W: AsyncWrite + Unpin + Send> Io<W> {
    #[track_caller]
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.call(|writer, cx| writer.poll_write(cx, bytes))
    }

    #[track_caller]
    pub(crate) fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.call(|writer, cx| writer.poll_write_vectored(cx, slices))
    }

    #[track_caller]
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.call(W::poll_flush)
    }

    #[track_caller]
    pub(crate) fn shutdown(&mut self) -> io::Result<()> {
        self.call(W::poll_shutdown)
    }
}

impl<W: AsyncSeek + Unpin + Send> Seek for BlockingWriter<W> {
    #[track_caller]
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.io.seek(position)
    }
}

impl<W: fmt::Debug> fmt::Debug for BlockingWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockingWriter").field("writer", self.get_ref()).field("bridge", self.io.bridge()).finish()
    }
}
