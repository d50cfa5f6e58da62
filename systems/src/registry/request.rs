//! A request of the caller's own making, and its response: a builder that ends in a call.

use bytes::Bytes;
use futures::Stream;
use reqwest::{Body, StatusCode};
use serde::de::DeserializeOwned;
use sync_bridge::{RuntimeBridge, sync_bridge};

use super::{Client, Error};

/// A request that is not sent yet. Made by [`Client::request`](super::Client::request).
#[derive(Debug)]
#[must_use = "it is sent by `send` or `send_blocking`"]
pub struct Request {
    request: reqwest::RequestBuilder,
    client: Client,
}

/// The head of an answer, and the way to the rest of it.
#[derive(Debug)]
pub struct Response {
    response: reqwest::Response,
    bridge: RuntimeBridge,
}

#[sync_bridge(bridge = self.client.bridge)]
impl Request {
    pub(super) fn new(request: reqwest::RequestBuilder, client: Client) -> Self {
        Self { request, client }
    }

    /// Adds a header.
    pub fn header(self, name: &str, value: &str) -> Self {
        Self { request: self.request.header(name, value), ..self }
    }

    /// What to send with it.
    pub fn body(self, body: impl Into<Body>) -> Self {
        Self { request: self.request.body(body), ..self }
    }

    /// Sends it, and waits for the head of the answer.
    ///
    /// # Errors
    ///
    /// If there is no answer, or it is a refusal.
    pub async fn send(self) -> Result<Response, Error> {
        let response = self.client.http().execute(self.request.build()?).await?;
        let status = response.status();
        if status.is_success() {
            Ok(Response { response, bridge: self.client.bridge })
        } else {
            Err(Error::Status(status))
        }
    }
}

#[sync_bridge(bridge = self.bridge)]
impl Response {
    /// What the server says of the request.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// A header of the answer, if it is there and is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// The rest of the answer, read as JSON.
    ///
    /// # Errors
    ///
    /// If it breaks off, or is something else.
    pub async fn json<T: DeserializeOwned + Send>(self) -> Result<T, Error> {
        Ok(self.response.json().await?)
    }

    /// The rest of the answer, as text.
    ///
    /// # Errors
    ///
    /// If it breaks off.
    pub async fn text(self) -> Result<String, Error> {
        Ok(self.response.text().await?)
    }

    /// The rest of the answer, as it arrives.
    ///
    /// # Errors
    ///
    /// The last item is an error if it breaks off.
    pub fn bytes(self) -> impl Stream<Item = Result<Bytes, Error>> + Send + 'static {
        use futures::TryStreamExt;

        self.response.bytes_stream().map_err(Error::Http)
    }
}
