//! The way back: an async store every method of which calls the twin of another one.
//!
//! What is written for async stores then drives the twin, from the future that it runs in: the worst place to block.

use std::fmt;
use std::ops::Range;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt};
use object_store::list::{PaginatedListOptions, PaginatedListResult, PaginatedListStore};
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartId, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result, UploadPart,
};
use sync_bridge::RuntimeBridge;
use sync_bridge_object_store::{
    BlockingGetResult, BlockingMultipartStore, BlockingMultipartUpload, BlockingObjectStore, BlockingPaginatedListStore,
};

#[derive(Debug)]
pub(crate) struct Adapter<S>(pub(crate) S);

impl<S: BlockingObjectStore> fmt::Display for Adapter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Adapter({})", self.0)
    }
}

/// The same payload, read through the twin of `GetResult`.
fn through_twin(mut object: GetResult) -> GetResult {
    let (meta, range, attributes) = (object.meta.clone(), object.range.clone(), object.attributes.clone());
    let extensions = std::mem::take(&mut object.extensions);
    let pieces = stream::iter(object.into_stream_blocking()).boxed();
    GetResult { payload: object_store::GetResultPayload::Stream(pieces), meta, range, attributes, extensions }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<S: BlockingObjectStore + 'static> ObjectStore for Adapter<S> {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        self.0.put_opts_blocking(location, payload, opts)
    }

    async fn put_multipart_opts(&self, path: &Path, opts: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        Ok(Box::new(Adapter(self.0.put_multipart_opts_blocking(path, opts)?)))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.0.get_opts_blocking(location, options).map(through_twin)
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.0.get_ranges_blocking(location, ranges)
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let bridge = RuntimeBridge::global().unwrap();
        let locations = bridge.iter(locations).map(|location| location.unwrap());
        stream::iter(self.0.delete_stream_blocking(Box::new(locations))).boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        stream::iter(self.0.list_blocking(prefix)).boxed()
    }

    fn list_with_offset(&self, prefix: Option<&Path>, offset: &Path) -> BoxStream<'static, Result<ObjectMeta>> {
        stream::iter(self.0.list_with_offset_blocking(prefix, offset)).boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.0.list_with_delimiter_blocking(prefix)
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.0.copy_opts_blocking(from, to, options)
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.0.rename_opts_blocking(from, to, options)
    }
}

#[async_trait]
impl MultipartUpload for Adapter<Box<dyn MultipartUpload>> {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        Box::pin(std::future::ready(self.0.put_part_blocking(data)))
    }

    async fn complete(&mut self) -> Result<PutResult> {
        self.0.complete_blocking()
    }

    async fn abort(&mut self) -> Result<()> {
        self.0.abort_blocking()
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<S: BlockingMultipartStore + 'static> MultipartStore for Adapter<S> {
    async fn create_multipart(&self, path: &Path) -> Result<MultipartId> {
        self.0.create_multipart_blocking(path)
    }

    async fn create_multipart_opts(&self, path: &Path, opts: PutMultipartOptions) -> Result<MultipartId> {
        self.0.create_multipart_opts_blocking(path, opts)
    }

    async fn put_part(&self, path: &Path, id: &MultipartId, part_idx: usize, data: PutPayload) -> Result<PartId> {
        self.0.put_part_blocking(path, id, part_idx, data)
    }

    async fn complete_multipart(&self, path: &Path, id: &MultipartId, parts: Vec<PartId>) -> Result<PutResult> {
        self.0.complete_multipart_blocking(path, id, parts)
    }

    async fn abort_multipart(&self, path: &Path, id: &MultipartId) -> Result<()> {
        self.0.abort_multipart_blocking(path, id)
    }
}

#[async_trait]
impl<S: BlockingPaginatedListStore + 'static> PaginatedListStore for Adapter<S> {
    async fn list_paginated(&self, prefix: Option<&str>, opts: PaginatedListOptions) -> Result<PaginatedListResult> {
        self.0.list_paginated_blocking(prefix, opts)
    }
}
