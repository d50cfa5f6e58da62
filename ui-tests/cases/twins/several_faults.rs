use std::rc::Rc;
use sync_bridge::sync_bridge;
use tokio::task::JoinHandle;

#[sync_bridge(eror = panic)]
pub trait Store {
    async fn spawn(&self) -> JoinHandle<u8>;
    async fn counted(self: Rc<Self>) -> u8;
    async fn conditional(&self, #[cfg(unix)] mode: u32) -> Vec<JoinHandle<()>>;

    #[bridge(rename = 3)]
    async fn get(&self) -> u8;

    async fn head(&self) -> u8 {
        self.get().await
    }
}

// Neither the use of a faulty twin nor of its methods adds an error.
pub fn use_twin(store: &dyn BlockingStore) -> u8 {
    store.get_blocking() + store.head_blocking()
}

pub struct Mock;

impl BlockingStore for Mock {
    fn get_blocking(&self) -> u8 {
        0
    }
}

#[sync_bridge(bridge = self.bridge, bridge = self.bridge)]
impl Store for Vec<u8> {
    async fn spawn(&self) -> JoinHandle<u8> {
        tokio::spawn(async { 0 })
    }

    async fn counted(self: Rc<Self>) -> u8 {
        0
    }

    async fn conditional(&self, #[cfg(unix)] _: u32) -> Vec<JoinHandle<()>> {
        Vec::new()
    }

    async fn get(&self) -> u8 {
        0
    }
}

fn main() {
    Vec::new().get_blocking();
}
