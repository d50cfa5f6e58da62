//! `Write` over an upload in parts.

use crate::error::{bridge_failed, into_io};
use crate::parts::BlockingMultipartUpload;
use object_store::{MultipartUpload, PutResult, Result};
use std::collections::VecDeque;
use std::io::{self, Write};
use std::time::Duration;
use std::{fmt, mem};
use sync_bridge::{BridgeError, BridgedTask, RuntimeBridge};

/// Every store takes parts of this size, in bytes; of S3's 10,000 parts, they make 80 GB.
const PART_SIZE: usize = 8 * 1024 * 1024;

/// The parts on their way at a time.
const IN_FLIGHT: usize = 4;

/// A writer that is dropped waits no longer for the store to discard its parts.
const ABORT_WAIT: Duration = Duration::from_secs(5);

/// Writes an object, in parts that are uploaded while the next ones are being written. Made by
/// [`writer_blocking`](crate::BlockingObjectIo::writer_blocking), or of any [`MultipartUpload`].
///
/// The object is there once [`finish`](Self::finish) has returned, whole. **A writer that is dropped before is aborted**:
/// there will be no object, and the store is told to discard the parts. Dropping waits for the store's answer for up to
/// five seconds; [`abort`](Self::abort) waits as long as it takes, and tells of errors.
///
/// At most one part is held here for each that is on its way, and the one being written: 40 MiB, unless
/// [`with_part_size`](Self::with_part_size) and [`with_max_in_flight`](Self::with_max_in_flight) say otherwise. Any thread
/// may write, inside a runtime or not; the parts are uploaded on the bridge's.
///
/// # Errors
/// An error of a part is that of the next call; after it no call succeeds. Those of writing hold the
/// [`object_store::Error`] inside an [`io::Error`] of the kind that fits.
///
/// # Examples
/// ```
/// use object_store::{memory::InMemory, path::Path};
/// use std::io::Write;
/// use sync_bridge_object_store::{BlockingGetResult, BlockingObjectIo, BlockingObjectStoreExt};
///
/// let (store, path) = (InMemory::new(), Path::from("report"));
/// let mut writer = store.writer_blocking(&path)?;
/// for line in 0..1000 {
///     writeln!(writer, "line {line}")?;
/// }
/// writer.finish()?;
/// assert_eq!(store.get_blocking(&path)?.bytes_blocking()?.len(), 8890);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "an upload that is not finished is aborted"]
pub struct ObjectWriter {
    bridge: &'static RuntimeBridge,
    /// None once it is completed or aborted.
    upload: Option<Box<dyn MultipartUpload>>,
    part: Vec<u8>,
    part_size: usize,
    in_flight: VecDeque<BridgedTask<Result<()>>>,
    max_in_flight: usize,
    has_failed: bool,
}

impl ObjectWriter {
    /// Writes what becomes the object of this upload, of which no part has been put yet.
    ///
    /// # Errors
    /// [`object_store::Error::Generic`] if the process-wide bridge cannot be started.
    pub fn new(upload: Box<dyn MultipartUpload>) -> Result<Self> {
        Ok(Self {
            bridge: RuntimeBridge::global().map_err(|error| bridge_failed(BridgeError::NotStarted(error)))?,
            upload: Some(upload),
            part: Vec::new(),
            part_size: PART_SIZE,
            in_flight: VecDeque::new(),
            max_in_flight: IN_FLIGHT,
            has_failed: false,
        })
    }

    /// Makes each part, except for the last, `bytes` long: 8 MiB if this is not called. S3 and others want 5 MiB at least.
    ///
    /// # Panics
    /// If `bytes` is 0.
    pub fn with_part_size(mut self, bytes: usize) -> Self {
        assert!(bytes > 0, "a part has at least one byte");
        self.part_size = bytes;
        self
    }

    /// Has at most so many parts on their way at a time: 4 if this is not called.
    ///
    /// # Panics
    /// If `parts` is 0.
    pub fn with_max_in_flight(mut self, parts: usize) -> Self {
        assert!(parts > 0, "at least one part at a time is on its way");
        self.max_in_flight = parts;
        self
    }

