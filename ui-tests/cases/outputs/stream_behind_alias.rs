use futures_util::stream::{BoxStream, empty};
use std::io;
use sync_bridge::sync_bridge;

type Rows<'a> = BoxStream<'a, u8>;
type Opened<'a> = io::Result<Rows<'a>>;

#[sync_bridge(error = panic)]
trait Store {
    async fn rows(&self) -> Rows<'_>;
    async fn opened(&self) -> io::Result<Rows<'_>>;
    async fn whole(&self) -> Opened<'_>;
    fn synchronous<'a>(&'a self) -> Rows<'a>;
    fn synchronous_inside(&self) -> Option<Opened<'_>>;

    async fn default(&self) -> Opened<'_> {
        self.opened().await
    }
}

#[sync_bridge(error = panic)]
impl Store for () {
    async fn rows(&self) -> Rows<'_> {
        Box::pin(empty())
    }

    async fn opened(&self) -> io::Result<Rows<'_>> {
        Ok(Box::pin(empty()))
    }

    async fn whole(&self) -> Opened<'_> {
        Ok(Box::pin(empty()))
    }

    fn synchronous<'a>(&'a self) -> Rows<'a> {
        Box::pin(empty())
    }

    fn synchronous_inside(&self) -> Option<Opened<'_>> {
        None
    }
}

fn main() {}
