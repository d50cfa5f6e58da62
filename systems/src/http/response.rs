//! A response whose body has not been read.

use std::io::{self, Read, Write};
use std::net::SocketAddr;

use bytes::Bytes;
use futures::Stream;
use http::Extensions;
use reqwest::header::HeaderMap;
use reqwest::{StatusCode, Url, Version};
use serde::de::DeserializeOwned;
use sync_bridge::{TwinType, sync_bridge};

use super::Result;

/// The status and the headers of a response. The methods read the body. So does [`Read`].
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

    /// Returns the headers.
    pub fn headers_mut(&mut self) -> &mut HeaderMap;

    /// Returns the length of the body, if it is known.
    pub fn content_length(&self) -> Option<u64>;

    /// Returns the URL, after all redirects.
    pub fn url(&self) -> &Url;

    /// Returns the address of the server.
    pub fn remote_addr(&self) -> Option<SocketAddr>;

    /// Returns what else belongs to the response.
    pub fn extensions(&self) -> &Extensions;

    /// Returns what else belongs to the response.
    pub fn extensions_mut(&mut self) -> &mut Extensions;

    /// Returns an error if the status is one.
    ///
    /// # Errors
    ///
    /// If the server answered with an error.
    pub fn error_for_status(self) -> Result<Self>;

    /// Returns an error if the status is one.
    ///
    /// # Errors
    ///
    /// If the server answered with an error.
    pub fn error_for_status_ref(&self) -> Result<&Self> {
        self.as_async().error_for_status_ref()?;
        Ok(self)
    }

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

    /// Returns a reader of the body, which has a buffer.
    ///
    /// # Errors
    ///
    /// If the bridge is shut down.
    #[bridge(read, rename = "into_reader", error = wrap)]
    pub fn bytes_stream(self) -> impl Stream<Item = reqwest::Result<Bytes>> + use<>;

    /// Copies the rest of the body, and returns its length.
    ///
    /// # Errors
    ///
    /// If the body is incomplete, or the writer fails.
    pub fn copy_to<W: Write + ?Sized>(&mut self, writer: &mut W) -> Result<u64> {
        let mut length = 0;
        while let Some(part) = self.next_part()? {
            writer.write_all(&part)?;
            length += part.len() as u64;
        }
        Ok(length)
    }

    /// Returns what has been received and not been read, or else the next part of the body.
    fn next_part(&mut self) -> Result<Option<Bytes>> {
        match self.extensions_mut().remove() {
            Some(Unread(part)) => Ok(Some(part)),
            None => self.chunk(),
        }
    }
}

/// The end of a part of the body that a reader had no space for. It is in the extensions of its response.
#[derive(Clone)]
struct Unread(Bytes);

impl Read for Response {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while let Some(mut part) = self.next_part()? {
            let read = part.split_to(part.len().min(buffer.len()));
            if !part.is_empty() {
                self.extensions_mut().insert(Unread(part));
            }
            if !read.is_empty() {
                buffer[..read.len()].copy_from_slice(&read);
                return Ok(read.len());
            }
        }
        Ok(0)
    }
}
