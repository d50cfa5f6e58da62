//! What a task borrows is changed while the task may run.

use sync_bridge::RuntimeBridge;

fn main() -> std::io::Result<()> {
    let bridge = RuntimeBridge::new()?;
    let text = &mut String::from("borrowed");
    let _ = bridge.scope(|scope| {
        drop(scope.spawn(async { println!("{text}") }));
        text.push('!');
    });
    Ok(())
}
