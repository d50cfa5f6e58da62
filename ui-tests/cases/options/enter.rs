use futures_util::stream::BoxStream;
use std::io;
use sync_bridge::sync_bridge;

#[sync_bridge]
trait Pool {
    #[bridge(enter)]
    async fn acquire(&self) -> io::Result<u8>;

    #[bridge(enter)]
    fn begin(&self) -> impl Future<Output = io::Result<u8>>;

    #[bridge(enter, timeout = "5s")]
    fn open(&self) -> io::Result<u8>;

    #[bridge(enter, keep)]
    fn connect(&self) -> io::Result<Vec<u8>>;

    #[bridge(enter, iter)]
    fn rows(&self) -> BoxStream<'_, io::Result<u8>>;

    #[bridge(enter, passthrough)]
    fn name(&self) -> String;

    #[bridge(enter, skip)]
    fn close(&self);

    #[bridge(enter)]
    type Error;

    #[bridge(enter)]
    fn size(&self) -> usize;
}

fn main() {}
