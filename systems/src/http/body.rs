//! The body of a request.

use std::fs::File;
use std::future;
use std::io::Read;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::stream;
use http_body::{Frame, SizeHint};
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
        Self::from_async(stream_of(reader))
    }

    /// Returns a body of a known length that is read while the request is sent.
    pub fn sized<R: Read + Send + 'static>(reader: R, length: u64) -> Self {
        Self::from_async(reqwest::Body::wrap(OfLength { body: stream_of(reader.take(length)), rest: length }))
    }

    /// Returns the body, if it is not a stream.
    pub fn as_bytes(&self) -> Option<&[u8]>;
}

impl From<File> for Body {
    fn from(file: File) -> Self {
        match file.metadata() {
            Ok(metadata) if metadata.is_file() => Self::sized(file, metadata.len()),
            _ => Self::new(file),
        }
    }
}

/// The error of a runtime that cannot be started is the error of the body.
fn stream_of<R: Read + Send + 'static>(reader: R) -> reqwest::Body {
    match limits::unlimited() {
        Ok(bridge) => reqwest::Body::wrap_stream(ReaderStream::new(bridge.async_reader(reader))),
        Err(error) => reqwest::Body::wrap_stream(stream::once(future::ready(Err::<Bytes, _>(error)))),
    }
}

/// A body that tells its length. reqwest then sends it as `content-length`.
struct OfLength {
    body: reqwest::Body,
    rest: u64,
}

impl http_body::Body for OfLength {
    type Data = Bytes;
    type Error = reqwest::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, reqwest::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(data) = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref()) {
            self.rest = self.rest.saturating_sub(data.len() as u64);
        }
        Poll::Ready(frame)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest)
    }
}
