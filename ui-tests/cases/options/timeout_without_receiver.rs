use std::io;
use std::time::Duration;
use sync_bridge::sync_bridge;

struct Client {
    limit: Duration,
}

#[sync_bridge(timeout = self.limit)]
impl Client {
    pub async fn connect(address: &str) -> io::Result<Self> {
        drop(address);
        Ok(Self { limit: Duration::ZERO })
    }

    #[bridge(timeout = "5s")]
    pub async fn connect_soon() -> io::Result<Self> {
        Ok(Self { limit: Duration::ZERO })
    }

    pub async fn get(&self) -> io::Result<u8> {
        Ok(0)
    }
}

#[sync_bridge]
#[bridge(timeout = self.limit)]
async fn connect() -> io::Result<Client> {
    Client::connect("localhost").await
}

fn main() {}
