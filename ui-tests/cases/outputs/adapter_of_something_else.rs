use futures_util::stream::{BoxStream, Stream};
use std::fmt::Debug;
use std::io;
use sync_bridge::sync_bridge;
use tokio::io::AsyncWrite;

#[sync_bridge(error = wrap)]
trait Store {
    #[bridge(iter)]
    async fn count(&self) -> io::Result<usize>;

    #[bridge(collect = Vec<u8>)]
    async fn nothing(&self);

    #[bridge(task)]
    async fn text(&self) -> String;

    #[bridge(read, write)]
    async fn bytes(&self) -> io::Result<(u8, u8)>;

    #[bridge(iter)]
    fn iterator(&self) -> impl Iterator<Item = u8>;

    #[bridge(read, write)]
    async fn write_only(&self) -> io::Result<impl AsyncWrite + Send>;

    #[bridge(task)]
    fn debug(&self) -> Option<impl Debug>;

    #[bridge(iter)]
    fn items_without_name(&self) -> impl Stream;

    #[bridge(collect = Vec<u8>)]
    async fn part_of_more(&self) -> (u8, BoxStream<'_, u8>);
}

fn main() {}
