//! Types that blocking code can use, although async code can read from them, write to them or wait for them.

use futures_util::Stream;
use std::collections::VecDeque;
use std::io::{self, Cursor};
use std::pin::Pin;
use std::task::{Context, Poll};
use sync_bridge::sync_bridge;
use tokio::io::DuplexStream;
use tokio::sync::{mpsc, watch};

type Page = Vec<u8>;
type Pages = io::Result<Page>;

struct Client<T: ?Sized>(T);

struct Both;

impl Iterator for Both {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        None
    }
}

impl Stream for Both {
    type Item = u8;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<u8>> {
        Poll::Ready(None)
    }
}

#[sync_bridge(error = wrap)]
trait Store {
    fn page(&self) -> Page;
    fn both(&self) -> Both;
    fn socket(&self) -> &DuplexStream;
    async fn pages(&self) -> Pages;
}

#[sync_bridge(error = wrap)]
impl Store for Client<DuplexStream> {
    fn page(&self) -> Page {
        Vec::new()
    }

    fn both(&self) -> Both {
        Both
    }

    fn socket(&self) -> &DuplexStream {
        &self.0
    }

    async fn pages(&self) -> Pages {
        Ok(Vec::new())
    }
}

#[sync_bridge(error = wrap)]
impl<T: Send + Sync> Client<T> {
    pub async fn connect(&self) -> io::Result<Client<DuplexStream>> {
        todo!()
    }

    pub async fn inside(&self) -> io::Result<(Option<Page>, Cursor<Page>, Both)> {
        todo!()
    }

    /// Collections are sinks, too, and so are senders.
    pub async fn queue(&self) -> io::Result<(VecDeque<u8>, Vec<Box<dyn Send>>, mpsc::Sender<u8>, Box<Client<str>>)> {
        todo!()
    }

    pub async fn state(&self) -> watch::Receiver<u8> {
        todo!()
    }

    pub fn sender(&self) -> mpsc::Sender<u8> {
        todo!()
    }

    pub async fn abort(&self) -> tokio::task::AbortHandle {
        todo!()
    }

    pub async fn abort_of_ours(&self) -> io::Result<sync_bridge::AbortHandle> {
        todo!()
    }
}

fn main() {}
