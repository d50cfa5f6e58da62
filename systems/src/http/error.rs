//! The error of a request.

use std::{fmt, io};

use reqwest::{StatusCode, Url};
use sync_bridge::BridgeError;

/// The result of a request.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The error of a request. That of `reqwest` has no place for a failure of the bridge.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The request, or the connection to the server, failed.
    Http(reqwest::Error),
    /// The body could not be written to where it was copied, or the runtime could not be started.
    Io(io::Error),
    /// The request took longer than the time limit of the client.
    TimedOut {
        /// The URL of the request.
        url: Box<Url>,
        /// The error of the call.
        error: BridgeError,
    },
    /// The bridge failed, or the time limit of the client ended an operation of the body.
    Bridge(BridgeError),
}

impl Error {
    /// Whether the time limit of the client or of the request has ended the request.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        match self {
            Self::Http(error) => error.is_timeout(),
            Self::Io(error) => error.kind() == io::ErrorKind::TimedOut,
            Self::TimedOut { .. } => true,
            Self::Bridge(error) => matches!(error, BridgeError::TimedOut { .. }),
        }
    }

    /// Whether the request could not be built.
    #[must_use]
    pub fn is_builder(&self) -> bool {
        self.as_http().is_some_and(reqwest::Error::is_builder)
    }

    /// Whether a redirect failed, or there were too many.
    #[must_use]
    pub fn is_redirect(&self) -> bool {
        self.as_http().is_some_and(reqwest::Error::is_redirect)
    }

    /// Whether the server answered with an error.
    #[must_use]
    pub fn is_status(&self) -> bool {
        self.as_http().is_some_and(reqwest::Error::is_status)
    }

    /// Whether the request could not be sent.
    #[must_use]
    pub fn is_request(&self) -> bool {
        self.as_http().is_some_and(reqwest::Error::is_request)
    }

    /// Whether the connection could not be opened.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        self.as_http().is_some_and(reqwest::Error::is_connect)
    }

    /// Whether the body of the request or of the response failed.
    #[must_use]
    pub fn is_body(&self) -> bool {
        self.as_http().is_some_and(reqwest::Error::is_body)
    }

    /// Whether the body of the response could not be decoded.
    #[must_use]
    pub fn is_decode(&self) -> bool {
        self.as_http().is_some_and(reqwest::Error::is_decode)
    }

    /// The status, if the server answered with an error.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.as_http()?.status()
    }

    /// The URL of the request, if it is known.
    #[must_use]
    pub fn url(&self) -> Option<&Url> {
        match self {
            Self::TimedOut { url, .. } => Some(url),
            _ => self.as_http()?.url(),
        }
    }

    /// Adds the URL to the error of a time limit.
    pub(super) fn with_url(self, url: Url) -> Self {
        match self {
            Self::Bridge(error @ BridgeError::TimedOut { .. }) => Self::TimedOut { url: Box::new(url), error },
            other => other,
        }
    }

    /// The error of `reqwest`, which can tell more about its cause.
    #[must_use]
    pub fn as_http(&self) -> Option<&reqwest::Error> {
        match self {
            Self::Http(error) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(_) => f.write_str("the request failed"),
            Self::Io(_) => f.write_str("the body could not be copied, or the runtime not be started"),
            Self::TimedOut { url, .. } => write!(f, "the request of {url} took too long"),
            Self::Bridge(_) => f.write_str("the bridge failed"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Http(error) => Some(error),
            Self::Io(error) => Some(error),
            Self::TimedOut { error, .. } | Self::Bridge(error) => Some(error),
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

/// For readers of a body.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Io(error) => error,
            Error::Http(ref http) if http.is_timeout() => Self::new(io::ErrorKind::TimedOut, error),
            Error::TimedOut { .. } => Self::new(io::ErrorKind::TimedOut, error),
            Error::Http(_) => Self::other(error),
            Error::Bridge(error) => error.into(),
        }
    }
}
