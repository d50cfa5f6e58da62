use sync_bridge::sync_bridge;

struct Missing;

type Result<T> = std::result::Result<T, Missing>;

#[sync_bridge]
trait Store {
    type Error: Send;

    async fn get(&self, key: &str) -> Result<Vec<u8>>;

    async fn head(&self, key: &str) -> std::result::Result<usize, Self::Error> {
        let _ = key;
        Ok(0)
    }
}

#[sync_bridge]
impl Store for () {
    type Error = Missing;

    async fn get(&self, _: &str) -> Result<Vec<u8>> {
        Err(Missing)
    }
}

fn main() {}
