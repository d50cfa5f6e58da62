use std::rc::Rc;
use sync_bridge::sync_bridge;
use tokio::task::JoinHandle;

type Background<T> = JoinHandle<T>;

struct Client(String);

#[sync_bridge]
impl Client {
    pub async fn get(&self) -> u8 {
        3
    }
}

#[sync_bridge]
impl Client {
    pub async fn shared(&self) -> std::io::Result<usize> {
        let shared = Rc::new(self.0.clone());
        tokio::task::yield_now().await;
        Ok(shared.len())
    }
}

#[sync_bridge]
async fn convert() -> Result<u8, String> {
    Ok(3)
}

#[sync_bridge(error = wrap)]
async fn start() -> Background<u8> {
    tokio::spawn(async { 3 })
}

#[sync_bridge(error = wrap)]
async fn take(rc: Rc<u8>) -> u8 {
    *rc
}

fn main() {}
