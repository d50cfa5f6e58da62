use std::io;
use sync_bridge::sync_bridge;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, MutexGuard};

type Locked<'a> = MutexGuard<'a, u8>;
type Opened<'a> = io::Result<Locked<'a>>;

struct Store(Mutex<u8>);

#[sync_bridge(error = panic)]
trait Lock {
    async fn lock(&self) -> Locked<'_>;
    async fn opened(&self) -> Opened<'_>;
    async fn renamed(&self) -> Option<Handle>;
}

#[sync_bridge(error = panic)]
impl Lock for Store {
    async fn lock(&self) -> Locked<'_> {
        self.0.lock().await
    }

    async fn opened(&self) -> Opened<'_> {
        Ok(self.0.lock().await)
    }

    async fn renamed(&self) -> Option<Handle> {
        Handle::try_current().ok()
    }
}

fn main() {}
