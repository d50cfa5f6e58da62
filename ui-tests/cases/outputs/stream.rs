use futures_util::stream::{BoxStream, Stream};
use std::io;
use std::pin::Pin;
use sync_bridge::sync_bridge;

#[sync_bridge]
trait Store {
    fn alias(&self) -> BoxStream<'_, u8>;
    fn opaque(&self) -> impl Stream<Item = u8>;
    fn boxed(&self) -> Pin<Box<dyn Stream<Item = u8> + Send + '_>>;
    async fn awaited(&self) -> io::Result<BoxStream<'_, u8>>;
}

fn main() {}
