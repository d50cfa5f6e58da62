//! The client and its builder.

use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{IntoUrl, Method, Request};
use sync_bridge::{TwinType, sync_bridge};

use super::{RequestBuilder, Response, Result};

/// A blocking client. Clones share its connections.
#[sync_bridge(remote = reqwest::Client)]
#[derive(Clone, Debug)]
pub struct Client;

/// Builds a [`Client`].
#[sync_bridge(remote = reqwest::ClientBuilder)]
#[derive(Debug)]
#[must_use]
pub struct ClientBuilder;

#[sync_bridge(remote = reqwest::Client, twins(RequestBuilder, Response))]
impl Client {
    /// Returns a client with the default settings.
    ///
    /// # Panics
    ///
    /// If the system's TLS configuration cannot be read.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build().expect("the default settings are valid")
    }

    /// Returns a builder of a client. A request takes at most 30 seconds, until its body has been read.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// Returns a `GET` request.
    pub fn get(&self, url: impl IntoUrl) -> RequestBuilder;

    /// Returns a `POST` request.
    pub fn post(&self, url: impl IntoUrl) -> RequestBuilder;

    /// Returns a `PUT` request.
    pub fn put(&self, url: impl IntoUrl) -> RequestBuilder;

    /// Returns a `PATCH` request.
    pub fn patch(&self, url: impl IntoUrl) -> RequestBuilder;

    /// Returns a `DELETE` request.
    pub fn delete(&self, url: impl IntoUrl) -> RequestBuilder;

    /// Returns a `HEAD` request.
    pub fn head(&self, url: impl IntoUrl) -> RequestBuilder;

    /// Returns a request with any method.
    pub fn request(&self, method: Method, url: impl IntoUrl) -> RequestBuilder;

    /// Sends a request that has been built.
    ///
    /// # Errors
    ///
    /// If the request fails.
    pub async fn execute(&self, request: Request) -> Result<Response>;
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

#[sync_bridge(remote = reqwest::ClientBuilder, twins(Client))]
impl ClientBuilder {
    /// Returns a builder with the default settings, and a time limit of 30 seconds for each request.
    pub fn new() -> Self {
        Self::from_async(reqwest::ClientBuilder::new().timeout(Duration::from_secs(30)))
    }

    /// Sets how long a request may take, from the connection until the body has been read.
    pub fn timeout(self, timeout: Duration) -> Self;

    /// Sets how long the server may send nothing.
    pub fn read_timeout(self, timeout: Duration) -> Self;

    /// Sets how long the connection may take.
    pub fn connect_timeout(self, timeout: Duration) -> Self;

    /// Sets the headers that each request has.
    pub fn default_headers(self, headers: HeaderMap) -> Self;

    /// Sets which redirects are followed.
    pub fn redirect(self, policy: Policy) -> Self;

    /// Sets how many idle connections to a host are kept.
    pub fn pool_max_idle_per_host(self, most: usize) -> Self;

    /// Builds the client. This sends nothing.
    ///
    /// # Errors
    ///
    /// If the settings cannot be used.
    pub fn build(self) -> Result<Client>;
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self::new()
    }
}
