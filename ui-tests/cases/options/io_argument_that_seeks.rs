use std::io;
use sync_bridge::sync_bridge;
use tokio::io::{AsyncRead, AsyncSeek};

// The reader of the twin is `Unpin`, and can do no more than a `Read` can.
#[sync_bridge]
async fn read(#[bridge(read)] source: impl AsyncRead + AsyncSeek + Send) -> io::Result<()> {
    drop(source);
    Ok(())
}

fn main() {}
