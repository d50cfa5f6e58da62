//! What a calling thread needs to know about the runtime of a bridge.

use tokio::runtime::Handle;

use crate::base::config::Flavor;
use crate::base::id::BridgeId;

/// The identifier of a bridge, and the tokio runtime that it runs futures on.
#[derive(Debug)]
pub(crate) struct BridgeRuntime {
    pub(crate) id: BridgeId,
    pub(crate) flavor: Flavor,
    pub(crate) handle: Handle,
    /// Whether it is the program's own: the bridge does not end it, and its threads carry no mark.
    pub(crate) is_borrowed: bool,
}
