//! A task of a scope, which runs on another thread, has an output that may not come back.

use std::rc::Rc;

use sync_bridge::RuntimeBridge;

fn main() -> std::io::Result<()> {
    let bridge = RuntimeBridge::new()?;
    let _ = bridge.scope(|scope| drop(scope.spawn(async { Rc::new(2) })));
    Ok(())
}
