use sync_bridge::sync_bridge;

#[sync_bridge(error = wrap)]
trait Store {
    #[bridge(skip, rename = "fetch")]
    async fn get(&self);

    async fn head(&self);
}

#[sync_bridge(error = panic, local, send)]
async fn fetch() {}

fn main() {}
