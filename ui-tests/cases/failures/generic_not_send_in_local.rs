use std::fmt::Debug;
use std::io;
use sync_bridge::sync_bridge;

struct Client;

#[sync_bridge(private, local)]
impl Client {
    #[bridge(bounds(T:))]
    async fn put<T: Debug>(&self, value: T) -> io::Result<()> {
        drop(value);
        Ok(())
    }
}

fn main() {}
