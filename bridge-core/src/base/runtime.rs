//! The runtime of a bridge, as far as a calling thread has to know it.

use tokio::runtime::Handle;

use crate::base::config::Flavor;
use crate::base::id::BridgeId;

/// Which bridge, and which of tokio's runtimes it runs futures on.
#[derive(Debug)]
pub(crate) struct BridgeRuntime {
    pub(crate) id: BridgeId,
    pub(crate) flavor: Flavor,
    pub(crate) handle: Handle,
}
