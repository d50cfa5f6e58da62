use sync_bridge::sync_bridge;

#[sync_bridge]
struct Client {
    #[allow(dead_code)]
    address: String,
}

fn main() {}
