//! The builder of a client. It is not async, so async and blocking code use the same builder.

use std::time::Duration;

use sync_bridge::RuntimeBridge;

use super::{Client, Error};

/// Builds a [`Client`]. [`Client::builder`] returns one.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder {
    base: String,
    token: Option<String>,
    read_timeout: Option<Duration>,
    bridge: Option<RuntimeBridge>,
}

impl ClientBuilder {
    pub(super) fn new(base: String) -> Self {
        Self { base, token: None, read_timeout: None, bridge: None }
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

    /// Sets the bridge that serves the blocking calls. By default the client starts its own.
    pub fn bridge(mut self, bridge: RuntimeBridge) -> Self {
        self.bridge = Some(bridge);
        self
    }

    /// Builds the client. This sends nothing.
    ///
    /// # Errors
    ///
    /// If the bridge cannot be started, or the HTTP library rejects an option.
    pub fn build(self) -> Result<Client, Error> {
        let bridge = match self.bridge {
            Some(bridge) => bridge,
            None => RuntimeBridge::with_thread_name("registry")?,
        };
        let http = || {
            let mut http = reqwest::Client::builder();
            if let Some(timeout) = self.read_timeout {
                http = http.read_timeout(timeout);
            }
            http.build()
        };
        Ok(Client { base: self.base, token: self.token, blocking: http()?, asynchronous: http()?, bridge })
    }
}
