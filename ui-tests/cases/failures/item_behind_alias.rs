use futures_util::stream::{BoxStream, StreamExt, empty};
use std::io;
use sync_bridge::{BridgeError, sync_bridge};

type Row = Vec<u8>;

fn lost(error: BridgeError) -> String {
    error.to_string()
}

#[sync_bridge]
trait Store {
    fn list(&self) -> BoxStream<'_, Row>;

    async fn opened(&self) -> io::Result<BoxStream<'_, Result<u8, String>>>;
}

#[sync_bridge]
impl Store for () {
    fn list(&self) -> BoxStream<'_, Row> {
        empty().boxed()
    }

    async fn opened(&self) -> io::Result<BoxStream<'_, Result<u8, String>>> {
        Ok(empty().boxed())
    }
}

#[sync_bridge(error = lost)]
trait Mapped {
    fn list(&self) -> BoxStream<'_, Row> {
        empty().boxed()
    }
}

fn main() {}
