use std::io;
use sync_bridge::sync_bridge;
use tokio::task::{JoinHandle, JoinSet};

type Job = JoinHandle<u8>;
type Jobs<T> = Vec<JoinHandle<T>>;
type Started = io::Result<JoinHandle<()>>;
use JoinSet as Set;

#[sync_bridge(error = panic)]
trait Spawner {
    async fn one(&self) -> Job;
    async fn nested(&self) -> io::Result<Option<Job>>;
    async fn many(&self) -> Jobs<u8>;
    async fn whole(&self) -> Started;
    async fn renamed(&self) -> (u8, Set<u8>);

    async fn default(&self) -> Job {
        tokio::spawn(async { 0 })
    }
}

#[sync_bridge(error = panic)]
impl Spawner for () {
    async fn one(&self) -> Job {
        tokio::spawn(async { 1 })
    }

    async fn nested(&self) -> io::Result<Option<Job>> {
        Ok(None)
    }

    async fn many(&self) -> Jobs<u8> {
        Vec::new()
    }

    async fn whole(&self) -> Started {
        Ok(tokio::spawn(async {}))
    }

    async fn renamed(&self) -> (u8, Set<u8>) {
        (0, Set::new())
    }
}

fn main() {}
