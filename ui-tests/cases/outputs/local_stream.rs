use futures_util::stream::{LocalBoxStream, Stream};
use std::io;
use std::pin::Pin;
use sync_bridge::sync_bridge;

#[sync_bridge]
trait Store {
    fn alias(&self) -> LocalBoxStream<'_, io::Result<u8>>;
    fn boxed(&self) -> Pin<Box<dyn Stream<Item = io::Result<u8>> + '_>>;
    async fn awaited(&self) -> io::Result<LocalBoxStream<'_, io::Result<u8>>>;

    #[bridge(iter)]
    fn marked(&self) -> LocalBoxStream<'_, io::Result<u8>>;

    fn default(&self) -> impl Stream<Item = io::Result<u8>> {
        futures_util::stream::empty()
    }
}

fn main() {}
