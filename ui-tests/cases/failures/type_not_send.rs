use std::io;
use sync_bridge::sync_bridge;

trait Row: Send {}

#[sync_bridge(blanket)]
trait Blanket {
    type Row<'a>
    where
        Self: 'a;
    async fn get(&self) -> io::Result<Self::Row<'_>>;
}

#[sync_bridge]
trait Store {
    type Item<'a>: std::fmt::Debug
    where
        Self: 'a;
    type Bounded<'a>: Send
    where
        Self: 'a;
    type Row<'a>: Row
    where
        Self: 'a;
    type Own<'a>
    where
        Self: 'a;
    // One without lifetimes is bounded where the twin is implemented.
    type Plain;

    async fn items(&self) -> io::Result<Option<(u8, Self::Item<'_>)>> {
        todo!()
    }

    async fn others(&self) -> io::Result<(Self::Bounded<'_>, Self::Row<'_>)> {
        todo!()
    }

    async fn plain(&self) -> io::Result<Self::Plain> {
        todo!()
    }

    // What an impl returns, the impl knows.
    async fn own(&self) -> io::Result<Self::Own<'_>>;
}

fn main() {}
