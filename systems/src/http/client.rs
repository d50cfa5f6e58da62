//! The client.

use reqwest::{IntoUrl, Method, Request};
use sync_bridge::sync_bridge;

use super::{ClientBuilder, RequestBuilder, Response, Result};

/// A blocking client. Clones share its connections.
#[sync_bridge(remote = reqwest::Client)]
#[derive(Clone, Debug)]
pub struct Client;

#[sync_bridge(remote = reqwest::Client, twins(RequestBuilder, Response))]
impl Client {
    /// Returns a client with the default settings.
    ///
    /// # Panics
    ///
    /// If the runtime cannot be started.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build().expect("the default settings are valid")
    }

    /// Returns a builder of a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// Returns a `GET` request.
    pub fn get<U: IntoUrl>(&self, url: U) -> RequestBuilder;

    /// Returns a `POST` request.
    pub fn post<U: IntoUrl>(&self, url: U) -> RequestBuilder;

    /// Returns a `PUT` request.
    pub fn put<U: IntoUrl>(&self, url: U) -> RequestBuilder;

    /// Returns a `PATCH` request.
    pub fn patch<U: IntoUrl>(&self, url: U) -> RequestBuilder;

    /// Returns a `DELETE` request.
    pub fn delete<U: IntoUrl>(&self, url: U) -> RequestBuilder;

    /// Returns a `HEAD` request.
    pub fn head<U: IntoUrl>(&self, url: U) -> RequestBuilder;

    /// Returns a request with any method.
    pub fn request<U: IntoUrl>(&self, method: Method, url: U) -> RequestBuilder;

    /// Sends a request that has been built.
    ///
    /// # Errors
    ///
    /// If the request fails.
    pub fn execute(&self, request: Request) -> Result<Response> {
        let url = request.url().clone();
        self.send(request).map_err(|error| error.with_url(url))
    }

    #[bridge(calls = reqwest::Client::execute)]
    pub(super) async fn send(&self, request: Request) -> Result<Response>;
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}
