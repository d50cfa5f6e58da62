use std::io;
use sync_bridge::sync_bridge;

type Page = Vec<u8>;
type Pages = io::Result<Page>;

#[sync_bridge]
trait Store {
    #[bridge(iter, error = wrap)]
    async fn rows(&self) -> Pages {
        Ok(Vec::new())
    }

    #[bridge(collect = Vec<u8>)]
    async fn all(&self) -> io::Result<Page> {
        Ok(Vec::new())
    }

    #[bridge(read)]
    async fn open(&self) -> io::Result<Page> {
        Ok(Vec::new())
    }

    #[bridge(write)]
    async fn create(&self) -> io::Result<std::fs::File> {
        std::fs::File::create("")
    }
}

#[sync_bridge]
trait Jobs {
    #[bridge(task)]
    async fn start(&self) -> io::Result<Page>;
}

fn main() {}
