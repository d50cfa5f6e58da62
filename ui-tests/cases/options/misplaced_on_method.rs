use futures_util::stream::BoxStream;
use std::io;
use sync_bridge::sync_bridge;

#[sync_bridge]
trait Store {
    #[bridge(passthrough)]
    async fn get(&self) -> io::Result<u8>;

    #[bridge(passthrough)]
    fn future(&self) -> impl Future<Output = io::Result<u8>>;

    #[bridge(timeout = "5s", error = wrap)]
    fn name(&self) -> String;

    #[bridge(passthrough, rename = "len")]
    fn length(&self) -> usize;

    #[bridge(task, passthrough)]
    type Error;

    #[bridge(twin)]
    async fn twin(&self) -> io::Result<u8>;

    #[bridge(timeout = "5s")]
    fn rows(&self) -> BoxStream<'_, io::Result<u8>>;
}

struct Client;

#[sync_bridge]
impl Client {
    pub async fn get(&self) -> io::Result<u8> {
        Ok(self.number())
    }

    #[bridge(twin)]
    fn number(&self) -> u8 {
        7
    }
}

#[sync_bridge]
#[bridge(twin)]
async fn fetch() -> io::Result<u8> {
    Client.get().await
}

fn main() {}
