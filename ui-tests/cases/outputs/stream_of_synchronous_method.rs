use futures_util::stream::{BoxStream, TryStream};
use std::io;
use std::sync::Arc;
use sync_bridge::sync_bridge;

#[sync_bridge]
trait Store {
    async fn get(&self) -> io::Result<u8>;

    fn shared(&self) -> Arc<BoxStream<'static, u8>>;
    fn fallible(&self) -> impl TryStream<Ok = u8, Error = io::Error>;

    #[bridge(skip)]
    fn skipped(&self) -> Arc<BoxStream<'static, u8>>;

    #[bridge(passthrough)]
    fn passed_through(&self) -> Arc<BoxStream<'static, u8>>;
}

/// With nothing else to bridge, the stream is still what is wrong.
#[sync_bridge]
trait Only {
    fn alias(&self) -> BoxStream<'static, u8>;
}

fn main() {}
