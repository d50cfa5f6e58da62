//! `Read`, `BufRead` and `Seek` over an object.

use crate::error::into_io;
use crate::source::Source;
use crate::store::BlockingObjectStore;
use bytes::Bytes;
use object_store::{Extensions, GetOptions, GetRange, GetResult, ObjectMeta, Result};
use std::fmt;
use std::io::{self, BufRead, ErrorKind, Read, Seek, SeekFrom};
use std::ops::{Deref, Range};

/// So far ahead, reading on is cheaper than a request of its own.
const READ_OVER: u64 = 256 * 1024;

/// Reads an object, or the range of it that was asked for, and seeks in it. Made by
/// [`reader_blocking`](crate::BlockingObjectIo::reader_blocking), or of any [`GetResult`].
///
/// The payload is read as it arrives, and never held as a whole. Seeking by itself costs nothing; if the next byte to be
/// read is not among those that are there, nor a short way ahead, the store is asked for the rest from there. It is asked
/// for the same version of the object: one that has been replaced in the meantime gives an error, not a mixture.
///
/// Positions are those within the range that was asked for. `P` points to the store: `&S`, or an `Arc` for a reader that
/// borrows from nobody. Any thread may read, inside a runtime or not.
///
/// # Errors
/// Those of reading hold the [`object_store::Error`] inside an [`io::Error`] of the kind that fits.
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
    /// What goes with each request.
    extensions: Extensions,
    /// Where the next byte is to be read.
    position: u64,
    chunk: Bytes,
    /// Where the chunk begins.
    chunk_at: u64,
    /// Goes on at the end of the chunk. There is none after an error, nor while the rest is not asked for.
    source: Option<Source>,
}

impl<P> ObjectReader<P>
where
    P: Deref<Target: BlockingObjectStore>,
{
    /// Reads what `get_blocking` or `get_opts_blocking` of this store has returned.
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

    /// Makes the chunk one that has the next byte, or leaves it without at the end of the range.
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
            let text = format!("{}: it ends at byte {at} of {}", self.meta.location, self.range.end);
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

/// The condition that an object is still the one with this metadata. A weak tag matches nothing.
fn same_object(meta: &ObjectMeta) -> GetOptions {
    match &meta.e_tag {
        Some(tag) if !tag.starts_with("W/") => GetOptions::new().with_if_match(Some(tag)),
        _ => GetOptions::new().with_if_unmodified_since(Some(meta.last_modified)),
    }
}

impl<P> ObjectReader<P> {
    /// What the store knows about the object.
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

    /// What is there to be read without asking.
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
    /// Goes to a position within the range, or behind its end, where there is nothing to read.
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
