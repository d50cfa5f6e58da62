use std::cell::Cell;
use sync_bridge::sync_bridge;

#[sync_bridge(error = panic)]
trait Store {
    async fn get(&self) -> u8;
}

#[allow(dead_code)]
struct Unsync(Cell<u8>);

#[sync_bridge(error = panic)]
impl Store for Unsync {
    async fn get(&self) -> u8 {
        0
    }
}

fn main() {}
