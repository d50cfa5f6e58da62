use futures_util::stream::{BoxStream, Stream};
use std::io;
use sync_bridge::sync_bridge;

#[sync_bridge]
trait Store {
    async fn put(&self, #[bridge(iter)] rows: BoxStream<'_, &str>) -> io::Result<()>;
}

struct Client;

#[sync_bridge]
impl Client {
    pub async fn boxed(&self, #[bridge(iter)] rows: BoxStream<'_, &str>) -> io::Result<()> {
        drop(rows);
        Ok(())
    }

    pub async fn named<'a>(&self, #[bridge(iter)] rows: impl Stream<Item = &'a str> + Send) -> io::Result<()> {
        drop(rows);
        Ok(())
    }

    pub async fn generic<T: Send>(&self, #[bridge(iter)] rows: impl Stream<Item = T> + Send) -> io::Result<()> {
        drop(rows);
        Ok(())
    }
}

fn main() {}
