//! What everything else stands on, and what knows nothing of a bridge.

pub(crate) mod error;
pub(crate) mod sync;
