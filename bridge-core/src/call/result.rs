//! How a call ends for whoever waits.

use crate::base::error::BridgeError;
use crate::engine::metrics::Ended;

/// How a call ends for whoever waits: its output has its place, or there is an error. As large as a pointer, and so handed
/// from function to function in a register.
pub(crate) type CallResult = Result<(), Box<BridgeError>>;

pub(crate) fn boxed(result: Result<Ended, BridgeError>) -> CallResult {
    result.map(|_| ()).map_err(Box::new)
}

#[inline]
pub(crate) fn finish<T>(result: CallResult, output: Option<T>) -> Result<T, BridgeError> {
    match (result, output) {
        (Ok(()), Some(output)) => Ok(output),
        (Ok(()), None) => unreachable!("a call that has ended has an output"),
        (Err(error), _) => Err(*error),
    }
}
