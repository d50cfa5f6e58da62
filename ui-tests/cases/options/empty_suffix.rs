use sync_bridge::sync_bridge;

struct Client;

#[sync_bridge(suffix = "", error = panic)]
impl Client {
    pub async fn get(&self) {}
}

#[sync_bridge(suffix = "", error = panic)]
async fn fetch() {}

fn main() {
    Client.get_blocking();
    fetch_blocking();
}
