use sync_bridge::sync_bridge;

#[sync_bridge(error = panic)]
trait Store {
    async fn get(&self, #[cfg(unix)] mode: u32) -> u8;

    async fn head(&self, #[cfg_attr(unix, cfg_attr(unix, allow(unused), cfg(unix)))] mode: u32) -> u8;

    async fn list(&self, #[cfg_attr(unix, allow(unused))] mode: u32) -> u8;
}

fn main() {}
