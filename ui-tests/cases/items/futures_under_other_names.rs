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
    fn gas(&self) -> Reply {
        todo!()
    }
}

#[sync_bridge]
fn gas() -> Reply {
    todo!()
}

struct Call;

#[sync_bridge]
impl IntoFuture for Call {
    type Output = io::Result<u8>;
    type IntoFuture = Reply;

    fn into_future(self) -> Reply {
        todo!()
    }
}

#[sync_bridge(remote = Provider)]
trait Mirror {
    fn gas(&self) -> Reply;
}

fn main() {}
