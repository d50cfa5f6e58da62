use std::io;
use std::time::Duration;
use sync_bridge::sync_bridge;

struct Client {
    seconds: u64,
}

#[sync_bridge]
impl Client {
    #[bridge(timeout = self.seconds)]
    pub async fn number(&self) -> io::Result<u8> {
        Ok(0)
    }

    #[bridge(timeout = limit)]
    pub async fn reference(limit: &Duration) -> io::Result<u8> {
        drop(limit);
        Ok(0)
    }

    #[bridge(timeout = Self::limit())]
    pub async fn text() -> io::Result<u8> {
        Ok(0)
    }

    pub fn limit() -> &'static str {
        "5s"
    }

    #[bridge(timeout = limits.0)]
    pub async fn pattern((limit, _): (Duration, u8)) -> io::Result<u8> {
        drop(limit);
        Ok(0)
    }
}

fn main() {}
