use sync_bridge::sync_bridge;

#[sync_bridge(eror = wrap, error = panic)]
trait Store {
    #[bridge(skipp)]
    async fn get(&self);

    #[bridge("skip")]
    async fn head(&self);
}

fn main() {}
