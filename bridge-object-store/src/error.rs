//! Failures of the bridge as errors of `object_store`, and how to find them.

use std::error::Error as StdError;
use std::io::{self, ErrorKind};
use sync_bridge::BridgeError;

/// The `store` of the [`object_store::Error::Generic`] that reports a failure of the bridge.
pub(crate) const STORE: &str = "sync-bridge";

/// The error rule of every twin in this crate.
pub(crate) fn bridge_failed(error: BridgeError) -> object_store::Error {
    object_store::Error::Generic { store: STORE, source: error.into() }
}

/// Returns the failure of the bridge that caused an error, if there is one.
///
/// Such a failure is, for example, that the call timed out, the bridge was shut down or the future panicked. For an
/// error that the store itself reports, this returns `None`.
///
/// The function searches the whole chain of sources, so it also accepts an [`io::Error`](std::io::Error) of a reader or
/// a writer.
///
/// ```
/// use object_store::{memory::InMemory, path::Path};
/// use sync_bridge_object_store::{BlockingObjectStoreExt, bridge_error};
///
/// let error = InMemory::new().get_blocking(&Path::from("no such object")).unwrap_err();
/// assert!(matches!(error, object_store::Error::NotFound { .. }));
/// assert!(bridge_error(&error).is_none());
/// ```
#[must_use]
pub fn bridge_error<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a BridgeError> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<BridgeError>() {
            return Some(found);
        }
        // The source of an `io::Error` is that of the error inside, which would be passed over.
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inside) => Some(inside),
            None => error.source(),
        };
    }
    None
}

/// Converts an error for a reader or a writer, with the matching kind.
pub(crate) fn into_io(error: object_store::Error) -> io::Error {
    use object_store::Error as E;

    let kind = match &error {
        E::NotFound { .. } => ErrorKind::NotFound,
        E::AlreadyExists { .. } => ErrorKind::AlreadyExists,
        E::PermissionDenied { .. } | E::Unauthenticated { .. } => ErrorKind::PermissionDenied,
        E::NotSupported { .. } | E::NotImplemented { .. } => ErrorKind::Unsupported,
        E::InvalidPath { .. } => ErrorKind::InvalidInput,
        _ => ErrorKind::Other,
    };
    match error {
        // A failure of the bridge knows its kind, and says all that there is to say.
        E::Generic { store, source } => match source.downcast::<BridgeError>() {
            Ok(failure) => (*failure).into(),
            Err(source) => io::Error::new(kind, E::Generic { store, source }),
        },
        error => io::Error::new(kind, error),
    }
}
