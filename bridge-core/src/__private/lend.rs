//! Lends a reader or a writer of the caller to the async method: `#[bridge(read)]` and `#[bridge(write)]` on an argument.

use super::PromisedSend;
use crate::io::async_reader::LentReader;
use crate::io::async_writer::LentWriter;
use crate::{AsyncReader, AsyncWriter, BridgeError, CallOptions};
use std::future::poll_fn;
use std::io::{self, Read, Write};
use std::task::{Context, Poll};

/// The async reader for an argument, and what keeps the reader during the call.
pub fn lend_reader<R: Read + Send + 'static>(call: &CallOptions<'_>, reader: R) -> (LentReader<R>, AsyncReader<R>) {
    LentReader::new(call.bridge, reader)
}

/// The async writer for an argument, and what keeps the writer during the call.
pub fn lend_writer<W: Write + Send + 'static>(call: &CallOptions<'_>, writer: W) -> (LentWriter<W>, AsyncWriter<W>) {
    LentWriter::new(call.bridge, writer)
}

/// A writer of any type, which may have bytes to write when the future of the call ends.
pub trait LentWrites: Sync {
    /// Waits until the writer has the bytes that it had been given at the first poll, which is kept in `until`.
    fn poll_end(&self, cx: &mut Context<'_>, until: &mut Option<u64>) -> Poll<io::Result<()>>;
}

impl<W: Write + Send + 'static> LentWrites for LentWriter<W> {
    fn poll_end(&self, cx: &mut Context<'_>, until: &mut Option<u64>) -> Poll<io::Result<()>> {
        self.poll_end(cx, until)
    }
}

/// Returns the output of the future when the writers have all bytes, or the error that the future has not seen.
pub async fn finish_writes<F: Future, const N: usize>(
    future: F,
    writers: [&dyn LentWrites; N],
) -> Result<F::Output, BridgeError> {
    let output = future.await;
    for writer in writers {
        let mut until = None;
        poll_fn(|cx| writer.poll_end(cx, &mut until)).await.map_err(BridgeError::NotWritten)?;
    }
    Ok(output)
}

/// Like [`finish_writes`], for a future about which only the definition of its trait is known.
pub async fn finish_promised_writes<F: Future + PromisedSend, const N: usize>(
    future: F,
    writers: [&dyn LentWrites; N],
) -> Result<F::Output, BridgeError> {
    finish_writes(future, writers).await
}
