//! `Read`, `Write`, `BufRead` and `Seek` over one async object.

use std::fmt;
use std::io::{self, BufRead, IoSlice, Read, Seek, SeekFrom, Write};
use std::pin::Pin;

use tokio::io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite};

use crate::bridge::RuntimeBridge;
use crate::io::operation::Io;
use crate::options::CallOptions;

impl RuntimeBridge {
    /// Makes a sync reader and writer of an async one, such as a socket: [`Read`] and [`Write`], and [`BufRead`] and
    /// [`Seek`] where the async one has them.
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
        BlockingIo { io: Io::new(self, object) }
    }
}

/// A sync reader and writer over an async one. Made by [`RuntimeBridge::io`].
///
/// What [`BlockingReader`](crate::BlockingReader) and [`BlockingWriter`](crate::BlockingWriter) say about errors, time
/// limits and flushing holds here too.
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
/// let mut text = String::new();
/// page.read_to_string(&mut text)?;
/// assert_eq!(text, "some bytes");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct BlockingIo<T> {
    io: Io<T>,
}

impl<T> BlockingIo<T> {
    /// The async object.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Write;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let mut page = RuntimeBridge::new()?.io(std::io::Cursor::new(Vec::new()));
    /// page.write_all(b"some bytes")?;
    /// assert_eq!(page.get_ref().position(), 10);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn get_ref(&self) -> &T {
        self.io.get()
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
        self.io.get_mut()
    }

    /// The async object. Nothing is lost, and nothing flushed: there is no buffer in between.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let page = RuntimeBridge::new()?.io(std::io::Cursor::new(vec![7]));
    /// assert_eq!(page.into_inner().into_inner(), [7]);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn into_inner(self) -> T {
        self.io.into_inner()
    }
}

impl<T: AsyncWrite + Unpin + Send> BlockingIo<T> {
    /// Writes out what the async object keeps back, and ends its writing half, as
    /// [`BlockingWriter::shutdown`](crate::BlockingWriter::shutdown) does. It can still be read from.
    ///
    /// # Errors
    ///
    /// As for every operation of [`BlockingWriter`](crate::BlockingWriter).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Write;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let (here, there) = tokio::io::duplex(64);
    /// let mut client = bridge.io(here);
    /// client.write_all(b"some bytes")?;
    /// client.shutdown()?;
    /// assert_eq!(std::io::read_to_string(bridge.io(there))?, "some bytes");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn shutdown(&mut self) -> io::Result<()> {
        self.io.shutdown()
    }
}

impl<T: AsyncRead + Unpin + Send> Read for BlockingIo<T> {
    #[track_caller]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.io.read(buffer)
    }
}

impl<T: AsyncBufRead + Unpin + Send> BufRead for BlockingIo<T> {
    #[track_caller]
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.io.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        Pin::new(self.io.get_mut()).consume(amount);
    }
}

impl<T: AsyncWrite + Unpin + Send> Write for BlockingIo<T> {
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

impl<T: AsyncSeek + Unpin + Send> Seek for BlockingIo<T> {
    #[track_caller]
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.io.seek(position)
    }
}

impl<T: fmt::Debug> fmt::Debug for BlockingIo<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockingIo").field("object", self.get_ref()).field("bridge", self.io.bridge()).finish()
    }
}
