use sync_bridge::sync_bridge;

#[sync_bridge(error = panic)]
trait Store {
    async fn get(&self, #[cfg(unix)] mode: u32) -> u8;
}

fn main() {}
