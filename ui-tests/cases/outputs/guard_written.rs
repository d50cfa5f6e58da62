use std::io;
use sync_bridge::sync_bridge;
use tokio::runtime;
use tokio::sync::OwnedSemaphorePermit;

#[sync_bridge(error = wrap)]
trait Store {
    async fn lock(&self) -> tokio::sync::MutexGuard<'_, u8>;
    async fn permit(&self) -> io::Result<OwnedSemaphorePermit>;
    async fn handle(&self) -> Option<runtime::Handle>;
    async fn parking(&self) -> std::sync::MutexGuard<'_, u8>;
}

fn main() {}
