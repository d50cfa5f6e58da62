use sync_bridge::{BridgeError, RuntimeBridge, sync_bridge};

static BRIDGE: RuntimeBridge = panic!();

#[sync_bridge(bridge = BRIDGE, timeout = "5s", local, suffix = "_now", twins(Repo), blanket, twin_trait = Api)]
pub struct Api;

#[sync_bridge(twin = blocking::Repo)]
pub struct Repo;

#[sync_bridge(remote = Api, twin = Other)]
pub struct Fields {
    _count: u8,
}

#[sync_bridge(forward(Read, From, Clone<u8>, Sink))]
pub struct Forwards;

#[sync_bridge(forward)]
pub struct Nothing;

#[sync_bridge(twin = BlockingApi, remote = Api, suffix = "_now", forward(Clone), twin_trait = Api)]
impl Api {
    #[bridge(bridge = BRIDGE)]
    pub async fn fetch(&self) -> Result<u8, BridgeError> {
        Ok(1)
    }

    #[bridge(timeout = "5s", enter, error = wrap)]
    pub fn count(&self) -> u8 {
        1
    }
}

#[sync_bridge(twin = BlockingSlice)]
impl [Api] {
    pub async fn fetch(&self) -> Result<u8, BridgeError> {
        Ok(1)
    }
}

#[sync_bridge(twins)]
impl Repo {
    pub async fn fetch(&self) -> Result<u8, BridgeError> {
        Ok(1)
    }
}

fn main() {}
