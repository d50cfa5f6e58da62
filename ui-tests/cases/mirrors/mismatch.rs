use std::io;
use sync_bridge::sync_bridge;

mod remote {
    use std::io;

    pub trait Store {
        fn get(&self, key: &str) -> impl Future<Output = io::Result<Vec<u8>>> + Send;
        fn head(&self, key: &str) -> impl Future<Output = io::Result<u64>> + Send;
        fn list(&self) -> impl Future<Output = io::Result<Vec<String>>> + Send;
        fn copy(&mut self) -> impl Future<Output = io::Result<()>> + Send;
        fn name(&self) -> String;
    }
}

#[sync_bridge(remote = remote::Store)]
trait Store {
    async fn fetch(&self, key: &str) -> io::Result<Vec<u8>>;
    async fn get(&self, key: u8) -> io::Result<Vec<u8>>;
    async fn head(&self) -> io::Result<u64>;
    async fn list(&self) -> io::Result<Vec<u8>>;
    async fn copy(&self) -> io::Result<()>;
    async fn name(&self) -> io::Result<String>;
}

fn main() {}
