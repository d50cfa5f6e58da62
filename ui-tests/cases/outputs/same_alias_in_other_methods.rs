//! What an alias stands for is found out once for a block, and reported at each method that returns it.

use std::io;
use sync_bridge::sync_bridge;
use tokio::task::JoinHandle;

type Job = JoinHandle<u8>;

pub struct Spawner;

#[sync_bridge]
impl Spawner {
    pub async fn one(&self) -> io::Result<Job> {
        Ok(tokio::spawn(async { 1 }))
    }

    pub async fn other(&self) -> io::Result<Job> {
        Ok(tokio::spawn(async { 2 }))
    }

    pub async fn list(&self) -> io::Result<(Job, u8)> {
        Ok((tokio::spawn(async { 3 }), 4))
    }
}

fn main() {}
