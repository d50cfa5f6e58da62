use std::cell::Cell;
use std::io;
use sync_bridge::sync_bridge;

#[sync_bridge(blanket)]
trait Store {
    async fn get(&self) -> io::Result<u8>;
}

struct Memory(Cell<u8>);

impl Store for Memory {
    async fn get(&self) -> io::Result<u8> {
        Ok(self.0.get())
    }
}

fn main() -> io::Result<()> {
    Memory(Cell::new(3)).get_blocking().map(drop)
}
