//! A task outlives what the closure of its scope owns. It compiles if `'scope` can be shortened.

use sync_bridge::RuntimeBridge;

fn main() -> std::io::Result<()> {
    let bridge = RuntimeBridge::new()?;
    let _ = bridge.scope(|scope| {
        let local = String::from("gone before the task is");
        let task = async { println!("{local}") };
        drop(scope.spawn(task));
    });
    Ok(())
}
