use futures_util::future::BoxFuture;
use std::future::{Ready, ready};
use std::io;
use sync_bridge::sync_bridge;

type Answer<'a> = BoxFuture<'a, u8>;
type Answers<'a> = Vec<Answer<'a>>;

#[sync_bridge(error = panic)]
trait Store {
    async fn answer(&self) -> io::Result<Answer<'_>>;
    async fn answers(&self) -> Answers<'_>;
    fn synchronous(&self) -> Answer<'_>;
    fn named(&self) -> Ready<u8>;
}

#[sync_bridge(error = panic)]
impl Store for () {
    async fn answer(&self) -> io::Result<Answer<'_>> {
        Ok(Box::pin(ready(7)))
    }

    async fn answers(&self) -> Answers<'_> {
        Vec::new()
    }

    fn synchronous(&self) -> Answer<'_> {
        Box::pin(ready(7))
    }

    fn named(&self) -> Ready<u8> {
        ready(7)
    }
}

fn main() {}
