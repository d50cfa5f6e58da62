//! The twins of the traits for uploads in parts, and for listings page by page.

use crate::error::bridge_failed;
use object_store::list::{PaginatedListOptions, PaginatedListResult};
use object_store::multipart::PartId;
use object_store::path::Path;
use object_store::{MultipartId, PutMultipartOptions, PutPayload, PutResult, Result};
use sync_bridge::sync_bridge;

/// The blocking twin of [`object_store::MultipartUpload`]: an upload in parts, one after the other.
///
/// An upload that is neither completed nor aborted may leave its parts in the store. An
/// [`ObjectWriter`](crate::ObjectWriter) sees to that, and sends several parts at a time.
///
/// # Errors
/// As for [`BlockingObjectStore`](crate::BlockingObjectStore).
#[sync_bridge(remote = object_store::MultipartUpload, error = bridge_failed)]
pub trait MultipartUpload: Send {
    /// Uploads the next part, and waits until it is there.
    ///
    /// Most stores want parts of at least 5 MiB, except for the last, and some want all parts to be of the same size.
    async fn put_part(&mut self, data: PutPayload) -> Result<()>;

    /// Makes an object of the parts.
    async fn complete(&mut self) -> Result<PutResult>;

    /// Discards the parts.
    async fn abort(&mut self) -> Result<()>;
}

/// The blocking twin of [`object_store::multipart::MultipartStore`]: uploads in parts that are known by an id, so that
/// different threads, or processes, may upload the parts of one.
///
/// # Errors
/// As for [`BlockingObjectStore`](crate::BlockingObjectStore).
#[sync_bridge(remote = object_store::multipart::MultipartStore, error = bridge_failed)]
pub trait MultipartStore: Send + Sync {
    /// Begins an upload.
    async fn create_multipart(&self, path: &Path) -> Result<MultipartId>;

    /// Begins an upload of an object with the attributes that `opts` has.
    async fn create_multipart_opts(&self, path: &Path, opts: PutMultipartOptions) -> Result<MultipartId>;

    /// Uploads the part with this index, counted from 0.
    async fn put_part(&self, path: &Path, id: &MultipartId, part_idx: usize, data: PutPayload) -> Result<PartId>;

    /// Makes an object of the parts.
    async fn complete_multipart(&self, path: &Path, id: &MultipartId, parts: Vec<PartId>) -> Result<PutResult>;

    /// Discards the parts.
    async fn abort_multipart(&self, path: &Path, id: &MultipartId) -> Result<()>;
}

/// The blocking twin of [`object_store::list::PaginatedListStore`]: listings of which the caller asks for each page, and
/// may keep the token of the next one.
///
/// # Errors
/// As for [`BlockingObjectStore`](crate::BlockingObjectStore).
#[sync_bridge(remote = object_store::list::PaginatedListStore, error = bridge_failed)]
pub trait PaginatedListStore: Send + Sync {
    /// Lists one page of the objects whose names begin with `prefix`.
    async fn list_paginated(&self, prefix: Option<&str>, opts: PaginatedListOptions) -> Result<PaginatedListResult>;
}
