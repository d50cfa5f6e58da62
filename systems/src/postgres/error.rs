//! The error of a query.

use std::fmt;

use sync_bridge::BridgeError;
use tokio_postgres::error::SqlState;

/// The result of a query.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The error of a query. That of `tokio-postgres` has no place for a failure of the bridge.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The server refused the query, or the connection failed.
    Postgres(tokio_postgres::Error),
    /// The bridge failed. For example, it is shut down.
    Bridge(BridgeError),
}

impl Error {
    /// The code of the server, if it refused the query.
    #[must_use]
    pub fn code(&self) -> Option<&SqlState> {
        match self {
            Self::Postgres(error) => error.code(),
            Self::Bridge(_) => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Postgres(_) => f.write_str("the query failed"),
            Self::Bridge(_) => f.write_str("the bridge failed"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Postgres(error) => Some(error),
            Self::Bridge(error) => Some(error),
        }
    }
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

impl From<BridgeError> for Error {
    fn from(error: BridgeError) -> Self {
        Self::Bridge(error)
    }
}
