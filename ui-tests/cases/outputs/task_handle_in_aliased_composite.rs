use std::io;
use sync_bridge::sync_bridge;
use tokio::task::{AbortHandle, JoinHandle, JoinSet};

type Pair = (JoinHandle<u8>, u8);
type Handles = Vec<AbortHandle>;
type Maybe = Option<JoinSet<u8>>;
type Boxed = Box<JoinHandle<u8>>;
type Several = io::Result<Vec<JoinHandle<u8>>>;

trait Spawner {
    async fn pair(&self) -> Pair;
    async fn handles(&self) -> Handles;
    async fn maybe(&self) -> Maybe;
    async fn boxed(&self) -> Boxed;
    async fn several(&self) -> Several;
}

trait SyncSpawner {
    fn pair(&self) -> Pair;
    fn handles(&self) -> Handles;
    fn maybe(&self) -> Maybe;
    fn boxed(&self) -> Boxed;
    fn several(&self) -> Several;
}

#[sync_bridge(twin = SyncSpawner, error = panic)]
impl Spawner for () {
    async fn pair(&self) -> Pair {
        (tokio::spawn(async { 1 }), 2)
    }

    async fn handles(&self) -> Handles {
        Vec::new()
    }

    async fn maybe(&self) -> Maybe {
        None
    }

    async fn boxed(&self) -> Boxed {
        Box::new(tokio::spawn(async { 1 }))
    }

    async fn several(&self) -> Several {
        Ok(Vec::new())
    }
}

fn main() {}
