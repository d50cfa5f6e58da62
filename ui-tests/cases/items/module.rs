use sync_bridge::sync_bridge;

#[sync_bridge]
mod store {
    #[allow(dead_code)]
    pub(crate) async fn get() -> std::io::Result<u8> {
        Ok(7)
    }
}

fn main() {}
