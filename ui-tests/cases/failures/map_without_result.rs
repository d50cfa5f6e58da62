use sync_bridge::{BridgeError, sync_bridge};

fn map(_: BridgeError) -> String {
    String::new()
}

#[sync_bridge(error = map)]
trait Store {
    async fn get(&self) -> u8;
    async fn head(&self) -> Result<u8, u8>;
}

#[sync_bridge(error = map)]
impl Store for () {
    async fn get(&self) -> u8 {
        0
    }

    async fn head(&self) -> Result<u8, u8> {
        Ok(0)
    }
}

fn main() {}
