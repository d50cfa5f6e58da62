use std::io;
use sync_bridge::sync_bridge;

struct Client;

#[sync_bridge]
impl Client {
    #[bridge(calls = Self::short)]
    pub async fn fetch(&self, path: &str) -> io::Result<usize> {
        Ok(path.len())
    }

    #[bridge(calls = Self::other)]
    pub async fn get(&self, path: &str) -> io::Result<usize> {
        Ok(path.len())
    }

    #[bridge(calls = Self::missing)]
    pub async fn find(&self) -> io::Result<usize> {
        Ok(1)
    }

    async fn short(&self) -> io::Result<usize> {
        Ok(0)
    }

    async fn other(&self, path: &str) -> usize {
        path.len()
    }
}

fn main() {}
