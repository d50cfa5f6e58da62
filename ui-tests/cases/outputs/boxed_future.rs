use futures_util::future::BoxFuture;
use std::io;
use std::pin::Pin;
use sync_bridge::sync_bridge;

#[sync_bridge]
trait Store {
    fn alias(&self) -> BoxFuture<'_, io::Result<u8>>;
    fn boxed(&self) -> Pin<Box<dyn Future<Output = io::Result<u8>> + Send + '_>>;
    async fn awaited(&self) -> io::Result<BoxFuture<'_, u8>>;
}

fn main() {}
