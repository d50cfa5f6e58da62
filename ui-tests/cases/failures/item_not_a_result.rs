use futures_util::stream::{BoxStream, Stream};
use std::io;
use sync_bridge::{BridgeError, sync_bridge};

fn lost(error: BridgeError) -> String {
    error.to_string()
}

#[sync_bridge]
trait Store {
    fn list(&self) -> BoxStream<'_, String>;

    #[bridge(error = lost)]
    fn pairs(&self) -> impl Stream<Item = (u8, u8)> + Send;

    #[bridge(error = wrap)]
    fn wrapped(&self) -> BoxStream<'_, String>;

    async fn opened(&self) -> io::Result<BoxStream<'_, u8>>;
}

fn main() {}
