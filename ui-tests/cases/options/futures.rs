use std::io;
use sync_bridge::sync_bridge;

type Reply = std::future::Ready<io::Result<u8>>;

#[sync_bridge(futures(Reply, Answer))]
trait Unused {
    fn get(&self) -> Reply;
}

#[sync_bridge(futures)]
trait NoList {
    async fn get(&self) -> io::Result<u8>;
}

#[sync_bridge(futures = Reply)]
trait Value {
    async fn get(&self) -> io::Result<u8>;
}

#[sync_bridge(futures())]
trait Empty {
    async fn get(&self) -> io::Result<u8>;
}

#[sync_bridge(futures(Reply<u8>), futures(Reply))]
trait Generic {
    fn get(&self) -> Reply;
}

#[sync_bridge(futures(Reply) blanket)]
trait Comma {
    fn get(&self) -> Reply;
}

#[sync_bridge(futures(Reply))]
trait Opposed {
    #[bridge(as_is, future)]
    fn get(&self) -> Reply;
}

fn main() {}
