use std::io;
use sync_bridge::sync_bridge;

#[sync_bridge]
trait Store {
    async fn put<T>(&self, value: T) -> io::Result<()>;
}

struct Files;

#[sync_bridge]
impl Store for Files {
    #[bridge(bounds(T: Send + Sync))]
    async fn put<T>(&self, value: T) -> io::Result<()> {
        drop(value);
        Ok(())
    }
}

fn main() {}
