use sync_bridge::sync_bridge;

#[sync_bridge]
trait Store {
    async fn get(&self, key: &str) -> Option<Vec<u8>>;
    async fn put(&self);
}

#[sync_bridge]
impl Store for () {
    async fn get(&self, _: &str) -> Option<Vec<u8>> {
        None
    }

    async fn put(&self) {}
}

fn main() {}
