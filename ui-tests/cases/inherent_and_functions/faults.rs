use std::rc::Rc;
use sync_bridge::sync_bridge;
use tokio::task::JoinHandle;

struct Client;

/// All the faults of an impl are reported, and its twins are there to be called.
#[sync_bridge(bridge = self.bridge, blanket)]
impl Client {
    pub async fn connect() -> std::io::Result<Self> {
        Ok(Self)
    }

    pub async fn start(&self) -> JoinHandle<u8> {
        tokio::spawn(async { 3 })
    }

    pub async fn shared(self: Rc<Self>) -> std::io::Result<u8> {
        Ok(3)
    }

    pub fn watch(&self) -> futures_util::stream::BoxStream<'static, u8> {
        Box::pin(futures_util::stream::empty())
    }

    #[bridge(rename = "title")]
    pub fn name(&self) -> String {
        String::new()
    }

    #[bridge(rename = "MAX")]
    const LIMIT: usize = 1;
}

#[sync_bridge(bridge = self.bridge)]
async fn start() -> JoinHandle<u8> {
    tokio::spawn(async { 3 })
}

fn main() -> std::io::Result<()> {
    let client = Client::connect_blocking()?;
    let _ = client.start_blocking();
    let _ = start_blocking();
    let _ = (client.watch(), client.name(), Client::LIMIT);
    Rc::new(client).shared_blocking().map(drop)
}
