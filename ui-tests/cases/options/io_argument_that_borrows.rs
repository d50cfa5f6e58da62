use std::io;
use sync_bridge::sync_bridge;
use tokio::io::{AsyncRead, AsyncWrite, copy};

#[sync_bridge]
async fn transfer(
    #[bridge(read)] source: &mut (dyn AsyncRead + Unpin + Send),
    #[bridge(write)] mut sink: impl AsyncWrite + Unpin + Send,
) -> io::Result<u64> {
    copy(source, &mut sink).await
}

// A call that has ended early does not wait for a reader or a writer that blocks.
fn main() {
    let bytes = vec![1, 2, 3];
    let mut written = Vec::new();
    transfer_blocking(Box::new(&bytes[..]), &mut written).unwrap();
}
