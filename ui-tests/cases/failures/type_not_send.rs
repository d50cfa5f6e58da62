use futures_util::future::BoxFuture;
use std::io;
use sync_bridge::{BridgeError, sync_bridge};

#[sync_bridge(blanket)]
trait Blanket {
    type Error: From<BridgeError>;
    async fn get(&self) -> Result<u8, Self::Error>;
}

trait Row: Send {}

#[sync_bridge]
trait Store {
    type Error: From<BridgeError> + std::fmt::Debug;
    type Item;
    type Bounded: Send;
    type Row: Row;
    type Where;
    type Own;

    async fn get(&self) -> Result<u8, Self::Error> {
        todo!()
    }

    fn boxed(&self) -> BoxFuture<'_, Result<u8, Self::Error>> {
        todo!()
    }

    async fn items(&self) -> io::Result<Option<(u8, Self::Item)>> {
        todo!()
    }

    async fn others(&self) -> io::Result<(Self::Bounded, Self::Row)> {
        todo!()
    }

    async fn conditional(&self) -> io::Result<Self::Where>
    where
        Self::Where: Send,
    {
        todo!()
    }

    // What an impl returns, the impl knows.
    async fn own(&self) -> io::Result<Self::Own>;
}

fn main() {}
