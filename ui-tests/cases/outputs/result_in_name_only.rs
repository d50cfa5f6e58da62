use futures_util::stream::BoxStream;
use std::io;
use sync_bridge::sync_bridge;
use tokio::task::JoinHandle;

struct QueryResult<T>(T);

type Answer<T> = io::Result<T>;

struct Table;

#[sync_bridge(error = wrap)]
impl Table {
    pub async fn rows(&self) -> QueryResult<BoxStream<'static, u8>> {
        todo!()
    }

    #[bridge(task)]
    pub async fn compact(&self) -> Answer<JoinHandle<u8>> {
        Ok(tokio::spawn(async { 7 }))
    }

    #[bridge(iter)]
    pub async fn pages(&self) -> Answer<Pages> {
        todo!()
    }
}

type Pages = BoxStream<'static, u8>;

fn main() {}
