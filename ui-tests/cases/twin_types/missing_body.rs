use sync_bridge::{BridgeError, sync_bridge};

#[sync_bridge]
pub struct Api;

#[sync_bridge(twin = BlockingApi)]
impl Api {
    pub async fn fetch(&self) -> Result<u8, BridgeError>;
}

pub struct Plain;

#[sync_bridge]
impl Plain {
    pub async fn fetch(&self) -> Result<u8, BridgeError>;
}

fn main() {}
