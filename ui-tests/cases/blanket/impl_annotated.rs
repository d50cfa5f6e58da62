use std::io;
use sync_bridge::sync_bridge;

#[sync_bridge(blanket)]
trait Store {
    async fn get(&self) -> io::Result<u8>;
}

#[sync_bridge]
impl Store for u8 {
    async fn get(&self) -> io::Result<u8> {
        Ok(*self)
    }
}

fn main() {}
