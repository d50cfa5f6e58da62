use std::io;
use std::pin::Pin;
use sync_bridge::sync_bridge;
use tokio::io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite};

#[sync_bridge(error = wrap)]
trait Store {
    async fn reader(&self) -> impl AsyncRead + Send;
    async fn boxed(&self) -> io::Result<Box<dyn AsyncBufRead + Send + Unpin>>;
    async fn pair(&self) -> (Pin<Box<dyn AsyncRead + Send>>, Pin<Box<dyn AsyncWrite + Send>>);
    async fn sink(&self) -> Pin<Box<dyn Sink<u8, Error = io::Error> + Send>>;
    fn synchronous_reader(&self) -> impl AsyncRead + AsyncWrite + Send;
    fn synchronous_seeker(&self) -> Box<dyn AsyncSeek>;
    fn synchronous_sink(&self) -> Option<impl Sink<u8>>;
    fn of_futures(&self) -> impl futures_io::AsyncRead;

    #[bridge(as_is)]
    async fn unchanged(&self) -> Box<dyn AsyncRead + Send>;

    #[bridge(skip)]
    fn skipped(&self) -> impl AsyncRead;

    async fn client(&self) -> Client<Box<dyn AsyncRead + Send>>;
}

struct Client<T>(T);

trait Sink<T> {
    type Error;
}

mod futures_io {
    pub trait AsyncRead {}
}

fn main() {}
