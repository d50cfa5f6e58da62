use std::rc::Rc;
use sync_bridge::sync_bridge;

#[sync_bridge(error = panic)]
trait Store {
    async fn get(self: Rc<Self>) -> u8;
}

fn main() {}
