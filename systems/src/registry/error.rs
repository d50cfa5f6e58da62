//! The error of a request.

use std::fmt;

use reqwest::StatusCode;
use sync_bridge::BridgeError;

/// The error of a request.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The request, or the connection to the server, failed.
    Http(reqwest::Error),
    /// The server answered with an error status.
    Status(StatusCode),
    /// The bridge failed. For example, it is shut down.
    Bridge(BridgeError),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(_) => f.write_str("the request failed"),
            Self::Status(status) => write!(f, "the server answered {status}"),
            Self::Bridge(_) => f.write_str("the bridge failed"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Http(error) => Some(error),
            Self::Status(_) => None,
            Self::Bridge(error) => Some(error),
        }
    }
}

impl From<reqwest::Error> for Error {
    fn from(error: reqwest::Error) -> Self {
        Self::Http(error)
    }
}

impl From<BridgeError> for Error {
    fn from(error: BridgeError) -> Self {
        Self::Bridge(error)
    }
}
