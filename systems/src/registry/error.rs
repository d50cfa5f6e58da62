//! What can go wrong with a request.

use std::{fmt, io};

use reqwest::StatusCode;
use sync_bridge::BridgeError;

/// Why a request has no answer, or not the one asked for.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The request, or the way to the server.
    Http(reqwest::Error),
    /// The server's answer is a refusal.
    Status(StatusCode),
    /// The bridge of the blocking calls could not be started.
    Start(io::Error),
    /// The bridge: it is shut down, or the call cannot be answered.
    Bridge(BridgeError),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(_) => f.write_str("the request fails"),
            Self::Status(status) => write!(f, "the server answers {status}"),
            Self::Start(_) => f.write_str("the client cannot be started"),
            Self::Bridge(_) => f.write_str("the bridge to the server fails"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Http(error) => Some(error),
            Self::Status(_) => None,
            Self::Start(error) => Some(error),
            Self::Bridge(error) => Some(error),
        }
    }
}

impl From<reqwest::Error> for Error {
    fn from(error: reqwest::Error) -> Self {
        Self::Http(error)
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Start(error)
    }
}

impl From<BridgeError> for Error {
    fn from(error: BridgeError) -> Self {
        Self::Bridge(error)
    }
}
