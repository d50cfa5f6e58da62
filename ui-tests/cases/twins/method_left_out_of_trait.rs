use sync_bridge::sync_bridge;

#[sync_bridge(error = panic)]
trait Store {
    async fn get(&self) -> u8;

    #[bridge(skip)]
    async fn head(&self) -> u8;

    #[bridge(rename = "enumerate")]
    async fn list(&self) -> u8;
}

#[sync_bridge(error = panic)]
impl Store for () {
    async fn get(&self) -> u8 {
        0
    }

    async fn head(&self) -> u8 {
        0
    }

    async fn list(&self) -> u8 {
        0
    }
}

fn main() {}
