use std::io;
use sync_bridge::sync_bridge;

// Reported once, at the limit.
#[sync_bridge(error = panic, timeout = "5s")]
trait Counter {
    async fn count(&self) -> u8;
    async fn sum(&self) -> u8;
    #[bridge(timeout = None)]
    async fn without_limit(&self) -> u8;
    #[bridge(error = wrap)]
    async fn with_error(&self) -> u8;
}

// Reported at the rule of the method.
#[sync_bridge(timeout = self.limit())]
trait Store {
    async fn get(&self) -> io::Result<u8>;
    #[bridge(error = panic)]
    async fn count(&self) -> u8;
}

fn main() {}
