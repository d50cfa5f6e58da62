use sync_bridge::sync_bridge;

#[sync_bridge]
trait Store {
    async fn list(&self) -> impl Iterator<Item = u8>;
    fn get(&self) -> impl Future + Send;
    async fn run(&self) -> !;
}

fn main() {}
