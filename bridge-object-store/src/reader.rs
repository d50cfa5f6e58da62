//! `Read`, `BufRead` and `Seek` over an object.

use crate::error::into_io;
use crate::source::Source;
use crate::store::BlockingObjectStore;
use bytes::Bytes;
use object_store::{Extensions, GetOptions, GetRange, GetResult, ObjectMeta, Result};
use std::fmt;
use std::io::{self, BufRead, ErrorKind, Read, Seek, SeekFrom};
use std::ops::{Deref, Range};

/// Up to this distance, the reader skips bytes of the current payload. This is cheaper than a new request.
const READ_OVER: u64 = 256 * 1024;

/// Reads an object, or the requested range of it, and can seek.
///
/// [`reader_blocking`](crate::BlockingObjectIo::reader_blocking) returns one, and [`new`](Self::new) makes one from any
/// [`GetResult`].
///
/// The reader reads the payload as it arrives, and never holds all of it. Seeking alone makes no request. The next read
/// makes a new request if its first byte is neither in the buffer nor a short distance ahead. The request is for the
/// rest of the same version of the object. If the object has been replaced in the meantime, the read returns an error,
/// not a mixture.
///
/// Positions are relative to the requested range. `P` points to the store. It is `&S`, or an `Arc` for a reader that
/// does not borrow. Any thread may read, inside a runtime or not.
///
/// # Errors
/// Reading returns an [`io::Error`] of the matching kind with the [`object_store::Error`] inside.
///
/// # Examples
/// ```
/// use object_store::{memory::InMemory, path::Path};
/// use std::io::{BufRead, Read, Seek, SeekFrom};
/// use sync_bridge_object_store::{BlockingObjectIo, BlockingObjectStoreExt};
///
/// let (store, path) = (InMemory::new(), Path::from("poem"));
/// store.put_blocking(&path, "first line\nsecond line".into())?;
/// let mut reader = store.reader_blocking(&path)?;
/// reader.seek(SeekFrom::End(-4))?;
/// let mut word = String::new();
/// reader.read_to_string(&mut word)?;
/// assert_eq!(word, "line");
/// reader.rewind()?;
/// assert_eq!(reader.lines().next().transpose()?.as_deref(), Some("first line"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ObjectReader<P> {
    store: P,
    meta: ObjectMeta,
    range: Range<u64>,
    /// The options of each request.
    extensions: Extensions,
    /// The position of the next byte to read.
    position: u64,
    chunk: Bytes,
    /// The position where the chunk begins.
    chunk_at: u64,
    /// The source of the bytes after the chunk. None after an error, and while the rest is not requested.
    source: Option<Source>,
}

impl<P> ObjectReader<P>
where
    P: Deref<Target: BlockingObjectStore>,
{
    /// Makes a reader of a result of `get_blocking` or `get_opts_blocking` of this store.
    ///
    /// # Examples
    /// ```
    /// use object_store::{GetOptions, memory::InMemory, path::Path};
    /// use std::io::Read;
    /// use std::sync::Arc;
    /// use sync_bridge_object_store::{BlockingObjectStore, BlockingObjectStoreExt, ObjectReader};
    ///
    /// let (store, path) = (Arc::new(InMemory::new()), Path::from("object"));
    /// store.put_blocking(&path, "0123456789".into())?;
    /// let options = GetOptions::new().with_range(Some(3..6));
    /// let object = store.get_opts_blocking(&path, options)?;
    /// let mut reader = ObjectReader::new(Arc::clone(&store), object);
    /// assert_eq!(std::thread::spawn(move || std::io::read_to_string(reader)).join().unwrap()?, "345");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(store: P, object: GetResult) -> Self {
        Self::with_extensions(store, object, Extensions::new())
    }

    pub(crate) fn with_extensions(store: P, object: GetResult, extensions: Extensions) -> Self {
        let (meta, range) = (object.meta.clone(), object.range.clone());
        let source = Some(Source::of(object));
        let (position, chunk, chunk_at) = (range.start, Bytes::new(), range.start);
        Self { store, meta, range, extensions, position, chunk, chunk_at, source }
    }

    /// Replaces the chunk with one that has the next byte. At the end of the range the chunk does not have it.
    fn fill(&mut self) -> io::Result<()> {
        while self.position < self.range.end && self.rest().is_empty() {
            let end = self.chunk_end();
            let is_near = end <= self.position && self.position - end <= READ_OVER;
            if self.source.is_none() || !is_near {
                self.source = Some(self.ask_for_rest().map_err(into_io)?);
                (self.chunk, self.chunk_at) = (Bytes::new(), self.position);
            }
            self.read_on()?;
        }
        Ok(())
    }

    fn read_on(&mut self) -> io::Result<()> {
        let at = self.chunk_end();
        // After an error the source is gone, and the next read asks the store again.
        let Some(mut source) = self.source.take() else { return Ok(()) };
        let Some(chunk) = source.read(at, self.range.end)? else {
            let text = format!("{}: the data ends at byte {at} of {}", self.meta.location, self.range.end);
            return Err(io::Error::new(ErrorKind::UnexpectedEof, text));
        };
        (self.source, self.chunk, self.chunk_at) = (Some(source), chunk, at);
        Ok(())
    }

    fn ask_for_rest(&self) -> Result<Source> {
        let options = GetOptions {
            range: Some(GetRange::Bounded(self.position..self.range.end)),
            version: self.meta.version.clone(),
            extensions: self.extensions.clone(),
            ..same_object(&self.meta)
        };
        self.store.get_opts_blocking(&self.meta.location, options).map(Source::of)
    }
}

