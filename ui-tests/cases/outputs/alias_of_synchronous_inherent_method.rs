use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use std::io;
use sync_bridge::sync_bridge;

type Rows = BoxStream<'static, io::Result<u8>>;
type Answer<'a> = BoxFuture<'a, io::Result<u8>>;

struct Client;

#[sync_bridge]
impl Client {
    fn new() -> Self {
        Self
    }

    fn rows(&self) -> io::Result<Rows> {
        todo!()
    }

    fn answer<'a>(&'a self, _key: &'a str) -> Answer<'a> {
        todo!()
    }

    #[bridge(skip)]
    fn skipped(&self) -> Rows {
        todo!()
    }

    async fn get(&self) -> io::Result<u8> {
        Ok(7)
    }
}

fn main() {}
