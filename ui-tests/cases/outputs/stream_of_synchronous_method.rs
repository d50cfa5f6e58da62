use futures_util::stream::{BoxStream, Stream};
use std::io;
use sync_bridge::sync_bridge;

#[sync_bridge]
trait Store {
    async fn get(&self) -> io::Result<u8>;

    fn alias(&self) -> io::Result<BoxStream<'static, u8>>;
    fn boxed(&self) -> Box<dyn Stream<Item = u8> + Unpin>;
    fn opaque(&self) -> io::Result<impl Stream<Item = u8>>;

    #[bridge(skip)]
    fn skipped(&self) -> io::Result<BoxStream<'static, u8>>;
}

/// With nothing else to bridge, the stream is still what is wrong.
#[sync_bridge]
trait Only {
    fn alias(&self) -> BoxStream<'static, u8>;
}

fn main() {}
