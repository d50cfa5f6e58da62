use sync_bridge::sync_bridge;
use tokio::task::{JoinHandle, JoinSet, LocalSet};

#[sync_bridge(error = panic)]
trait Jobs {
    async fn bare(&self) -> JoinHandle<u8>;
    async fn in_result(&self) -> Result<JoinHandle<u8>, std::io::Error>;
    async fn in_option(&self) -> Option<tokio::task::JoinHandle<()>>;
    async fn in_tuple(&self) -> (u8, JoinSet<()>);
    async fn in_vec(&self) -> Vec<JoinHandle<()>>;
    async fn in_iterator(&self) -> Box<dyn Iterator<Item = JoinHandle<()>> + Send>;
    fn in_future(&self) -> impl Future<Output = LocalSet>;
    async fn of_a_thread(&self) -> std::thread::JoinHandle<()>;
}

fn main() {}
