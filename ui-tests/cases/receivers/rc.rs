use std::pin::Pin;
use std::rc::Rc;
use sync_bridge::sync_bridge;

#[sync_bridge(error = panic)]
trait Store {
    async fn get(self: Rc<Self>) -> u8;

    async fn head(self: &Rc<Self>) -> u8 {
        7
    }
}

struct Client;

#[sync_bridge(error = panic, local)]
impl Client {
    pub async fn pinned(self: Pin<Rc<Self>>) -> u8 {
        7
    }

    pub async fn lent(self: Pin<&Rc<Self>>) -> u8 {
        7
    }

    #[bridge(skip)]
    pub async fn skipped(self: &mut Rc<Self>) -> u8 {
        7
    }
}

fn main() {}
