use sync_bridge::sync_bridge;

#[sync_bridge]
trait Sync {
    fn name(&self) -> String;
}

#[sync_bridge]
trait AllSkipped {
    #[bridge(skip)]
    async fn get(&self);
}

struct Client;

#[sync_bridge]
impl Client {
    pub fn name(&self) -> String {
        self.helper()
    }

    fn helper(&self) -> String {
        String::new()
    }

    async fn fetch(&self) -> u8 {
        7
    }
}

#[sync_bridge]
impl Client {
    #[bridge(skip)]
    async fn get(&self) {}

    fn length(&self) -> usize {
        1
    }
}

struct Request;

#[sync_bridge]
impl IntoFuture for Request {
    type Output = u8;
    type IntoFuture = std::future::Ready<u8>;

    fn into_future(self) -> Self::IntoFuture {
        std::future::ready(7)
    }
}

#[sync_bridge]
impl std::future::Future for Client {
    type Output = u8;

    fn poll(self: std::pin::Pin<&mut Self>, _: &mut std::task::Context<'_>) -> std::task::Poll<u8> {
        std::task::Poll::Ready(7)
    }
}

#[sync_bridge]
trait Skipped {
    #[bridge(skip)]
    async fn get(&self) -> u8;
}

fn main() {}
