//! Types that only look like those a twin cannot return.

use std::io;
use std::sync::Arc;
use sync_bridge::sync_bridge;

type Alias<T> = Vec<Option<T>>;

#[sync_bridge(error = panic)]
trait Store {
    type Out;
    type JoinHandle: Send;

    async fn of_a_thread(&self) -> std::thread::JoinHandle<u8>;
    async fn associated(&self) -> io::Result<Self::JoinHandle>;
    async fn of_no_runtime(&self) -> io::Result<futures_util::future::AbortHandle>;
    async fn function(&self) -> fn() -> tokio::task::JoinHandle<()>;
    async fn closure(&self) -> Box<dyn Fn() -> tokio::task::JoinHandle<()> + Send>;
    async fn generic<T: Send + Default>(&self) -> Alias<T>;
    async fn nested(&self) -> io::Result<(Arc<str>, [Alias<Self::Out>; 1], &str)>;
    fn synchronous(&self) -> Option<tokio::task::JoinHandle<()>>;

    #[bridge(skip)]
    async fn skipped(&self) -> tokio::task::JoinHandle<()>;
}

#[sync_bridge(error = panic)]
impl Store for () {
    type Out = u8;
    type JoinHandle = u8;

    async fn of_a_thread(&self) -> std::thread::JoinHandle<u8> {
        std::thread::spawn(|| 3)
    }

    async fn associated(&self) -> io::Result<Self::JoinHandle> {
        Ok(3)
    }

    async fn of_no_runtime(&self) -> io::Result<futures_util::future::AbortHandle> {
        Ok(futures_util::future::AbortHandle::new_pair().0)
    }

    async fn function(&self) -> fn() -> tokio::task::JoinHandle<()> {
        || tokio::spawn(async {})
    }

    async fn closure(&self) -> Box<dyn Fn() -> tokio::task::JoinHandle<()> + Send> {
        Box::new(|| tokio::spawn(async {}))
    }

    async fn generic<T: Send + Default>(&self) -> Alias<T> {
        vec![None, Some(T::default())]
    }

    async fn nested(&self) -> io::Result<(Arc<str>, [Alias<Self::Out>; 1], &str)> {
        Ok(("".into(), [vec![]], ""))
    }

    fn synchronous(&self) -> Option<tokio::task::JoinHandle<()>> {
        None
    }

    #[bridge(skip)]
    async fn skipped(&self) -> tokio::task::JoinHandle<()> {
        tokio::spawn(async {})
    }
}

/// The name is the user's own.
#[sync_bridge(error = panic)]
trait Spawner {
    type JoinHandle;

    async fn spawn(&self) -> Self::JoinHandle;
    async fn abortable(&self) -> Option<futures_util::future::AbortHandle>;
}

#[sync_bridge(error = panic)]
impl Spawner for () {
    type JoinHandle = u8;

    async fn spawn(&self) -> Self::JoinHandle {
        4
    }

    async fn abortable(&self) -> Option<futures_util::future::AbortHandle> {
        None
    }
}

/// An existing twin has the synchronous methods too, with their futures.
trait Copied {
    fn boxed(&self) -> Box<dyn Future<Output = u8> + Unpin>;
}

trait Source {
    fn boxed(&self) -> Box<dyn Future<Output = u8> + Unpin>;
}

#[sync_bridge(twin_trait = Copied)]
impl Source for () {
    #[bridge(passthrough)]
    fn boxed(&self) -> Box<dyn Future<Output = u8> + Unpin> {
        Box::new(std::future::ready(3))
    }
}

/// Futures and streams that are of use, or that nothing is said about.
#[sync_bridge(error = panic)]
trait Useful {
    type Out: Send + Sync;

    async fn bridged(&self) -> Option<sync_bridge::BridgedTask<u8>>;
    async fn alias(&self) -> Bridged;
    async fn guard(&self) -> tokio::sync::watch::Receiver<u8>;
    async fn out(&self) -> Alias<Self::Out>;
    fn started(&self) -> Bridged;
    fn generic<T: Future + Default>(&self) -> Alias<T>;

    #[bridge(skip)]
    fn skipped(&self) -> Later;
    #[bridge(passthrough)]
    fn passed(&self) -> Later;
}

type Bridged = io::Result<sync_bridge::BridgedTask<u8>>;
type Later = std::future::Ready<u8>;

#[sync_bridge(error = panic)]
impl<A: Send + Sync> Useful for [A; 1] {
    type Out = A;

    async fn bridged(&self) -> Option<sync_bridge::BridgedTask<u8>> {
        None
    }

    async fn alias(&self) -> Bridged {
        Err(io::ErrorKind::Other.into())
    }

    async fn guard(&self) -> tokio::sync::watch::Receiver<u8> {
        tokio::sync::watch::channel(1).1
    }

    async fn out(&self) -> Alias<A> {
        Vec::new()
    }

    fn started(&self) -> Bridged {
        Err(io::ErrorKind::Other.into())
    }

    fn generic<T: Future + Default>(&self) -> Alias<T> {
        Vec::new()
    }

    #[bridge(skip)]
    fn skipped(&self) -> Later {
        std::future::ready(1)
    }

    #[bridge(passthrough)]
    fn passed(&self) -> Later {
        std::future::ready(1)
    }
}

fn main() {
    assert!([1].alias_blocking().is_err() && [1].bridged_blocking().is_none());
    assert!([1].out_blocking().is_empty());
    drop(([1].guard_blocking(), BlockingUseful::passed(&[1])));
    assert_eq!(().spawn_blocking(), 4);
    assert!(().abortable_blocking().is_none());
    assert_eq!(().of_a_thread_blocking().join().unwrap(), 3);
    assert_eq!(().generic_blocking::<u8>(), [None, Some(0)]);
    assert!(().nested_blocking().is_ok());
}
