//! `Write` over an upload in parts.

use crate::error::{bridge_failed, into_io};
use crate::parts::BlockingMultipartUpload;
use object_store::{MultipartUpload, PutResult, Result};
use std::collections::VecDeque;
use std::io::{self, Write};
use std::time::Duration;
use std::{fmt, mem};
use sync_bridge::{BridgeError, BridgedTask, RuntimeBridge};

/// The default part size in bytes. Every store accepts it. With S3's limit of 10,000 parts, an object can have 80 GB.
const PART_SIZE: usize = 8 * 1024 * 1024;

/// The default number of parts that are uploaded at a time.
const IN_FLIGHT: usize = 4;

/// The longest time that a dropped writer waits for the store to discard its parts.
const ABORT_WAIT: Duration = Duration::from_secs(5);

/// Writes an object in parts. It uploads parts while the next ones are written.
///
/// [`writer_blocking`](crate::BlockingObjectIo::writer_blocking) returns one, and [`new`](Self::new) makes one from any
/// [`MultipartUpload`].
///
/// The whole object exists once [`finish`](Self::finish) has returned. **A writer that is dropped before that is
/// aborted**: no object is created, and the writer tells the store to discard the parts. Dropping waits for the store's
/// answer for up to five seconds. [`abort`](Self::abort) waits as long as it takes, and returns errors.
///
/// The writer holds the parts that are being uploaded and the part that is being written. By default this is at most
/// 40 MiB. [`with_part_size`](Self::with_part_size) and [`with_max_in_flight`](Self::with_max_in_flight) change it. Any
/// thread may write, inside a runtime or not. The parts are uploaded on the bridge's threads.
///
/// # Errors
/// If a part fails, the next call returns the error, and no later call succeeds. Writing returns an [`io::Error`] of
/// the matching kind with the [`object_store::Error`] inside.
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
    /// None once the upload is completed or aborted.
    upload: Option<Box<dyn MultipartUpload>>,
    part: Vec<u8>,
    part_size: usize,
    in_flight: VecDeque<BridgedTask<Result<()>>>,
    max_in_flight: usize,
    has_failed: bool,
}

impl ObjectWriter {
    /// Makes a writer for the object of this upload. No part of the upload may have been put yet.
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

    /// Sets the size of each part except the last. The default is 8 MiB. S3 and others require at least 5 MiB.
    ///
    /// # Panics
    /// If `bytes` is 0.
    pub fn with_part_size(mut self, bytes: usize) -> Self {
        assert!(bytes > 0, "the part size must be at least 1 byte");
        self.part_size = bytes;
        self
    }

    /// Sets how many parts may be uploaded at a time. The default is 4.
    ///
    /// # Panics
    /// If `parts` is 0.
    pub fn with_max_in_flight(mut self, parts: usize) -> Self {
        assert!(parts > 0, "the number of parts in flight must be at least 1");
        self.max_in_flight = parts;
        self
    }

    /// Uploads the rest, waits for every part, and makes an object of the parts.
    ///
    /// # Errors
    /// The error of the store, after which the upload has been aborted. The errors are those of
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
        // If the upload has not been completed, dropping the writer aborts it.
        if result.is_ok() {
            self.upload = None;
        }
        result
    }

    /// Aborts the upload. No object is created. When this returns, the store has discarded the parts.
    ///
    /// # Errors
    /// The error of the store. The errors are those of [`BlockingObjectStore`](crate::BlockingObjectStore).
    pub fn abort(mut self) -> Result<()> {
        self.stop_parts();
        self.upload.take().map_or(Ok(()), |mut upload| upload.abort_blocking())
    }

    fn check(&self) -> Result<()> {
        if self.has_failed { Err(failed_before()) } else { Ok(()) }
    }

    /// Starts the upload of the part, as soon as the limit allows it.
    fn send_part(&mut self) -> Result<()> {
        self.wait_for_parts(self.max_in_flight - 1)?;
        let (part, Some(upload)) = (mem::take(&mut self.part), &mut self.upload) else { return Err(failed_before()) };
        // The store may need the bridge's context already when it makes the future.
        let sending = self.bridge.block_on_with(|| std::future::ready(upload.put_part(part.into())));
        let sending = sending.map_err(bridge_failed).inspect_err(|_| self.has_failed = true)?;
        self.in_flight.push_back(self.bridge.spawn(sending));
        Ok(())
    }

    /// Waits until no more than this number of parts are being uploaded.
    fn wait_for_parts(&mut self, most: usize) -> Result<()> {
        while self.in_flight.len() > most {
            let Some(mut part) = self.in_flight.pop_front() else { break };
            let sent = part.wait().unwrap_or_else(|error| Err(bridge_failed(error)));
            sent.inspect_err(|_| self.has_failed = true)?;
        }
        Ok(())
    }

    /// Drops the parts that are being uploaded. None may arrive after the upload has been aborted.
    fn stop_parts(&mut self) {
        self.in_flight.iter().for_each(BridgedTask::abort);
        for mut part in self.in_flight.drain(..) {
            // The part is discarded in any case, so its result does not matter.
            drop(part.wait());
        }
    }
}

fn failed_before() -> object_store::Error {
    object_store::Error::Generic { store: crate::error::STORE, source: "an earlier part of this upload failed".into() }
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

    /// Waits until the store has every full part. The bytes of a part that is not full stay in the writer, because the
    /// store would not accept it.
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
            // An error cannot be returned here. A store that does not answer blocks the thread only for this time.
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
