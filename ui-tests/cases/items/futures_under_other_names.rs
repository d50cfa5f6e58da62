use std::io;
use sync_bridge::sync_bridge;

type Reply = std::future::Ready<io::Result<u8>>;

#[sync_bridge]
trait Provider {
    fn gas(&self) -> Reply;
    fn height(&self) -> Reply;
}

struct Client;

#[sync_bridge]
impl Client {
    pub fn gas(&self) -> Reply {
        todo!()
    }
}

#[sync_bridge]
fn gas() -> Reply {
    todo!()
}

#[sync_bridge(remote = Provider)]
trait Mirror {
    fn gas(&self) -> Reply;
}

fn main() {}
