//! The twins of `ObjectStore` and `ObjectStoreExt`, for every store.

use crate::error::bridge_failed;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, PutMultipartOptions, PutOptions,
    PutPayload, PutResult, RenameOptions, Result,
};
use std::fmt::{Debug, Display};
use std::ops::Range;
use sync_bridge::sync_bridge;

/// The blocking twin of [`object_store::ObjectStore`]. Every type that implements that trait implements the twin:
/// `InMemory`, `LocalFileSystem`, `AmazonS3`, `Arc<dyn ObjectStore>`, `dyn ObjectStore`, …
///
/// Every method may be called from any thread, inside a runtime or not. The futures run on the process-wide
/// [`RuntimeBridge`](sync_bridge::RuntimeBridge).
///
/// # Errors
/// The errors of the original methods. If the bridge fails, the error is [`object_store::Error::Generic`] with a
/// [`BridgeError`](sync_bridge::BridgeError) as its source. [`bridge_error`](crate::bridge_error) distinguishes the
/// two.
#[sync_bridge(remote = object_store::ObjectStore, error = bridge_failed)]
pub trait ObjectStore: Debug + Display + Send + Sync {
    /// Stores an object, with the conditions and attributes in `opts`.
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult>;

    /// Starts an upload in parts. [`BlockingMultipartUpload`](crate::BlockingMultipartUpload) has the methods to
    /// continue.
    ///
    /// [`writer_opts_blocking`](crate::BlockingObjectIo::writer_opts_blocking) turns such an upload into a
    /// [`Write`](std::io::Write).
    async fn put_multipart_opts(&self, location: &Path, opts: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>>;

    /// Reads an object or a range of it, under the conditions in `options`. For the payload, see
    /// [`BlockingGetResult`](crate::BlockingGetResult).
    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult>;

    /// Reads several byte ranges of an object at once.
    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>>;

    /// Deletes the objects at the paths of an iterator, and returns the paths as they are deleted. If the store
    /// supports it, one request deletes many objects, and many requests run at a time.
    ///
    /// Nothing is deleted unless the caller iterates over the result. The given iterator runs on a thread of the bridge
    /// and may block. If it has an error as an item, the result has this error too.
    fn delete_stream(
        &self,
        #[bridge(iter)] locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>>;

    /// Lists the objects whose paths begin with the parts of `prefix`. The order depends on the store. The iterator
    /// requests a page when it reaches it.
    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>>;

    /// Lists the objects whose paths begin with the parts of `prefix` and come after `offset`.
    fn list_with_offset(&self, prefix: Option<&Path>, offset: &Path) -> BoxStream<'static, Result<ObjectMeta>>;

    /// Lists the objects and the prefixes directly below `prefix`, like the files and directories of a directory.
    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult>;

    /// Copies an object within the store, under the condition in `options`.
    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()>;

    /// Moves an object within the store, under the condition in `options`.
    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()>;
}

/// The blocking twin of [`object_store::ObjectStoreExt`]. It has the same operations as [`BlockingObjectStore`],
/// without options. Every store implements it.
///
/// # Errors
/// As for [`BlockingObjectStore`].
//
// The futures are not known to be `Send`, so each stays on one thread.
#[sync_bridge(remote = object_store::ObjectStoreExt, error = bridge_failed, local)]
pub trait ObjectStoreExt: Send + Sync {
    /// Stores an object, and replaces an existing object.
    async fn put(&self, location: &Path, payload: PutPayload) -> Result<PutResult>;

    /// Starts an upload in parts. [`BlockingMultipartUpload`](crate::BlockingMultipartUpload) has the methods to
    /// continue.
    ///
    /// [`writer_blocking`](crate::BlockingObjectIo::writer_blocking) turns such an upload into a
    /// [`Write`](std::io::Write).
    async fn put_multipart(&self, location: &Path) -> Result<Box<dyn MultipartUpload>>;

    /// Reads an object. For the payload, see [`BlockingGetResult`](crate::BlockingGetResult).
    async fn get(&self, location: &Path) -> Result<GetResult>;

    /// Reads a byte range of an object.
    async fn get_range(&self, location: &Path, range: Range<u64>) -> Result<Bytes>;

    /// Reads the metadata of an object.
    async fn head(&self, location: &Path) -> Result<ObjectMeta>;

    /// Deletes an object. Some stores, such as S3, do not report that there was no object.
    async fn delete(&self, location: &Path) -> Result<()>;

    /// Copies an object within the store, and replaces an existing object.
    async fn copy(&self, from: &Path, to: &Path) -> Result<()>;

    /// Copies an object within the store. Fails if there is an object at `to`.
    async fn copy_if_not_exists(&self, from: &Path, to: &Path) -> Result<()>;

    /// Moves an object within the store, and replaces an existing object.
    async fn rename(&self, from: &Path, to: &Path) -> Result<()>;

    /// Moves an object within the store. Fails if there is an object at `to`.
    async fn rename_if_not_exists(&self, from: &Path, to: &Path) -> Result<()>;
}
