use sync_bridge::sync_bridge;

#[sync_bridge]
trait Store {
    async fn get(&self, key) -> u8;
}

fn main() {}
