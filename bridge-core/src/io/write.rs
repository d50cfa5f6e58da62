//! `Write` over `AsyncWrite`, and `shutdown`.

use std::io::{self, IoSlice, Write};

use tokio::io::AsyncWrite;

use crate::io::blocking_io::BlockingIo;

impl<T: AsyncWrite + Unpin + Send> Write for BlockingIo<T> {
    #[track_caller]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.operate(|writer, cx| writer.poll_write(cx, bytes))
    }

    #[track_caller]
    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.operate(|writer, cx| writer.poll_write_vectored(cx, slices))
    }

    #[track_caller]
    fn flush(&mut self) -> io::Result<()> {
        self.operate(T::poll_flush)
    }
}

impl<T: AsyncWrite + Unpin + Send> BlockingIo<T> {
    /// Writes the buffered bytes of the async object, and shuts down its writing half. A socket tells its peer that no
    /// more data will come. The reading half still works afterwards.
    ///
    /// # Errors
    ///
    /// As for every operation of [`BlockingIo`].
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
    /// assert_eq!(std::io::read_to_string(bridge.reader(there))?, "some bytes");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// After `shutdown`, all bytes of a file are written:
    ///
    /// ```
    /// use std::io::Write;
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
    #[track_caller]
    pub fn shutdown(&mut self) -> io::Result<()> {
        self.operate(T::poll_shutdown)
    }
}
