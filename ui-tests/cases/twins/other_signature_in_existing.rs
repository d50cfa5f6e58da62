use std::io;
use sync_bridge::sync_bridge;

trait Api {
    async fn get(&self, key: &str) -> io::Result<u8>;
    async fn put(&self, key: &str) -> io::Result<u8>;
    async fn list(&self) -> io::Result<u8>;
}

trait Existing {
    fn get(&self, key: &str) -> io::Result<u16>;
    fn put(&self, key: &str, value: u8) -> io::Result<u8>;
    fn list(&mut self) -> io::Result<u8>;
}

#[sync_bridge(twin_trait = Existing)]
impl Api for () {
    async fn get(&self, _: &str) -> io::Result<u8> {
        Ok(0)
    }

    async fn put(&self, _: &str) -> io::Result<u8> {
        Ok(0)
    }

    async fn list(&self) -> io::Result<u8> {
        Ok(0)
    }
}

fn main() {}
