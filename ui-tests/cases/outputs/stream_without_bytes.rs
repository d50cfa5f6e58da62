use futures_util::stream::{BoxStream, Stream, empty};
use std::io;
use sync_bridge::sync_bridge;

struct Text;

#[sync_bridge]
impl Text {
    #[bridge(read, error = wrap)]
    pub fn numbers(&self) -> impl Stream<Item = u8> + Send {
        empty()
    }

    /// Its type does not show that it is a stream.
    #[bridge(read)]
    pub async fn named(&self) -> io::Result<futures_util::stream::Empty<io::Result<Vec<u8>>>> {
        todo!()
    }

    #[bridge(read)]
    pub async fn words(&self) -> io::Result<BoxStream<'_, io::Result<u8>>> {
        todo!()
    }
}

fn main() {}