    /// Uploads what is left, waits for every part, and makes an object of them.
    ///
    /// # Errors
    /// What the store says, and then the upload has been aborted; as for
    /// [`BlockingObjectStore`](crate::BlockingObjectStore).
    pub fn finish(mut self) -> Result<PutResult> {
        self.check()?;
        if !self.part.is_empty() {
            self.send_part()?;
        }
        self.wait_for_parts(0)?;
        let result = match &mut self.upload {
            Some(upload) => upload.complete_blocking(),
            None => Err(failed_before()),
        };
        // If it has not been completed, dropping aborts it.
        if result.is_ok() {
            self.upload = None;
        }
        result
    }

    /// Gives up: there will be no object, and the store has discarded the parts when this returns.
    ///
    /// # Errors
    /// What the store says; as for [`BlockingObjectStore`](crate::BlockingObjectStore).
    pub fn abort(mut self) -> Result<()> {
        self.stop_parts();
        self.upload.take().map_or(Ok(()), |mut upload| upload.abort_blocking())
    }

    fn check(&self) -> Result<()> {
        if self.has_failed { Err(failed_before()) } else { Ok(()) }
    }

    /// Sends the part on its way, as soon as there is room.
    fn send_part(&mut self) -> Result<()> {
        self.wait_for_parts(self.max_in_flight - 1)?;
        let (part, Some(upload)) = (mem::take(&mut self.part), &mut self.upload) else { return Err(failed_before()) };
        // The store may need the bridge's context to make the future, too.
        let sending = self.bridge.block_on_with(|| std::future::ready(upload.put_part(part.into())));
        let sending = sending.map_err(bridge_failed).inspect_err(|_| self.has_failed = true)?;
        self.in_flight.push_back(self.bridge.spawn(sending));
        Ok(())
    }

    /// Waits until no more than so many parts are on their way.
    fn wait_for_parts(&mut self, most: usize) -> Result<()> {
        while self.in_flight.len() > most {
            let Some(mut part) = self.in_flight.pop_front() else { break };
            let sent = part.wait().unwrap_or_else(|error| Err(bridge_failed(error)));
            sent.inspect_err(|_| self.has_failed = true)?;
        }
        Ok(())
    }

    /// Drops the parts that are on their way: none may arrive after the upload has been aborted.
    fn stop_parts(&mut self) {
        self.in_flight.iter().for_each(BridgedTask::abort);
        for mut part in self.in_flight.drain(..) {
            // Whether it has arrived or not, it is going to be discarded.
            drop(part.wait());
        }
    }
}

fn failed_before() -> object_store::Error {
    object_store::Error::Generic {
        store: crate::error::STORE,
        source: "a part of this upload has failed before".into(),
    }
}

impl Write for ObjectWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.check().map_err(into_io)?;
        if self.part.len() >= self.part_size {
            self.send_part().map_err(into_io)?;
        }
        let taken = bytes.len().min(self.part_size - self.part.len());
        self.part.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    /// Waits until the store has every full part. The bytes of one that is not full stay here, as the store would not take
    /// it.
    fn flush(&mut self) -> io::Result<()> {
        self.check().map_err(into_io)?;
        if self.part.len() >= self.part_size {
            self.send_part().map_err(into_io)?;
        }
        self.wait_for_parts(0).map_err(into_io)
    }
}

impl Drop for ObjectWriter {
    fn drop(&mut self) {
        self.stop_parts();
        if let Some(mut upload) = self.upload.take() {
            let mut abort = self.bridge.spawn(async move { upload.abort().await });
            // There is nobody to tell of an error, and a store that does not answer does not hold up the thread.
            drop(abort.wait_timeout(ABORT_WAIT));
        }
    }
}

impl fmt::Debug for ObjectWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectWriter")
            .field("upload", &self.upload)
            .field("part_size", &self.part_size)
            .field("in_flight", &self.in_flight.len())
            .finish_non_exhaustive()
    }
}
