//! The futures that a call may be about: one for each way in which they wait.

use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use sync_bridge::Flavor;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) future: fn() -> BoxFuture<'static, u64>,
    pub(crate) value: u64,
}

impl Shape {
    /// tokio itself forbids `block_in_place` on a current-thread runtime; everything else runs on both.
    pub(crate) fn runs_on(&self, flavor: Flavor) -> bool {
        flavor != Flavor::CurrentThread || self.name != "block_in_place"
    }
}

pub(crate) static SHAPES: &[Shape] = &[
    Shape { name: "ready", future: || Box::pin(async { 1 }), value: 1 },
    Shape { name: "yield_now", future: || Box::pin(yield_now()), value: 5 },
    Shape { name: "drain_1000_ready_items", future: || Box::pin(drain_ready_items()), value: 1_000 },
    Shape { name: "futures_unordered_of_yields", future: || Box::pin(futures_unordered()), value: 45 },
    Shape { name: "timers", future: || Box::pin(timers()), value: 2 },
    Shape { name: "tcp_exchange", future: || Box::pin(tcp_exchange()), value: 4 },
    Shape { name: "spawn", future: || Box::pin(spawn()), value: 9 },
    Shape { name: "spawn_blocking", future: || Box::pin(spawn_blocking()), value: 8 },
    Shape { name: "block_in_place", future: || Box::pin(block_in_place()), value: 7 },
    Shape { name: "file", future: || Box::pin(file()), value: 1 },
    Shape { name: "mutex_handed_over", future: || Box::pin(mutex_handed_over()), value: 3 },
    Shape { name: "woken_by_a_thread", future: || Box::pin(woken_by_a_thread()), value: 6 },
];

async fn yield_now() -> u64 {
    let mut yields = 0;
    while yields < 5 {
        tokio::task::yield_now().await;
        yields += 1;
    }
    yields
}

/// More items than tokio's cooperative budget lets one poll take.
async fn drain_ready_items() -> u64 {
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    for item in 0..1_000 {
        sender.send(item).unwrap();
    }
    drop(sender);
    let mut items = 0;
    while receiver.recv().await.is_some() {
        items += 1;
    }
    items
}

/// A sub-executor: it hands its own wakers to the futures in it.
async fn futures_unordered() -> u64 {
    let yielding = |number| async move {
        tokio::task::yield_now().await;
        number
    };
    (0..10).map(yielding).collect::<FuturesUnordered<_>>().fold(0, |sum, number| async move { sum + number }).await
}

async fn timers() -> u64 {
    tokio::time::sleep(Duration::from_millis(1)).await;
    let endless = tokio::time::timeout(Duration::from_millis(1), std::future::pending::<()>()).await;
    1 + u64::from(endless.is_err())
}

async fn tcp_exchange() -> u64 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serve = async {
        let (mut peer, _) = listener.accept().await.unwrap();
        let mut text = [0; 4];
        peer.read_exact(&mut text).await.unwrap();
        peer.write_all(&text).await.unwrap();
    };
    let ask = async {
        let mut peer = TcpStream::connect(address).await.unwrap();
        peer.write_all(b"ping").await.unwrap();
        let mut text = Vec::new();
        peer.read_to_end(&mut text).await.unwrap();
        text.len() as u64
    };
    tokio::join!(serve, ask).1
}

async fn spawn() -> u64 {
    let child = tokio::spawn(async {
        tokio::task::yield_now().await;
        4
    });
    child.await.unwrap() + tokio::spawn(async { 5 }).await.unwrap()
}

async fn spawn_blocking() -> u64 {
    tokio::task::spawn_blocking(|| 8).await.unwrap()
}

async fn block_in_place() -> u64 {
    tokio::task::yield_now().await;
    tokio::task::block_in_place(|| 7)
}

async fn file() -> u64 {
    u64::from(!tokio::fs::read(file!()).await.unwrap_or_else(|_| vec![0]).is_empty())
}

/// The lock is held by another task, which lets go of it only when it is polled again.
async fn mutex_handed_over() -> u64 {
    let mutex = std::sync::Arc::new(tokio::sync::Mutex::new(1));
    let held = mutex.clone().lock_owned().await;
    let other = tokio::spawn(async move {
        let mut held = held;
        tokio::task::yield_now().await;
        *held += 2;
    });
    let value = *mutex.lock().await;
    other.await.unwrap();
    value
}

/// A wake-up from a thread that knows nothing of tokio.
async fn woken_by_a_thread() -> u64 {
    let (sender, receiver) = futures::channel::oneshot::channel();
    std::thread::spawn(move || sender.send(6));
    receiver.await.unwrap()
}
