use std::io;
use sync_bridge::sync_bridge;
use tokio::task::{JoinHandle, JoinSet};

type MaybeSet = Option<JoinSet<u8>>;
type Sets = Vec<JoinSet<u8>>;
type Boxed = Box<JoinHandle<u8>>;
type First = (JoinHandle<u8>, u8);
type Second = (u8, JoinHandle<u8>);
type Both = (JoinHandle<u8>, JoinHandle<u16>);
type MaybeStarted = io::Result<Option<JoinHandle<u8>>>;
type AllStarted = io::Result<Vec<JoinHandle<u8>>>;

#[sync_bridge(error = panic)]
trait Spawner {
    async fn maybe_set(&self) -> MaybeSet;
    async fn sets(&self) -> Sets;
    async fn boxed(&self) -> Boxed;
    async fn first(&self) -> First;
    async fn second(&self) -> Second;
    async fn both(&self) -> Both;
    async fn maybe_started(&self) -> MaybeStarted;
    async fn all_started(&self) -> AllStarted;
}

#[sync_bridge(error = panic)]
impl Spawner for () {
    async fn maybe_set(&self) -> MaybeSet {
        todo!()
    }

    async fn sets(&self) -> Sets {
        todo!()
    }

    async fn boxed(&self) -> Boxed {
        todo!()
    }

    async fn first(&self) -> First {
        todo!()
    }

    async fn second(&self) -> Second {
        todo!()
    }

    async fn both(&self) -> Both {
        todo!()
    }

    async fn maybe_started(&self) -> MaybeStarted {
        todo!()
    }

    async fn all_started(&self) -> AllStarted {
        todo!()
    }
}

fn main() {}
