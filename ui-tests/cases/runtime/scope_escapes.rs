//! A scope is kept for later.

use sync_bridge::RuntimeBridge;

fn main() -> std::io::Result<()> {
    let bridge = RuntimeBridge::new()?;
    let mut kept = None;
    let _ = bridge.scope(|scope| kept = Some(scope));
    Ok(())
}
