use futures_util::stream::{Stream, empty};
use sync_bridge::sync_bridge;

trait MaybeSend {}

impl<T> MaybeSend for T {}

#[sync_bridge(error = wrap)]
trait Store: Sync {
    fn rows(&self) -> impl Stream<Item = u8> + MaybeSend {
        empty()
    }
}

#[sync_bridge(error = wrap, blanket)]
trait Every {
    fn every(&self) -> impl Stream<Item = u8> + MaybeSend;
}

fn main() {}
