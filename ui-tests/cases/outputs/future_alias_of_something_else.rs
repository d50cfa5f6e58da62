use std::io;
use sync_bridge::sync_bridge;

type Page = io::Result<Vec<u8>>;

#[sync_bridge]
trait Store {
    #[bridge(future)]
    fn get(&self) -> Page;
}

struct Request;

struct Client;

#[sync_bridge]
impl Client {
    #[bridge(future)]
    pub fn find(&self) -> Request {
        Request
    }
}

fn main() {}
