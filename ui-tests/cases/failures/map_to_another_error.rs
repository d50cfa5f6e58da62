use futures_util::stream::{BoxStream, StreamExt, empty};
use std::io;
use sync_bridge::{BridgeError, sync_bridge};

fn lost(error: BridgeError) -> String {
    error.to_string()
}

#[sync_bridge(error = lost)]
trait Store {
    fn list(&self) -> BoxStream<'_, io::Result<u8>> {
        empty().boxed()
    }

    async fn get(&self) -> io::Result<u8> {
        Ok(7)
    }
}

struct Client;

#[sync_bridge(error = lost)]
impl Client {
    pub fn list(&self) -> BoxStream<'_, io::Result<u8>> {
        empty().boxed()
    }

    pub async fn get(&self) -> io::Result<u8> {
        Ok(7)
    }
}

fn main() {}
