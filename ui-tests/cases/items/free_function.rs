use sync_bridge::sync_bridge;

#[sync_bridge]
async fn fetch() {}

fn main() {}
