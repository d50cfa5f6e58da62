use sync_bridge::sync_bridge;

struct Client;

#[sync_bridge]
impl Client {
    async fn get(&self) {}
}

fn main() {}
