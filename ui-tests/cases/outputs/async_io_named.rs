use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use sync_bridge::sync_bridge;
use tokio::io::{BufReader, DuplexStream, Empty, Sink};
use tokio::sync::{broadcast, mpsc, oneshot};

type Opened = io::Result<DuplexStream>;

#[sync_bridge(error = wrap)]
trait Declares {
    fn reader(&self) -> Empty;
    fn events(&self) -> broadcast::Receiver<u8>;
    async fn done(&self);
}

struct Files;

#[sync_bridge(error = wrap)]
impl Files {
    pub async fn open(&self) -> BufReader<DuplexStream> {
        todo!()
    }

    pub async fn opened(&self) -> io::Result<Option<DuplexStream>> {
        todo!()
    }

    pub async fn alias(&self) -> Opened {
        todo!()
    }

    pub async fn pair(&self) -> io::Result<(Empty, u8)> {
        todo!()
    }

    pub fn write_only(&self) -> Sink {
        tokio::io::sink()
    }

    pub async fn subscribe(&self) -> mpsc::Receiver<u8> {
        todo!()
    }

    pub async fn answer(&self) -> io::Result<oneshot::Receiver<u8>> {
        todo!()
    }

    pub fn events(&self) -> (u8, mpsc::UnboundedReceiver<u8>) {
        todo!()
    }
}

/// Sends items of its own type.
struct CopySink<T>(Vec<T>);

impl<T: Unpin> futures_sink::Sink<T> for CopySink<T> {
    type Error = io::Error;

    fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        todo!()
    }

    fn start_send(self: Pin<&mut Self>, _: T) -> io::Result<()> {
        todo!()
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        todo!()
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        todo!()
    }
}

#[sync_bridge(error = wrap)]
impl Files {
    pub async fn copy_in<T: Unpin + Send>(&self) -> io::Result<CopySink<T>> {
        todo!()
    }
}

#[sync_bridge(error = wrap)]
async fn connect() -> DuplexStream {
    todo!()
}

fn main() {}
