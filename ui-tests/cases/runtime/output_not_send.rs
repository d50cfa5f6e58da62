//! A future that goes to another thread has an output that may not come back.

use std::rc::Rc;

use sync_bridge::RuntimeBridge;

fn main() -> std::io::Result<()> {
    let bridge = RuntimeBridge::new()?;
    let _ = bridge.block_on(async { Rc::new(1) });
    Ok(())
}
