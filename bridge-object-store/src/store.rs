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

/// The blocking twin of [`object_store::ObjectStore`], implemented for every type that implements that trait:
/// `InMemory`, `LocalFileSystem`, `AmazonS3`, `Arc<dyn ObjectStore>`, `dyn ObjectStore`, …
///
/// Every method may be called from any thread, inside a runtime or not. The futures run on the process-wide
/// [`RuntimeBridge`](sync_bridge::RuntimeBridge).
///
/// # Errors
/// Those of the original methods; and [`object_store::Error::Generic`], with a [`BridgeError`](sync_bridge::BridgeError) as
/// its source, where the bridge has failed: [`bridge_error`](crate::bridge_error) tells them apart.
#[sync_bridge(remote = object_store::ObjectStore, error = bridge_failed)]
pub trait ObjectStore: Debug + Display + Send + Sync {
    /// Stores an object, under the conditions and with the attributes that `opts` has.
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult>;

    /// Begins an upload in parts: [`BlockingMultipartUpload`](crate::BlockingMultipartUpload) goes on with it.
    ///
    /// [`writer_opts_blocking`](crate::BlockingObjectIo::writer_opts_blocking) makes a [`Write`](std::io::Write) of one.
    async fn put_multipart_opts(&self, location: &Path, opts: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>>;

    /// Reads an object or a range of it, under the conditions that `options` has. For the payload, see
    /// [`BlockingGetResult`](crate::BlockingGetResult).
    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult>;

    /// Reads several ranges of an object, given in bytes, at once.
    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>>;

    /// Deletes the objects whose paths the iterator gives, and gives back their paths as they are deleted. Where the store
    /// can, many are deleted with one request, and many requests are under way at a time.
    ///
    /// Nothing is deleted unless the result is iterated over. The given iterator runs on a thread of the bridge, where it
    /// may block; an error that it gives is given back.
    fn delete_stream(
        &self,
        #[bridge(iter)] locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>>;

    /// Lists the objects whose paths begin with the parts of `prefix`, in no order that every store would keep. Pages are
    /// requested as the iterator gets to them.
    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>>;

    /// Lists the objects whose paths begin with the parts of `prefix`, and come after `offset`.
    fn list_with_offset(&self, prefix: Option<&Path>, offset: &Path) -> BoxStream<'static, Result<ObjectMeta>>;

    /// Lists the objects directly below `prefix`, and the prefixes that are there, as a directory has files and directories.
    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult>;

    /// Copies an object within the store, under the condition that `options` has.
    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()>;

    /// Moves an object within the store, under the condition that `options` has.
    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()>;
}

/// The blocking twin of [`object_store::ObjectStoreExt`]: the same operations as [`BlockingObjectStore`], with no options.
/// It is implemented for every store.
///
/// # Errors
/// As for [`BlockingObjectStore`].
//
// Nothing says of these futures that they are `Send`, so that each stays on one thread.
#[sync_bridge(remote = object_store::ObjectStoreExt, error = bridge_failed, local)]
pub trait ObjectStoreExt: Send + Sync {
    /// Stores an object, in place of the one that may be there.
    async fn put(&self, location: &Path, payload: PutPayload) -> Result<PutResult>;

    /// Begins an upload in parts: [`BlockingMultipartUpload`](crate::BlockingMultipartUpload) goes on with it.
    ///
    /// [`writer_blocking`](crate::BlockingObjectIo::writer_blocking) makes a [`Write`](std::io::Write) of one.
    async fn put_multipart(&self, location: &Path) -> Result<Box<dyn MultipartUpload>>;

    /// Reads an object. For the payload, see [`BlockingGetResult`](crate::BlockingGetResult).
    async fn get(&self, location: &Path) -> Result<GetResult>;

    /// Reads a range of an object, given in bytes.
    async fn get_range(&self, location: &Path, range: Range<u64>) -> Result<Bytes>;

    /// Reads what the store knows about an object.
    async fn head(&self, location: &Path) -> Result<ObjectMeta>;

    /// Deletes an object. Some stores, like S3, do not say if there was none.
    async fn delete(&self, location: &Path) -> Result<()>;

    /// Copies an object within the store, in place of the one that may be there.
    async fn copy(&self, from: &Path, to: &Path) -> Result<()>;

    /// Copies an object within the store, or fails if there is one at `to`.
    async fn copy_if_not_exists(&self, from: &Path, to: &Path) -> Result<()>;

    /// Moves an object within the store, in place of the one that may be there.
    async fn rename(&self, from: &Path, to: &Path) -> Result<()>;

    /// Moves an object within the store, or fails if there is one at `to`.
    async fn rename_if_not_exists(&self, from: &Path, to: &Path) -> Result<()>;
}
