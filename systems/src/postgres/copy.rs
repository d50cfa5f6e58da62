//! What a `COPY … FROM STDIN` is written to.

use std::io::{self, Write};
use std::pin::Pin;

use bytes::Bytes;
use sync_bridge::sync_bridge;

use super::{Error, Result};

/// What the rows of a `COPY … FROM STDIN` are written to. Without [`finish`](Self::finish) nothing is copied.
#[sync_bridge(remote = Pin<Box<tokio_postgres::CopyInSink<Bytes>>>, forward(Sink<Bytes, Error = Error>))]
#[must_use = "without `finish` nothing is copied"]
pub struct CopyIn;

#[sync_bridge(remote = Pin<Box<tokio_postgres::CopyInSink<Bytes>>>)]
impl CopyIn {
    /// Ends the copy, and returns how many rows it has.
    ///
    /// # Errors
    ///
    /// If the server refuses a row, or the connection fails.
    pub async fn finish(self: Pin<&mut Self>) -> Result<u64>;
}

impl Write for CopyIn {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.feed(Bytes::copy_from_slice(bytes)).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Self::flush(self).map_err(io::Error::other)
    }
}
