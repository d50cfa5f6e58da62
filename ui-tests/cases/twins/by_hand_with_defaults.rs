use sync_bridge::sync_bridge;

#[sync_bridge(error = panic)]
trait Store {
    async fn get(&self) -> u8;

    async fn head(&self) -> u8 {
        self.get().await
    }
}

struct Mock;

impl BlockingStore for Mock {
    fn get_blocking(&self) -> u8 {
        0
    }
}

fn main() {}
