//! A task that outlives the caller borrows from it.

use sync_bridge::RuntimeBridge;

fn main() -> std::io::Result<()> {
    let bridge = RuntimeBridge::new()?;
    let text = String::from("borrowed");
    drop(bridge.spawn(async { text.len() }));
    Ok(())
}
