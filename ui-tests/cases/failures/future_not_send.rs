use std::rc::Rc;
use sync_bridge::sync_bridge;

#[sync_bridge(error = panic)]
trait Store {
    async fn get(&self) -> u8;
    async fn put<T>(&self, value: T) -> u8;
}

struct Unsend;

#[sync_bridge(error = panic)]
impl Store for Unsend {
    async fn get(&self) -> u8 {
        let shared = Rc::new(1);
        tokio::task::yield_now().await;
        *shared
    }

    async fn put<T>(&self, value: T) -> u8 {
        tokio::task::yield_now().await;
        drop(value);
        0
    }
}

fn main() {}
