//! Lends a reader or a writer of the caller to the async method: `#[bridge(read)]` and `#[bridge(write)]` on an argument.

use super::PromisedSend;
use crate::base::panic::{discard, ignore_panic};
use crate::io::async_reader::LentReader;
use crate::io::async_writer::LentWriter;
use crate::{AsyncReader, AsyncWriter, BridgeError, CallOptions};
use std::future::poll_fn;
use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
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

/// What keeps a reader or a writer during a call. Dropping it drops the object too, and no panic leaves the drop.
pub trait Lent {
    /// Drops the object, unless the async one outlives the call. A panic of its destructor continues.
    fn end(self);
}

impl<R: Read + Send + 'static> Lent for LentReader<R> {
    fn end(self) {
        drop(self.take());
    }
}

impl<W: Write + Send + 'static> Lent for LentWriter<W> {
    fn end(self) {
        drop(self.take());
    }
}

/// Ends a loan at the end of its call. If the destructor of the object panics, this is the failure of the call, unless the
/// call has one already.
///
/// # Errors
///
/// Those of the call, and [`BridgeError::ResponseLost`] with the payload of the panic.
pub fn end_loan<T>(answer: Result<T, BridgeError>, lent: impl Lent) -> Result<T, BridgeError> {
    let Err(payload) = catch_unwind(AssertUnwindSafe(|| lent.end())) else { return answer };
    if answer.is_err() {
        discard(payload);
        return answer;
    }
    ignore_panic(|| drop(answer));
    Err(BridgeError::panicked(payload))
}

/// Drops a reader or a writer whose call is not made. No panic leaves the drop.
pub fn drop_unlent<T>(object: T) {
    ignore_panic(|| drop(object));
}
