use futures_util::stream::BoxStream;
use std::io;
use sync_bridge::sync_bridge;

type Rows = BoxStream<'static, io::Result<u8>>;

#[sync_bridge]
trait Store {
    fn rows(&self) -> io::Result<Rows>;

    async fn get(&self) -> io::Result<u8> {
        Ok(7)
    }
}

#[sync_bridge]
impl Store for u8 {
    fn rows(&self) -> io::Result<Rows> {
        Err(io::ErrorKind::NotFound.into())
    }
}

fn main() {}
