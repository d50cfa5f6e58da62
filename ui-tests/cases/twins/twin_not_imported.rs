//! The twin is not in scope where an impl of the async trait is.

use sync_bridge::sync_bridge;

mod store {
    use sync_bridge::sync_bridge;

    #[sync_bridge]
    pub trait Store: Send + Sync {
        const LIMIT: usize;
        type Key: Send;
        type Row<'a>: Send
        where
            Self: 'a;

        async fn first(&self) -> std::io::Result<Self::Key>;

        async fn row<'a>(&'a self, key: Self::Key) -> std::io::Result<Self::Row<'a>>;
    }
}

use store::Store;

struct Wrapped<T>(T);

#[sync_bridge]
impl<T: Send + Sync> Store for Wrapped<T> {
    const LIMIT: usize = 3;
    type Key = u8;
    type Row<'a>
        = &'a T
    where
        Self: 'a;

    async fn first(&self) -> std::io::Result<Self::Key> {
        Ok(7)
    }

    async fn row<'a>(&'a self, _: Self::Key) -> std::io::Result<Self::Row<'a>> {
        Ok(&self.0)
    }
}

fn main() {}
