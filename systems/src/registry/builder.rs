//! The builder of a client.

use std::time::Duration;

use sync_bridge::sync_bridge;

use super::{BlockingClient, Client, Error};

/// Builds a [`Client`]. [`Client::builder`] returns one.
#[sync_bridge]
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder {
    base: String,
    token: Option<String>,
    read_timeout: Option<Duration>,
}

#[sync_bridge(twin = BlockingClientBuilder, twins(Client))]
impl ClientBuilder {
    pub(super) fn new(base: String) -> Self {
        Self { base, token: None, read_timeout: None }
    }

    /// Sends this token with each request.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Sets how long the server may send nothing before a request or a download fails.
    pub fn read_timeout(mut self, timeout: Duration) -> Self {
        self.read_timeout = Some(timeout);
        self
    }

    /// Builds the client. This sends nothing.
    ///
    /// # Errors
    ///
    /// If the HTTP library rejects an option.
    pub fn build(self) -> Result<Client, Error> {
        let mut http = reqwest::Client::builder();
        if let Some(timeout) = self.read_timeout {
            http = http.read_timeout(timeout);
        }
        Ok(Client { base: self.base, token: self.token, http: http.build()? })
    }
}
