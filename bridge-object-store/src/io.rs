//! Readers and writers of every store.

use crate::reader::ObjectReader;
use crate::store::BlockingObjectStore;
use crate::writer::ObjectWriter;
use object_store::path::Path;
use object_store::{GetOptions, PutMultipartOptions, Result};

/// std's IO for the objects of every [`BlockingObjectStore`].
///
/// # Errors
/// As for [`BlockingObjectStore`].
pub trait BlockingObjectIo: BlockingObjectStore {
    /// Reads an object, from its beginning or wherever one seeks.
    ///
    /// # Errors
    /// As for [`BlockingObjectStore`].
    fn reader_blocking(&self, location: &Path) -> Result<ObjectReader<&Self>> {
        self.reader_opts_blocking(location, GetOptions::default())
    }

    /// Reads an object, or a range of it, under the conditions that `options` has. Positions are those in the range.
    ///
    /// # Errors
    /// As for [`BlockingObjectStore`].
    fn reader_opts_blocking(&self, location: &Path, options: GetOptions) -> Result<ObjectReader<&Self>> {
        let extensions = options.extensions.clone();
        Ok(ObjectReader::with_extensions(self, self.get_opts_blocking(location, options)?, extensions))
    }

    /// Writes an object, which is there once the writer has been finished.
    ///
    /// # Errors
    /// As for [`BlockingObjectStore`].
    fn writer_blocking(&self, location: &Path) -> Result<ObjectWriter> {
        self.writer_opts_blocking(location, PutMultipartOptions::default())
    }

    /// Writes an object with the attributes that `options` has.
    ///
    /// # Errors
    /// As for [`BlockingObjectStore`].
    fn writer_opts_blocking(&self, location: &Path, options: PutMultipartOptions) -> Result<ObjectWriter> {
        ObjectWriter::new(self.put_multipart_opts_blocking(location, options)?)
    }
}

impl<S: BlockingObjectStore + ?Sized> BlockingObjectIo for S {}
