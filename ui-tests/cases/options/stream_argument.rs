use futures_util::stream::{BoxStream, LocalBoxStream, Stream};
use std::io;
use sync_bridge::sync_bridge;

#[sync_bridge]
trait Store {
    async fn put(&self, #[bridge(iter)] rows: Vec<u8>) -> io::Result<u8>;
    async fn put_local(&self, #[bridge(iter)] rows: LocalBoxStream<'static, u8>) -> io::Result<u8>;
    async fn put_generic<S: Stream<Item = u8>>(&self, #[bridge(iter)] rows: S) -> io::Result<u8>;
    async fn put_this(#[bridge(iter)] self) -> io::Result<u8>;
    async fn put_other(&self, #[bridge(skip)] rows: BoxStream<'static, u8>) -> io::Result<u8>;
    async fn put_empty(&self, #[bridge] rows: BoxStream<'static, u8>) -> io::Result<u8>;
    fn put_sync(&self, #[bridge(iter)] rows: BoxStream<'static, u8>) -> io::Result<u8>;
}

fn main() {}
