//! What a remote says of its associated types, its mirror need not say again.

use sync_bridge::sync_bridge;

mod remote {
    #[async_trait::async_trait]
    pub trait Store {
        type Row: Send;
        async fn get(&self) -> Self::Row;
    }
}

#[sync_bridge(remote = remote::Store, error = wrap)]
trait Store {
    type Row;
    async fn get(&self) -> Self::Row;
}

#[async_trait::async_trait]
impl remote::Store for u8 {
    type Row = u8;

    async fn get(&self) -> u8 {
        *self
    }
}

fn main() {
    assert_eq!(BlockingStore::get_blocking(&7_u8).unwrap(), 7);
}
