use futures_util::stream::{LocalBoxStream, Stream, StreamExt, empty, once};
use std::io;
use std::rc::Rc;
use sync_bridge::sync_bridge;
use tokio::io::AsyncRead;

struct Client;

type Rows<'a> = LocalBoxStream<'a, io::Result<u8>>;

#[sync_bridge]
trait Store {
    fn list(&self) -> impl Stream<Item = io::Result<u8>>;
}

#[sync_bridge]
impl Store for () {
    fn list(&self) -> impl Stream<Item = io::Result<u8>> {
        let kept = Rc::new(7);
        once(async move { Ok(*kept) })
    }
}

#[sync_bridge]
impl Client {
    pub async fn opened(&self) -> io::Result<impl Stream<Item = io::Result<u8>>> {
        let kept = Rc::new(7);
        Ok(once(async move { Ok(*kept) }))
    }

    #[bridge(iter)]
    pub fn rows(&self) -> Rows<'_> {
        empty().boxed_local()
    }

    #[bridge(iter)]
    pub async fn opened_rows(&self) -> io::Result<Rows<'_>> {
        Ok(empty().boxed_local())
    }

    #[bridge(collect = io::Result<Vec<u8>>)]
    pub fn collected(&self) -> Rows<'_> {
        empty().boxed_local()
    }

    #[bridge(read)]
    pub async fn open(&self) -> io::Result<Box<dyn AsyncRead + Unpin>> {
        Ok(Box::new(&b""[..]))
    }
}

fn main() {}
