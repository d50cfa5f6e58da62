use std::io;
use sync_bridge::sync_bridge;

macro_rules! head {
    () => {
        async fn head(&self) -> io::Result<u8> {
            Ok(7)
        }
    };
}

macro_rules! name {
    () => {
        fn name(&self) -> String {
            String::new()
        }
    };
}

struct Client;

#[sync_bridge]
impl Client {
    pub async fn get(&self) -> io::Result<u8> {
        Ok(7)
    }

    head!();

    #[bridge(skip)]
    name!();
}

#[sync_bridge]
trait Store {
    #[bridge(timeout = "5s")]
    crate::head! {}
}

pub(crate) use head;

fn main() {}
