use std::io;
use sync_bridge::sync_bridge;

trait Api {
    async fn get(&self) -> io::Result<u8>;
    async fn put(&self) -> io::Result<u8>;
}

trait Existing {
    fn get(&self) -> io::Result<u8>;
}

#[sync_bridge(twin_trait = Existing)]
impl Api for () {
    async fn get(&self) -> io::Result<u8> {
        Ok(0)
    }

    async fn put(&self) -> io::Result<u8> {
        Ok(0)
    }
}

fn main() {}
