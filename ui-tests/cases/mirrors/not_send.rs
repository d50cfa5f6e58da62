use std::io;
use sync_bridge::sync_bridge;

mod remote {
    use std::io;

    pub trait Store {
        fn get(&self, key: &str) -> impl Future<Output = io::Result<Vec<u8>>>;
    }
}

#[sync_bridge(remote = remote::Store)]
trait Store {
    async fn get(&self, key: &str) -> io::Result<Vec<u8>>;
}

fn main() {}
