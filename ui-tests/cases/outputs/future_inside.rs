use futures_util::future::BoxFuture;
use std::future::Ready;
use std::io;
use std::pin::Pin;
use sync_bridge::sync_bridge;

#[sync_bridge]
trait Store {
    async fn alias(&self) -> io::Result<BoxFuture<'_, u8>>;
    async fn boxed(&self) -> io::Result<Pin<Box<dyn Future<Output = u8>>>>;
    fn of_future(&self) -> BoxFuture<'_, io::Result<BoxFuture<'_, u8>>>;
    fn unknown(&self) -> Pin<Box<dyn Future>>;

    #[bridge(future)]
    fn plain(&self) -> String;

    #[bridge(future)]
    async fn said(&self) -> io::Result<u8>;

    #[bridge(future, iter)]
    fn iterated(&self) -> Ready<u8>;
}

fn main() {}
