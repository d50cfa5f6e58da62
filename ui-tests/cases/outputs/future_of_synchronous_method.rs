use futures_util::future::{BoxFuture, TryFuture};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use sync_bridge::sync_bridge;

#[sync_bridge]
trait Store {
    async fn get(&self) -> io::Result<u8>;

    fn shared(&self) -> Arc<Mutex<BoxFuture<'static, u8>>>;
    fn inside(&self) -> io::Result<Pin<Box<dyn Future<Output = u8>>>>;
    fn fallible(&self) -> impl TryFuture<Ok = u8, Error = io::Error>;
    fn convertible(&self) -> Option<impl IntoFuture<Output = u8>>;

    #[bridge(skip)]
    fn skipped(&self) -> impl TryFuture<Ok = u8, Error = io::Error>;
}

#[sync_bridge]
impl Store for () {
    async fn get(&self) -> io::Result<u8> {
        Ok(7)
    }

    fn shared(&self) -> Arc<Mutex<BoxFuture<'static, u8>>> {
        Arc::new(Mutex::new(Box::pin(std::future::ready(7))))
    }

    fn inside(&self) -> io::Result<Pin<Box<dyn Future<Output = u8>>>> {
        Ok(Box::pin(std::future::ready(7)))
    }

    #[bridge(skip)]
    fn fallible(&self) -> impl TryFuture<Ok = u8, Error = io::Error> {
        std::future::ready(Ok(7))
    }

    #[bridge(skip)]
    fn convertible(&self) -> Option<impl IntoFuture<Output = u8>> {
        Some(std::future::ready(7))
    }

    fn skipped(&self) -> impl TryFuture<Ok = u8, Error = io::Error> {
        std::future::ready(Ok(7))
    }
}

fn main() {}
