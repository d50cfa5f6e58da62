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

#[sync_bridge(twin = Blocking, private, error = wrap)]
async fn fetch() {}

struct Client;

#[sync_bridge(twins(Store), error = wrap)]
impl Client {
    pub async fn fetch(&self) {}
}

#[sync_bridge(blanket, remote = Store, implementors = Store, generated, private, error = wrap)]
impl Store for Client {
    async fn get(&self) {}
}

#[sync_bridge(generated, implementors = Store, private, error = wrap)]
trait Other {
    async fn get(&self);
}

#[sync_bridge(error = wrap)]
impl Client {
    pub async fn connect(&self) {}

    #[bridge(passthrough)]
    pub fn name(&self) -> &str {
        "client"
    }
}

fn main() {}