/// Returns the condition that the object is still the one with this metadata. A weak tag never matches.
fn same_object(meta: &ObjectMeta) -> GetOptions {
    match &meta.e_tag {
        Some(tag) if !tag.starts_with("W/") => GetOptions::new().with_if_match(Some(tag)),
        _ => GetOptions::new().with_if_unmodified_since(Some(meta.last_modified)),
    }
}

impl<P> ObjectReader<P> {
    /// Returns the metadata of the object.
    ///
    /// # Examples
    /// ```
    /// use object_store::{memory::InMemory, path::Path};
    /// use sync_bridge_object_store::{BlockingObjectIo, BlockingObjectStoreExt};
    ///
    /// let (store, path) = (InMemory::new(), Path::from("object"));
    /// store.put_blocking(&path, "four".into())?;
    /// assert_eq!(store.reader_blocking(&path)?.meta().size, 4);
    /// # Ok::<(), object_store::Error>(())
    /// ```
    #[must_use]
    pub fn meta(&self) -> &ObjectMeta {
        &self.meta
    }

    fn chunk_end(&self) -> u64 {
        self.chunk_at + self.chunk.len() as u64
    }

    /// Returns the bytes that can be read without a request.
    fn rest(&self) -> &[u8] {
        let skipped = self.position.checked_sub(self.chunk_at).and_then(|skipped| usize::try_from(skipped).ok());
        skipped.and_then(|skipped| self.chunk.get(skipped..)).unwrap_or_default()
    }
}

impl<P> Read for ObjectReader<P>
where
    P: Deref<Target: BlockingObjectStore>,
{
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut rest = self.fill_buf()?;
        let read = rest.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl<P> BufRead for ObjectReader<P>
where
    P: Deref<Target: BlockingObjectStore>,
{
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.fill()?;
        Ok(self.rest())
    }

    fn consume(&mut self, amount: usize) {
        self.position += amount as u64;
    }
}

impl<P> Seek for ObjectReader<P> {
    /// Moves to a position within the range, or after its end, where there is nothing to read.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (from, by) = match to {
            SeekFrom::Start(position) => (self.range.start.checked_add(position), 0),
            SeekFrom::Current(by) => (Some(self.position), by),
            SeekFrom::End(by) => (Some(self.range.end), by),
        };
        let position = from.and_then(|from| from.checked_add_signed(by)).filter(|to| *to >= self.range.start);
        self.position = position.ok_or_else(|| io::Error::from(ErrorKind::InvalidInput))?;
        Ok(self.position - self.range.start)
    }
}

impl<P: fmt::Debug> fmt::Debug for ObjectReader<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (location, position) = (&self.meta.location, self.position - self.range.start);
        f.debug_struct("ObjectReader")
            .field("store", &self.store)
            .field("location", location)
            .field("range", &self.range)
            .field("position", &position)
            .finish_non_exhaustive()
    }
}
