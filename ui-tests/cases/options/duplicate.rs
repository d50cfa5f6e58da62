use sync_bridge::sync_bridge;

#[sync_bridge(error = wrap, error = panic)]
trait Store {
    #[bridge(rename = "fetch", rename = "load")]
    async fn get(&self);

    #[bridge(skip)]
    #[bridge(skip)]
    async fn head(&self);
}

fn main() {}
