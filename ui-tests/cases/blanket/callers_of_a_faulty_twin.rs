use std::io;
use sync_bridge::{BridgeError, sync_bridge};
use tokio::task::JoinHandle;

#[sync_bridge(blanket)]
trait Store {
    type Error: From<BridgeError> + Send;

    async fn get(&self) -> io::Result<u8>;
    async fn take(self) -> Result<u8, Self::Error>;
    async fn start(&self) -> JoinHandle<()>;
}

impl Store for u8 {
    type Error = io::Error;

    async fn get(&self) -> io::Result<u8> {
        Ok(*self)
    }

    async fn take(self) -> io::Result<u8> {
        Ok(self)
    }

    async fn start(&self) -> JoinHandle<()> {
        tokio::spawn(async {})
    }
}

mod remote {
    use std::io;

    pub trait Queue {
        fn push(&self) -> impl Future<Output = io::Result<u8>> + Send;
    }

    impl Queue for u8 {
        async fn push(&self) -> io::Result<u8> {
            Ok(*self)
        }
    }
}

#[sync_bridge(remote = remote::Queue, eror = wrap)]
trait Queue {
    async fn push(&self) -> io::Result<u8>;
}

/// What is not faulty is not reported: neither these calls, nor the twins themselves.
fn main() -> io::Result<()> {
    let object: &dyn BlockingStore<Error = io::Error> = &1_u8;
    object.get_blocking()?;
    1_u8.take_blocking()?;
    1_u8.push_blocking()?;
    Ok(())
}
