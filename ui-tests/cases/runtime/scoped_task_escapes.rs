//! The handle of a task outlives its scope.

use sync_bridge::RuntimeBridge;

fn main() -> std::io::Result<()> {
    let bridge = RuntimeBridge::new()?;
    let text = String::from("borrowed");
    let task = bridge.scope(|scope| scope.spawn(async { text.as_str() }));
    drop(text);
    drop(task);
    Ok(())
}
