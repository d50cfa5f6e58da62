use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use std::io;
use sync_bridge::sync_bridge;

type Rows = BoxStream<'static, io::Result<u8>>;
type Answer<'a> = BoxFuture<'a, io::Result<u8>>;

struct Client;

#[sync_bridge]
impl Client {
    pub fn new() -> Self {
        Self
    }

    pub fn rows(&self) -> io::Result<Rows> {
        todo!()
    }

    pub fn answer<'a>(&'a self, _key: &'a str) -> Answer<'a> {
        todo!()
    }

    #[bridge(skip)]
    pub fn skipped(&self) -> Rows {
        todo!()
    }

    pub async fn get(&self) -> io::Result<u8> {
        Ok(7)
    }
}

fn main() {}
