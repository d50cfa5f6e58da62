use std::pin::Pin;
use std::sync::Arc;
use sync_bridge::{BridgeError, sync_bridge};

#[sync_bridge]
pub struct Api;

#[sync_bridge(twin = BlockingApi)]
impl Api {
    pub async fn shared(self: Arc<Self>) -> Result<u8, BridgeError> {
        Ok(1)
    }

    pub fn both(self: &Arc<Self>) {}
}

mod foreign {
    use std::pin::Pin;

    pub struct Sink(pub std::marker::PhantomPinned);

    impl Sink {
        pub async fn finish(self: Pin<&mut Self>) {}

        pub async fn end(self) {}
    }
}

#[sync_bridge(remote = Pin<Box<foreign::Sink>>)]
pub struct Sink;

#[sync_bridge(remote = Pin<Box<foreign::Sink>>, error = wrap)]
impl Sink {
    pub async fn finish(self: Pin<&mut Self>);

    pub async fn end(self);
}

fn main() {}
