use std::future::{IntoFuture, Ready};
use std::io;
use sync_bridge::sync_bridge;

struct Call<T>(T);

impl<T> IntoFuture for Call<T> {
    type Output = io::Result<T>;
    type IntoFuture = Ready<io::Result<T>>;

    fn into_future(self) -> Self::IntoFuture {
        std::future::ready(Ok(self.0))
    }
}

#[sync_bridge]
trait Provider<N: Clone>: Sync
where
    Self: Sized,
{
    type Reply: Future<Output = io::Result<u8>>;
    type Plain;

    fn gas(&self) -> Call<u64>;
    fn balance<'a, T: Clone>(&'a self, of: &'a T) -> Call<(&'a T, N)>;
    fn reply(&self) -> Self::Reply;
    fn inside(&self) -> io::Result<Call<u8>>;

    fn plain(&self) -> Self::Plain;
    fn name(&self) -> &str;
    async fn height(&self) -> io::Result<u64>;
}

#[sync_bridge(blanket)]
trait Every {
    fn gas(&self) -> Call<u64>;
    async fn height(&self) -> io::Result<u64>;
}

struct Client;

#[sync_bridge]
impl Client {
    pub fn gas(&self) -> Call<u64> {
        Call(7)
    }

    pub async fn prepared(&self) -> io::Result<Call<u64>> {
        Ok(Call(7))
    }
}

fn main() {}
