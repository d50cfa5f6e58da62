//! What is not a `Result` has no place for a failure of the bridge, whatever the adapter.

use sync_bridge::sync_bridge;

struct Client;

#[sync_bridge]
impl Client {
    #[bridge(read)]
    pub fn empty(&self) -> tokio::io::Empty {
        tokio::io::empty()
    }

    #[bridge(read)]
    pub async fn unnamed(&self) -> impl tokio::io::AsyncRead + Send + use<> {
        tokio::io::empty()
    }
}

fn main() {}
