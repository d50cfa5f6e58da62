use sync_bridge::{RuntimeBridge, sync_bridge};

struct Client {
    bridge: RuntimeBridge,
}

#[sync_bridge(error = panic)]
trait Connect: Sized {
    async fn connect(address: &str) -> Self;
}

#[sync_bridge(error = panic, bridge = self.bridge)]
impl Connect for Client {
    async fn connect(_: &str) -> Self {
        Self { bridge: RuntimeBridge::new().unwrap() }
    }
}

fn main() {}
