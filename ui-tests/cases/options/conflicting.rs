use sync_bridge::sync_bridge;

#[sync_bridge(error = wrap)]
trait Store {
    #[bridge(skip, rename = "fetch")]
    async fn get(&self);

    #[bridge(skip, timeout = "5s", passthrough)]
    async fn list(&self);

    #[bridge(passthrough, error = wrap)]
    fn name(&self) -> String;

    #[bridge(iter, collect = Vec<u8>, read)]
    async fn rows(&self) -> futures_util::stream::BoxStream<'_, u8>;

    async fn head(&self);

    #[bridge(skip, twin)]
    async fn tail(&self);
}

#[sync_bridge(error = panic, local, send)]
async fn fetch() {}

fn main() {}
