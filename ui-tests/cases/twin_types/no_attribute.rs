use sync_bridge::{BridgeError, sync_bridge};

pub struct Api;

pub struct BlockingApi;

#[sync_bridge(twin = BlockingApi)]
impl Api {
    pub async fn fetch(&self) -> Result<u8, BridgeError> {
        Ok(1)
    }
}

fn main() {}
