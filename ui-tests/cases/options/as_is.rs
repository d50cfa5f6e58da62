use futures_util::stream::BoxStream;
use std::io;
use sync_bridge::sync_bridge;

#[sync_bridge(error = wrap)]
trait Store {
    #[bridge(as_is, iter)]
    fn rows(&self) -> BoxStream<'_, u8>;

    #[bridge(as_is, skip)]
    async fn skipped(&self) -> BoxStream<'_, u8>;

    #[bridge(as_is, passthrough)]
    fn passed(&self) -> BoxStream<'_, u8>;

    #[bridge(as_is, error = panic)]
    fn cannot_fail(&self) -> BoxStream<'_, u8>;

    #[bridge(as_is)]
    type Row;

    async fn get(&self) -> io::Result<u8>;
}

fn main() {}
