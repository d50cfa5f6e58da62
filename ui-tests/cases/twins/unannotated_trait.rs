use sync_bridge::sync_bridge;

trait Store {
    async fn get(&self) -> u8;
}

#[sync_bridge(error = panic)]
impl Store for () {
    async fn get(&self) -> u8 {
        0
    }
}

fn main() {}
