use std::io;
use sync_bridge::sync_bridge;

#[sync_bridge(blanket, send)]
trait Store {
    async fn get(&self) -> io::Result<u8>;
}

struct Client<S>(S);

#[sync_bridge]
impl<S: Store + Sync> Client<S> {
    pub async fn get(&self) -> io::Result<u8> {
        self.0.get().await
    }
}

fn main() {}
