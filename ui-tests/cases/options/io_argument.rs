use std::io;
use sync_bridge::sync_bridge;
use tokio::io::{AsyncRead, AsyncWrite};

#[sync_bridge]
trait Store {
    async fn put(&self, #[bridge(read)] source: Vec<u8>) -> io::Result<u64>;
    async fn get(&self, #[bridge(write)] sink: impl AsyncRead + Unpin + Send) -> io::Result<u64>;
    async fn shared(&self, #[bridge(read)] source: &(dyn AsyncRead + Send + Sync)) -> io::Result<u64>;
    async fn both(&self, #[bridge(read, write)] peer: impl AsyncRead + AsyncWrite) -> io::Result<u64>;
    async fn this(#[bridge(read)] self) -> io::Result<u64>;
    async fn skipped(&self, #[bridge(read, skip)] source: impl AsyncRead) -> io::Result<u64>;
    async fn twice<R: AsyncRead + Unpin + Send>(&self, #[bridge(read)] source: R, other: R) -> io::Result<u64>;
    async fn returned<R>(&self, #[bridge(read)] source: R) -> io::Result<R>
    where
        R: AsyncRead + Unpin + Send;
    fn sync(&self, #[bridge(write)] sink: &mut (dyn AsyncWrite + Unpin));
}

struct Client<W>(W);

// The type parameter is that of the impl, whose twins have the same.
#[sync_bridge]
impl<W: AsyncWrite + Unpin + Send + Sync> Client<W> {
    pub async fn replace(&mut self, #[bridge(write)] sink: W) -> io::Result<()> {
        self.0 = sink;
        Ok(())
    }
}

fn main() {}
