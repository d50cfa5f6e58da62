use sync_bridge::sync_bridge;
use tokio::task::JoinHandle;

#[async_trait::async_trait]
#[sync_bridge]
trait Jobs {
    async fn spawn(&self) -> Result<JoinHandle<u8>, std::io::Error>;
}

fn main() {}
