use std::io;
use sync_bridge::sync_bridge;

#[sync_bridge(error = panic)]
trait Store {
    #[bridge(timeout = "5s")]
    async fn get(&self) -> u8;

    #[bridge(timeout = "5s", error = convert)]
    async fn put(&self) -> io::Result<u8>;
}

fn main() {}
