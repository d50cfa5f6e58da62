//! How a failure of the bridge travels as an error of `object_store`, and how to find it again.

use std::error::Error as StdError;
use std::io::{self, ErrorKind};
use sync_bridge::BridgeError;

/// The name under which a failure of the bridge is reported: the `store` of [`object_store::Error::Generic`].
pub(crate) const STORE: &str = "sync-bridge";

/// The rule of every twin of this crate.
pub(crate) fn bridge_failed(error: BridgeError) -> object_store::Error {
    object_store::Error::Generic { store: STORE, source: error.into() }
}

/// Finds the failure of the bridge that an error was caused by, if it was: the call has timed out, the bridge has been
/// shut down, the future has panicked, and so on. What the store itself reports is none.
///
/// It is looked for in the whole chain of sources, so that an [`io::Error`](std::io::Error) of a reader or a writer may be
/// given as well.
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

/// The same error for a reader or a writer, with the kind that fits.
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
