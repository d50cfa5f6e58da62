use futures_util::stream::Stream;
use std::pin::Pin;
use std::task::{Context, Poll};
use sync_bridge::{BridgeError, sync_bridge};

#[sync_bridge]
pub struct Api;

#[sync_bridge]
pub struct Repo;

#[sync_bridge(twin = BlockingApi, twins(Repo, Reop, Page = blocking::Page))]
impl Api {
    pub async fn fetch(&self) -> Result<Repo, BridgeError> {
        Ok(Repo)
    }
}

#[sync_bridge(twin = BlockingApi, twins(Repo))]
impl Stream for Api {
    type Item = Result<u8, BridgeError>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(None)
    }
}

fn main() {}
