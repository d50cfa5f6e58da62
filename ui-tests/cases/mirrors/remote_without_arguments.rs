//! The remote trait has parameters, and neither the mirror nor the path to the remote has any.

use sync_bridge::sync_bridge;

mod remote {
    pub trait Bus<A, B = u8> {
        fn read(&mut self, address: A) -> impl Future<Output = u8> + Send;
    }
}

#[sync_bridge(remote = remote::Bus, error = panic)]
trait Bus {
    async fn read(&mut self, address: u8) -> u8;
}

fn main() {}
