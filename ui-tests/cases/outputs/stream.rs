use futures_util::stream::{BoxStream, Stream, TryStream};
use std::collections::HashMap;
use std::io;
use std::sync::Mutex;
use sync_bridge::sync_bridge;

#[sync_bridge]
trait Store {
    async fn map(&self) -> io::Result<HashMap<u8, BoxStream<'_, u8>>>;
    async fn locked(&self) -> io::Result<Mutex<Box<dyn Stream<Item = u8> + Send>>>;
    async fn items_without_name(&self) -> io::Result<impl TryStream<Ok = u8, Error = io::Error>>;
}

fn main() {}
