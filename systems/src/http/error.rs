//! The error of a request.

use std::{fmt, io};

use sync_bridge::BridgeError;

/// The result of a request.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The error of a request. That of `reqwest` has no place for a failure of the bridge.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The request, or the connection to the server, failed.
    Http(reqwest::Error),
    /// The body could not be written to where it was copied.
    Io(io::Error),
    /// The bridge failed. For example, it is shut down.
    Bridge(BridgeError),
}

impl Error {
    /// Whether the request took longer than its time limit.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Http(error) if error.is_timeout())
    }

    /// The status, if the server answered with an error.
    #[must_use]
    pub fn status(&self) -> Option<reqwest::StatusCode> {
        match self {
            Self::Http(error) => error.status(),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(_) => f.write_str("the request failed"),
            Self::Io(_) => f.write_str("the body could not be copied"),
            Self::Bridge(_) => f.write_str("the bridge failed"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Http(error) => Some(error),
            Self::Io(error) => Some(error),
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
        Self::Io(error)
    }
}

impl From<BridgeError> for Error {
    fn from(error: BridgeError) -> Self {
        Self::Bridge(error)
    }
}
