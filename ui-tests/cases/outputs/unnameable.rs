use std::future::Ready;
use sync_bridge::sync_bridge;

type BoxFuture<T, E> = Ready<Result<T, E>>;

#[sync_bridge]
trait Store {
    async fn list(&self) -> impl Iterator<Item = u8>;
    fn get(&self) -> impl Future + Send;
    async fn run(&self) -> !;
    fn named(&self) -> BoxFuture<u8, std::io::Error>;
}

fn main() {}
