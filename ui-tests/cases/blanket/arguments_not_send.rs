use std::io;
use std::rc::Rc;
use sync_bridge::sync_bridge;

#[sync_bridge(blanket)]
trait Store {
    async fn get(&self, key: Rc<str>) -> io::Result<Vec<u8>>;
    async fn put<T: AsRef<[u8]>>(&self, value: T) -> io::Result<()>;
}

fn main() {}
