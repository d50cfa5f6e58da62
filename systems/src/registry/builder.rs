//! How a client is put together. Nothing here is async, so the async and the blocking face share it.

use std::time::Duration;

use sync_bridge::RuntimeBridge;

use super::{Client, Error};

/// Builds a [`Client`]. Made by [`Client::builder`].
#[derive(Clone, Debug)]
#[must_use = "it does nothing until a client is built"]
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

    /// How long the server may be silent before a request, or the download it began, fails.
    pub fn read_timeout(mut self, timeout: Duration) -> Self {
        self.read_timeout = Some(timeout);
        self
    }

    /// The bridge that serves the blocking calls, instead of one of the client's own.
    pub fn bridge(mut self, bridge: RuntimeBridge) -> Self {
        self.bridge = Some(bridge);
        self
    }

    /// Builds the client. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// If the bridge cannot be started, or the HTTP stack refuses an option.
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
