//! The body of a request.

use std::fs::File;
use std::future::ready;
use std::io::Read;

use bytes::Bytes;
use futures::stream;
use sync_bridge::{TwinType, sync_bridge};
use tokio_util::io::ReaderStream;

use super::limits;

/// The body of a request.
#[sync_bridge(
    remote = reqwest::Body,
    forward(From<Bytes>, From<Vec<u8>>, From<String>, From<&'static [u8]>, From<&'static str>),
)]
#[derive(Debug, Default)]
pub struct Body;

#[sync_bridge(remote = reqwest::Body)]
impl Body {
    /// Returns a body that is read while the request is sent. The reader is read on a thread of its own.
    pub fn new<R: Read + Send + 'static>(reader: R) -> Self {
        Self::from_async(match limits::unlimited() {
            Ok(bridge) => reqwest::Body::wrap_stream(ReaderStream::new(bridge.async_reader(reader))),
            Err(error) => reqwest::Body::wrap_stream(stream::once(ready(Err::<Bytes, _>(error)))),
        })
    }

    /// Returns the body, if it is not a stream.
    pub fn as_bytes(&self) -> Option<&[u8]>;
}

impl From<File> for Body {
    fn from(file: File) -> Self {
        Self::new(file)
    }
}
