//! A store in memory that counts what it is asked, and can be told to fail.

use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, UploadPart,
};
use tokio::sync::Semaphore;

/// The payloads come in pieces of this size.
pub(crate) const PIECE: usize = 1000;

#[derive(Clone, Debug, Default)]
pub(crate) struct Counting {
    pub(crate) inner: Arc<InMemory>,
    pub(crate) log: Arc<Log>,
}

#[derive(Debug)]
pub(crate) struct Log {
    /// The ranges that were asked for.
    pub(crate) gets: Mutex<Vec<Option<Range<u64>>>>,
    /// Payloads end with an error after so many pieces.
    pub(crate) pieces_to_failure: AtomicUsize,
    /// The sizes of the parts that have been put.
    pub(crate) parts: Mutex<Vec<usize>>,
    pub(crate) under_way: AtomicUsize,
    pub(crate) most_under_way: AtomicUsize,
    /// Parts wait for a permit, each.
    pub(crate) permits: Semaphore,
    pub(crate) parts_fail: AtomicBool,
    pub(crate) completing_fails: AtomicBool,
    pub(crate) aborts: AtomicUsize,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            gets: Mutex::default(),
            pieces_to_failure: usize::MAX.into(),
            parts: Mutex::default(),
            under_way: AtomicUsize::default(),
            most_under_way: AtomicUsize::default(),
            permits: Semaphore::new(Semaphore::MAX_PERMITS),
            parts_fail: AtomicBool::default(),
            completing_fails: AtomicBool::default(),
            aborts: AtomicUsize::default(),
        }
    }
}

pub(crate) fn told_to_fail() -> object_store::Error {
    object_store::Error::Generic { store: "counting", source: "told to fail".into() }
}

impl fmt::Display for Counting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Counting")
    }
}

#[async_trait]
impl ObjectStore for Counting {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        self.inner.put_opts(location, payload, opts).await
    }

    async fn put_multipart_opts(&self, path: &Path, opts: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        let inner = self.inner.put_multipart_opts(path, opts).await?;
        Ok(Box::new(Upload { inner, log: Arc::clone(&self.log) }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let asked = options.range.clone();
        let object = self.inner.get_opts(location, options).await?;
        self.log.gets.lock().unwrap().push(asked.map(|_| object.range.clone()));
        let (meta, range, attributes) = (object.meta.clone(), object.range.clone(), object.attributes.clone());
        let extensions = object.extensions.clone();
        let bytes = object.bytes().await?;
        let count = self.log.pieces_to_failure.swap(usize::MAX, Ordering::SeqCst);
        let pieces: Vec<_> = bytes.chunks(PIECE).map(|piece| Ok(bytes.slice_ref(piece))).collect();
        let is_torn = count < pieces.len();
        let torn = stream::iter(is_torn.then(|| Err(told_to_fail())));
        let pieces = stream::iter(pieces).take(count).chain(torn);
        // Each piece is waited for.
        let pieces = pieces.then(async |piece| {
            tokio::task::yield_now().await;
            piece
        });
        let payload = GetResultPayload::Stream(Box::pin(pieces));
        Ok(GetResult { payload, meta, range, attributes, extensions })
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

#[derive(Debug)]
struct Upload {
    inner: Box<dyn MultipartUpload>,
    log: Arc<Log>,
}

/// Counts one that is under way, until it is over or dropped.
struct UnderWay(Arc<Log>);

impl UnderWay {
    fn new(log: Arc<Log>) -> Self {
        let now = log.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        log.most_under_way.fetch_max(now, Ordering::SeqCst);
        Self(log)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl MultipartUpload for Upload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        // As a store may that has a task for each part.
        tokio::runtime::Handle::current();
        self.log.parts.lock().unwrap().push(data.content_length());
        let (put, log) = (self.inner.put_part(data), Arc::clone(&self.log));
        Box::pin(async move {
            let _under_way = UnderWay::new(Arc::clone(&log));
            log.permits.acquire().await.unwrap().forget();
            if log.parts_fail.load(Ordering::SeqCst) {
                return Err(told_to_fail());
            }
            put.await
        })
    }

    async fn complete(&mut self) -> Result<PutResult> {
        if self.log.completing_fails.load(Ordering::SeqCst) { Err(told_to_fail()) } else { self.inner.complete().await }
    }

    async fn abort(&mut self) -> Result<()> {
        assert_eq!(self.log.under_way.load(Ordering::SeqCst), 0, "a part is still under way");
        self.log.aborts.fetch_add(1, Ordering::SeqCst);
        self.inner.abort().await
    }
}
