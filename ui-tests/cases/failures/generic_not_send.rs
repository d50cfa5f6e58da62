use std::fmt::Debug;
use std::io;
use sync_bridge::sync_bridge;
use tokio::task::yield_now;

trait Manager {
    type Conn;
    fn connect(&self) -> io::Result<Self::Conn>;
}

struct Pool<M>(M);

// What the signature does not name is not bounded.
#[sync_bridge(private)]
impl<M: Manager> Pool<M> {
    async fn ping(&self) -> io::Result<()> {
        let _conn = self.0.connect()?;
        yield_now().await;
        Ok(())
    }
}

struct Client;

#[sync_bridge(private)]
impl Client {
    // Nothing says that `request` is used by reference.
    async fn send<R: Into<u8>>(&self, request: R) -> io::Result<()> {
        let sent = &request;
        yield_now().await;
        drop(sent);
        Ok(())
    }

    #[bridge(bounds(T:))]
    async fn put<T: Debug>(&self, value: T) -> io::Result<()> {
        yield_now().await;
        drop(value);
        Ok(())
    }
}

fn main() {}
