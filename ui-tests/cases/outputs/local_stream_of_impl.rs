use futures_util::stream::{Stream, once};
use std::io;
use std::rc::Rc;
use sync_bridge::sync_bridge;

#[sync_bridge]
trait Store {
    fn list(&self) -> impl Stream<Item = io::Result<u8>>;
}

#[sync_bridge]
impl Store for () {
    fn list(&self) -> impl Stream<Item = io::Result<u8>> {
        let kept = Rc::new(7);
        once(async move { Ok(*kept) })
    }
}

fn main() {}
