//! A response whose body has not been read.

use std::io::{Read, Write};
use std::net::SocketAddr;

use bytes::Bytes;
use futures::Stream;
use reqwest::header::HeaderMap;
use reqwest::{StatusCode, Url, Version};
use serde::de::DeserializeOwned;
use sync_bridge::sync_bridge;

use super::Result;

/// The status and the headers of a response. The methods read the body.
#[sync_bridge(remote = reqwest::Response)]
#[derive(Debug)]
pub struct Response;

#[sync_bridge(remote = reqwest::Response)]
impl Response {
    /// Returns the status.
    pub fn status(&self) -> StatusCode;

    /// Returns the version of HTTP.
    pub fn version(&self) -> Version;

    /// Returns the headers.
    pub fn headers(&self) -> &HeaderMap;

    /// Returns the length of the body, if it is known.
    pub fn content_length(&self) -> Option<u64>;

    /// Returns the URL, after all redirects.
    pub fn url(&self) -> &Url;

    /// Returns the address of the server.
    pub fn remote_addr(&self) -> Option<SocketAddr>;

    /// Makes an error of a status that is one.
    ///
    /// # Errors
    ///
    /// If the server answered with an error.
    pub fn error_for_status(self) -> Result<Self>;

    /// Reads the body as text.
    ///
    /// # Errors
    ///
    /// If the body is incomplete.
    pub async fn text(self) -> Result<String>;

    /// Reads the body as JSON.
    ///
    /// # Errors
    ///
    /// If the body is incomplete, or is not the JSON of a `T`.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T>;

    /// Reads the body.
    ///
    /// # Errors
    ///
    /// If the body is incomplete.
    pub async fn bytes(self) -> Result<Bytes>;

    /// Returns the next part of the body, or `None` at its end.
    ///
    /// # Errors
    ///
    /// If the body is incomplete.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>>;

    /// Returns a reader of the body.
    ///
    /// # Errors
    ///
    /// If the bridge cannot be started.
    #[bridge(read, rename = "reader", error = wrap)]
    pub fn bytes_stream(self) -> impl Stream<Item = reqwest::Result<Bytes>> + use<>;

    /// Copies the rest of the body, and returns its length.
    ///
    /// # Errors
    ///
    /// If the body is incomplete, or the writer fails.
    pub fn copy_to<W: Write + ?Sized>(&mut self, writer: &mut W) -> Result<u64> {
        let mut length = 0;
        while let Some(chunk) = self.chunk()? {
            writer.write_all(&chunk)?;
            length += chunk.len() as u64;
        }
        Ok(length)
    }
}

/// What `reader` returns is a reader.
const _: fn(Response) = |response| {
    fn is_read(_: impl Read) {}
    response.reader().map(is_read).unwrap_or_default();
};
