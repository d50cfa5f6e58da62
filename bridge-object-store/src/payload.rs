//! The blocking versions of the async methods of `GetResult`.

use crate::error::bridge_failed;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use object_store::{GetResult as Got, Result};
use sync_bridge::sync_bridge;

/// Reads the payload of a [`GetResult`](object_store::GetResult), on any thread.
///
/// [`ObjectReader`](crate::ObjectReader) reads it through [`Read`](std::io::Read).
///
/// # Errors
/// As for [`BlockingObjectStore`](crate::BlockingObjectStore).
//
// The trait exists only for its twin. The type has these methods as inherent methods.
#[allow(unreachable_pub, reason = "the twin has the visibility of its source, and is exported")]
#[sync_bridge(error = bridge_failed)]
pub trait GetResult: Sized {
    /// Reads the whole payload.
    async fn bytes(self) -> Result<Bytes>;

    /// Returns an iterator over the pieces of the payload, as they arrive.
    fn into_stream(self) -> BoxStream<'static, Result<Bytes>>;
}

#[sync_bridge(error = bridge_failed)]
impl GetResult for Got {
    async fn bytes(self) -> Result<Bytes> {
        Self::bytes(self).await
    }

    fn into_stream(self) -> BoxStream<'static, Result<Bytes>> {
        Self::into_stream(self)
    }
}
