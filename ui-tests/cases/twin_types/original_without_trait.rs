use sync_bridge::{TwinType, sync_bridge};

#[sync_bridge]
pub struct Api;

#[sync_bridge(forward(Display))]
pub struct Repo;

fn main() {
    let api = BlockingApi::from_async(Api);
    let _ = api.clone();
}
