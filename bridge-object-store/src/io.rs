//! Readers and writers of every store.

use crate::reader::ObjectReader;
use crate::store::BlockingObjectStore;
use crate::writer::ObjectWriter;
use object_store::path::Path;
use object_store::{GetOptions, PutMultipartOptions, Result};

/// std's IO traits for the objects of every [`BlockingObjectStore`].
///
/// # Errors
/// As for [`BlockingObjectStore`].
pub trait BlockingObjectIo: BlockingObjectStore {
    /// Returns a reader of an object. It starts at the beginning and can seek.
    ///
    /// # Errors
    /// As for [`BlockingObjectStore`].
    fn reader_blocking(&self, location: &Path) -> Result<ObjectReader<&Self>> {
        self.reader_opts_blocking(location, GetOptions::default())
    }

    /// Returns a reader of an object or of a range of it, under the conditions in `options`. Positions are relative to
    /// the range.
    ///
    /// # Errors
    /// As for [`BlockingObjectStore`].
    fn reader_opts_blocking(&self, location: &Path, options: GetOptions) -> Result<ObjectReader<&Self>> {
        let extensions = options.extensions.clone();
        Ok(ObjectReader::with_extensions(self, self.get_opts_blocking(location, options)?, extensions))
    }

    /// Returns a writer of an object. The object exists once the writer is finished.
    ///
    /// # Errors
    /// As for [`BlockingObjectStore`].
    fn writer_blocking(&self, location: &Path) -> Result<ObjectWriter> {
        self.writer_opts_blocking(location, PutMultipartOptions::default())
    }

    /// Returns a writer of an object with the attributes in `options`.
    ///
    /// # Errors
    /// As for [`BlockingObjectStore`].
    fn writer_opts_blocking(&self, location: &Path, options: PutMultipartOptions) -> Result<ObjectWriter> {
        ObjectWriter::new(self.put_multipart_opts_blocking(location, options)?)
    }
}

impl<S: BlockingObjectStore + ?Sized> BlockingObjectIo for S {}
