use std::fmt::Debug;
use std::io;
use std::rc::Rc;
use sync_bridge::sync_bridge;

struct Connection(Rc<()>);

#[sync_bridge]
trait Pool {
    #[bridge(keep)]
    async fn size(&self) -> io::Result<usize>;

    #[bridge(keep)]
    async fn close(&self) -> io::Result<()>;

    #[bridge(keep)]
    async fn unnamed(&self) -> io::Result<impl Debug + Send>;

    #[bridge(keep, read)]
    async fn open(&self) -> io::Result<tokio::io::DuplexStream>;
}

#[sync_bridge(error = wrap)]
#[bridge(keep)]
fn connect() -> Connection {
    Connection(Rc::default())
}

fn main() {}
