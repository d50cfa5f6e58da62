use std::io;
use sync_bridge::sync_bridge;

#[sync_bridge(items(gett(skip), get(timeout = "5s"), get(keys(iter)), Error(skip, get(iter))))]
trait Store {
    type Error;

    #[bridge(timeout = "1s")]
    async fn get(&self, key: &str) -> io::Result<u8>;
}

#[sync_bridge(items)]
impl Store for u8 {
    type Error = u8;

    async fn get(&self, _: &str) -> io::Result<u8> {
        Ok(*self)
    }
}

struct Client;

#[sync_bridge(items(get, head(), list = "5s", (skip)))]
impl Client {
    pub async fn get(&self) -> io::Result<u8> {
        Ok(7)
    }
}

#[sync_bridge(items(get(skipp)))]
async fn fetch() -> io::Result<u8> {
    Ok(7)
}

#[sync_bridge(items(get(skipp)))]
async fn get((_, key): (u8, &str)) -> io::Result<u8> {
    Ok(7)
}

fn main() {}
