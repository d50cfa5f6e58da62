//! The twins of the traits for uploads in parts and for paginated listings.

use crate::error::bridge_failed;
use object_store::list::{PaginatedListOptions, PaginatedListResult};
use object_store::multipart::PartId;
use object_store::path::Path;
use object_store::{MultipartId, PutMultipartOptions, PutPayload, PutResult, Result};
use sync_bridge::sync_bridge;

/// The blocking twin of [`object_store::MultipartUpload`]. It uploads an object in parts, one after the other.
///
/// An upload that is neither completed nor aborted may leave its parts in the store. An
/// [`ObjectWriter`](crate::ObjectWriter) prevents that, and sends several parts at a time.
///
/// # Errors
/// As for [`BlockingObjectStore`](crate::BlockingObjectStore).
#[sync_bridge(remote = object_store::MultipartUpload, error = bridge_failed)]
pub trait MultipartUpload: Send {
    /// Uploads the next part, and waits until the store has it.
    ///
    /// Most stores require parts of at least 5 MiB, except for the last part. Some require all parts to have the same
    /// size.
    async fn put_part(&mut self, data: PutPayload) -> Result<()>;

    /// Makes an object of the parts.
    async fn complete(&mut self) -> Result<PutResult>;

    /// Discards the parts.
    async fn abort(&mut self) -> Result<()>;
}

/// The blocking twin of [`object_store::multipart::MultipartStore`]. An upload in parts has an id, so different threads
/// or processes may upload the parts of one object.
///
/// # Errors
/// As for [`BlockingObjectStore`](crate::BlockingObjectStore).
#[sync_bridge(remote = object_store::multipart::MultipartStore, error = bridge_failed)]
pub trait MultipartStore: Send + Sync {
    /// Starts an upload.
    async fn create_multipart(&self, path: &Path) -> Result<MultipartId>;

    /// Starts an upload of an object with the attributes in `opts`.
    async fn create_multipart_opts(&self, path: &Path, opts: PutMultipartOptions) -> Result<MultipartId>;

    /// Uploads the part with this index, counted from 0.
    async fn put_part(&self, path: &Path, id: &MultipartId, part_idx: usize, data: PutPayload) -> Result<PartId>;

    /// Makes an object of the parts.
    async fn complete_multipart(&self, path: &Path, id: &MultipartId, parts: Vec<PartId>) -> Result<PutResult>;

    /// Discards the parts.
    async fn abort_multipart(&self, path: &Path, id: &MultipartId) -> Result<()>;
}

/// The blocking twin of [`object_store::list::PaginatedListStore`]. The caller requests each page of a listing, and may
/// keep the token of the next page.
///
/// # Errors
/// As for [`BlockingObjectStore`](crate::BlockingObjectStore).
#[sync_bridge(remote = object_store::list::PaginatedListStore, error = bridge_failed)]
pub trait PaginatedListStore: Send + Sync {
    /// Lists one page of the objects whose names begin with `prefix`.
    async fn list_paginated(&self, prefix: Option<&str>, opts: PaginatedListOptions) -> Result<PaginatedListResult>;
}
