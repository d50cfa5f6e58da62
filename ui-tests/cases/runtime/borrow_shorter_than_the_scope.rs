//! The same through a function, which asks for the scope of its borrow.

use sync_bridge::{RuntimeBridge, Scope};

fn print_in<'text>(scope: Scope<'text, '_>, text: &'text str) {
    drop(scope.spawn(async move { println!("{text}") }));
}

fn main() -> std::io::Result<()> {
    let bridge = RuntimeBridge::new()?;
    let _ = bridge.scope(|scope| {
        let local = String::from("gone before the task is");
        print_in(scope, &local);
    });
    Ok(())
}
