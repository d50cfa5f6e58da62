//! The bridges of clients. The bridge of a client has the client's time limit, and goes with it to requests and responses.

use std::io;
use std::sync::OnceLock;
use std::time::Duration;

use sync_bridge::RuntimeBridge;

/// How long an operation may take, if the builder of the client does not say so.
const DEFAULT: Duration = Duration::from_secs(30);

/// A bridge with the default limit.
pub(super) fn default() -> io::Result<RuntimeBridge> {
    static BRIDGE: OnceLock<RuntimeBridge> = OnceLock::new();

    start_once(&BRIDGE, || limited(DEFAULT)).cloned()
}

/// A bridge with a limit of its own.
pub(super) fn limited(limit: Duration) -> io::Result<RuntimeBridge> {
    RuntimeBridge::builder().runtime(unlimited()?.handle()).default_timeout(limit).build()
}

/// The bridge that has the runtime. All other bridges use this runtime, so a connection that one client has opened works
/// under every limit, and as long as the program runs.
pub(super) fn unlimited() -> io::Result<&'static RuntimeBridge> {
    static BRIDGE: OnceLock<RuntimeBridge> = OnceLock::new();

    start_once(&BRIDGE, || RuntimeBridge::with_thread_name("http"))
}

fn start_once(
    bridge: &'static OnceLock<RuntimeBridge>,
    start: impl FnOnce() -> io::Result<RuntimeBridge>,
) -> io::Result<&'static RuntimeBridge> {
    if let Some(bridge) = bridge.get() {
        return Ok(bridge);
    }
    let started = start()?;
    Ok(bridge.get_or_init(|| started))
}
