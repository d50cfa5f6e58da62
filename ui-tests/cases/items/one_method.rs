use sync_bridge::sync_bridge;

struct Client;

impl Client {
    #[sync_bridge]
    async fn get(&self) {}
}

fn main() {}
