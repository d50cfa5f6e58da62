use sync_bridge::{RuntimeBridge, sync_bridge};

static BRIDGE: std::sync::OnceLock<RuntimeBridge> = std::sync::OnceLock::new();

#[sync_bridge(bridge = BRIDGE.get().unwrap(), twin = Blocking, error = wrap)]
trait Store {
    #[bridge(rename = "title")]
    fn name(&self) -> String;

    async fn get(&self);

    #[bridge(skip)]
    type Error;

    #[bridge(rename = "MAX")]
    const LIMIT: usize;
}

fn main() {}
