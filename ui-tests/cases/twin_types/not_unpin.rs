use futures_util::stream::Stream;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::task::{Context, Poll};
use sync_bridge::{BridgeError, sync_bridge};

#[sync_bridge]
pub struct Rows(PhantomPinned);

#[sync_bridge(twin = BlockingRows)]
impl Stream for Rows {
    type Item = Result<u8, BridgeError>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(None)
    }
}

fn main() {}
