//! A task of a scope, which runs on another thread, borrows what may not go there.

use std::cell::Cell;

use sync_bridge::RuntimeBridge;

fn main() -> std::io::Result<()> {
    let bridge = RuntimeBridge::new()?;
    let count = Cell::new(0);
    let _ = bridge.scope(|scope| drop(scope.spawn(async { count.set(1) })));
    Ok(())
}
