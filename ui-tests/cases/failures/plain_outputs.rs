use futures_util::stream::BoxStream;
use std::collections::HashMap;
use std::io;
use sync_bridge::{BridgeError, sync_bridge};

fn lost(error: BridgeError) -> String {
    error.to_string()
}

#[sync_bridge]
trait Store {
    async fn unit(&self) -> ();
    async fn reference(&self) -> &str;
    async fn pair(&self) -> (u8, io::Result<u8>);
    async fn path(&self) -> std::option::Option<u8>;
    async fn object(&self) -> Box<dyn Fn() -> io::Result<u8>>;
    async fn streams(&self) -> Vec<BoxStream<'_, io::Result<u8>>>;

    #[bridge(collect = HashMap<u8, u8>)]
    fn collected(&self) -> BoxStream<'_, (u8, u8)>;

    #[bridge(error = lost)]
    async fn mapped(&self) -> String;

    async fn named(&self) -> Result<u8, io::Error>;
}

// A trait that is not at fault says nothing of its impls, which have rules of their own.
#[sync_bridge(error = panic)]
trait Ready {
    async fn ready(&self) -> bool;
}

#[sync_bridge]
impl Ready for () {
    async fn ready(&self) -> bool {
        true
    }
}

// What has no twin of ours is told at the impl.
trait Existing {
    fn ready(&self) -> bool;
}

#[sync_bridge(twin_trait = Existing)]
impl Ready for u8 {
    async fn ready(&self) -> bool {
        true
    }
}

#[sync_bridge(blanket)]
trait Blanket {
    async fn ready(&self) -> bool;
}

fn main() {}
