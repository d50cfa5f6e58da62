//! A future that goes to another thread owns what may not.

use std::rc::Rc;

use sync_bridge::RuntimeBridge;

fn main() -> std::io::Result<()> {
    let bridge = RuntimeBridge::new()?;
    let _ = bridge.block_on(async {
        let counted = Rc::new(1);
        std::future::ready(()).await;
        println!("{counted}");
    });
    Ok(())
}
