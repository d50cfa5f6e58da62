use futures_util::stream::BoxStream;
use std::io;
use sync_bridge::sync_bridge;

mod remote {
    pub trait Store {
        const LIMIT: usize;
    }
}

#[sync_bridge(remote = remote::Store, blanket)]
trait Store {
    const LIMIT: usize = 3;
    const OWN: usize = 3;
    type Own = u8;

    async fn get(&self) -> io::Result<u8> {
        Ok(3)
    }

    fn name(&self) -> String;

    #[bridge(skip)]
    async fn skipped(&self) -> io::Result<u8>;

    fn list(&self) -> BoxStream<'static, u8>;
}

#[sync_bridge(remote = "remote::Store")]
trait Quoted {
    async fn get(&self) -> io::Result<u8>;
}

#[sync_bridge(twin = remote::Sync)]
trait Path {
    async fn get(&self) -> io::Result<u8>;
}

fn main() {}
