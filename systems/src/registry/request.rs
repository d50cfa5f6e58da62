//! A request for any path of the registry, and its response.

use bytes::Bytes;
use futures::Stream;
use reqwest::{Body, StatusCode};
use serde::de::DeserializeOwned;
use sync_bridge::sync_bridge;

use super::Error;

/// A request that has not been sent. [`Client::request`](super::Client::request) returns one.
#[sync_bridge]
#[derive(Debug)]
#[must_use = "a request is sent by `send`"]
pub struct Request {
    request: reqwest::RequestBuilder,
}

/// The status and headers of a response. The methods read the body.
#[sync_bridge]
#[derive(Debug)]
pub struct Response {
    response: reqwest::Response,
}

#[sync_bridge(twin = BlockingRequest, twins(Response))]
impl Request {
    pub(super) fn new(request: reqwest::RequestBuilder) -> Self {
        Self { request }
    }

    /// Adds a header.
    pub fn header(self, name: &str, value: &str) -> Self {
        Self { request: self.request.header(name, value) }
    }

    /// Sets the body.
    pub fn body(self, body: impl Into<Body>) -> Self {
        Self { request: self.request.body(body) }
    }

    /// Sends the request, and waits for the status and headers of the response.
    ///
    /// # Errors
    ///
    /// If the request fails, or the server answers with an error status.
    pub async fn send(self) -> Result<Response, Error> {
        let response = self.request.send().await?;
        let status = response.status();
        if status.is_success() { Ok(Response { response }) } else { Err(Error::Status(status)) }
    }
}

#[sync_bridge(twin = BlockingResponse)]
impl Response {
    /// Returns the status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// Returns a header, if it exists and is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// Reads the body as JSON.
    ///
    /// # Errors
    ///
    /// If the body is incomplete, or is not the JSON of a `T`.
    pub async fn json<T: DeserializeOwned + Send>(self) -> Result<T, Error> {
        Ok(self.response.json().await?)
    }

    /// Reads the body as text.
    ///
    /// # Errors
    ///
    /// If the body is incomplete.
    pub async fn text(self) -> Result<String, Error> {
        Ok(self.response.text().await?)
    }

    /// Returns the chunks of the body as they arrive.
    ///
    /// # Errors
    ///
    /// If the body is incomplete, the last item is an error.
    pub fn bytes(self) -> impl Stream<Item = Result<Bytes, Error>> + Send + 'static {
        use futures::TryStreamExt;

        self.response.bytes_stream().map_err(Error::Http)
    }
}
