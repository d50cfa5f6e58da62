use futures_util::stream::Stream;
use std::io;
use sync_bridge::sync_bridge;

#[sync_bridge]
trait Store {
    async fn get(&self) -> io::Result<u8>;

    #[cfg_attr(miri, bridge(skip))]
    async fn head(&self) -> io::Result<u8>;

    #[cfg(not(miri))]
    #[cfg_attr(not(miri), cfg_attr(miri, doc = "It takes a stream.", bridge(rename = "store")))]
    async fn put(&self, #[cfg_attr(miri, bridge(iter))] bytes: impl Stream<Item = u8> + Send) -> io::Result<()>;

    // Neither is there.
    #[cfg(miri)]
    #[cfg_attr(miri, bridge(skip))]
    async fn list(&self) -> io::Result<u8>;
}

fn main() {
    struct Client;

    #[sync_bridge]
    impl Client {
        #[cfg_attr(miri, bridge(timeout = "5s"))]
        pub async fn fetch(&self) -> io::Result<u8> {
            Ok(7)
        }
    }

    let _ = Client.fetch_blocking();
}
