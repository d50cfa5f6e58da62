use std::io;
use std::rc::Rc;
use sync_bridge::sync_bridge;

struct Client;

#[sync_bridge]
impl Client {
    pub async fn get(&self, key: Rc<str>) -> io::Result<usize> {
        tokio::task::yield_now().await;
        Ok(key.len())
    }

    #[bridge(error = wrap)]
    pub async fn output(&self) -> Rc<str> {
        Rc::from("text")
    }
}

fn main() {}
