use std::io;
use std::rc::Rc;
use sync_bridge::sync_bridge;

#[sync_bridge(blanket)]
trait Store {
    async fn get(&self, key: Rc<str>) -> io::Result<Vec<u8>>;
}

fn main() {}
