//! `local`, `send`, and what a signature says about whether a future may leave its thread.

#![allow(clippy::unused_async)]

use std::io;
use std::rc::Rc;
use std::thread::{self, ThreadId};
use sync_bridge::{RuntimeBridge, sync_bridge};

/// Calls from a plain thread, and from one that drives a runtime.
fn everywhere<T>(call: impl Fn() -> io::Result<T>) -> io::Result<[T; 2]> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    Ok([call()?, runtime.block_on(async { call() })?])
}

/// A future that is certainly not `Send`, and where it was built and finished.
async fn stay() -> io::Result<[ThreadId; 2]> {
    let first = Rc::new(thread::current().id());
    tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    Ok([*first, thread::current().id()])
}

mod annotated {
    use super::*;

    #[sync_bridge]
    pub(crate) trait Stay: Sync {
        async fn stay(&self) -> io::Result<[ThreadId; 2]>;

        async fn stay_by_default(&self) -> io::Result<[ThreadId; 2]> {
            stay().await
        }
    }

    #[sync_bridge(local)]
    impl Stay for u8 {
        async fn stay(&self) -> io::Result<[ThreadId; 2]> {
            stay().await
        }
    }

    pub(crate) trait ByHand {
        fn stay(&self) -> io::Result<[ThreadId; 2]>;
    }

    #[sync_bridge(local, twin_trait = ByHand)]
    impl Stay for u16 {
        async fn stay(&self) -> io::Result<[ThreadId; 2]> {
            stay().await
        }
    }
}

#[test]
fn future_that_is_not_send_stays_on_one_thread() -> io::Result<()> {
    use annotated::{BlockingStay, ByHand};

    for call in [|| 1_u8.stay_blocking(), || 1_u8.stay_by_default_blocking(), || ByHand::stay(&1_u16)] {
        for [built, finished] in everywhere(call)? {
            assert_eq!(built, finished);
        }
    }
    Ok(())
}

mod remote {
    use super::*;

    pub(crate) trait Queue {
        fn native(&self) -> impl Future<Output = io::Result<[ThreadId; 2]>>;
        fn promised(&self) -> impl Future<Output = io::Result<Option<String>>> + Send;
        fn unmentioned(&self) -> impl Future<Output = io::Result<Option<String>>> + Send;
    }

    impl Queue for u8 {
        async fn native(&self) -> io::Result<[ThreadId; 2]> {
            stay().await
        }

        async fn promised(&self) -> io::Result<Option<String>> {
            tokio::task::yield_now().await;
            Ok(thread::current().name().map(str::to_owned))
        }

        async fn unmentioned(&self) -> io::Result<Option<String>> {
            self.promised().await
        }
    }

    pub(crate) struct Boxed;

    #[async_trait::async_trait(?Send)]
    pub(crate) trait Local {
        async fn boxed(&self) -> io::Result<[ThreadId; 2]>;
    }

    #[async_trait::async_trait(?Send)]
    impl Local for Boxed {
        async fn boxed(&self) -> io::Result<[ThreadId; 2]> {
            stay().await
        }
    }
}

static NAMED: std::sync::LazyLock<RuntimeBridge> =
    std::sync::LazyLock::new(|| RuntimeBridge::with_thread_name("routes").expect("a bridge"));

/// The signatures of a mirror choose, each for itself.
#[sync_bridge(remote = remote::Queue, bridge = NAMED)]
trait Queue {
    fn native(&self) -> impl Future<Output = io::Result<[ThreadId; 2]>>;
    async fn promised(&self) -> io::Result<Option<String>>;
    fn unmentioned(&self) -> impl Future<Output = io::Result<Option<String>>> + Send;
}

/// The block chooses, where the signatures do not.
#[sync_bridge(remote = remote::Queue, bridge = NAMED, send, twin = Sent, suffix = "_sent")]
trait SentQueue {
    fn unmentioned(&self) -> impl Future<Output = io::Result<Option<String>>>;
}

/// `#[async_trait]` chooses, on either side.
#[async_trait::async_trait(?Send)]
#[sync_bridge(remote = remote::Local)]
trait Above {
    async fn boxed(&self) -> io::Result<[ThreadId; 2]>;
}

#[sync_bridge(remote = remote::Local)]
#[async_trait::async_trait(?Send)]
trait Below {
    async fn boxed(&self) -> io::Result<[ThreadId; 2]>;
}

#[test]
fn signatures_of_a_mirror_choose_the_route() -> io::Result<()> {
    let boxed = remote::Boxed;
    for call in [&|| 1_u8.native_blocking(), &|| BlockingAbove::boxed_blocking(&boxed), &|| {
        BlockingBelow::boxed_blocking(&boxed)
    }] as [&dyn Fn() -> _; 3]
    {
        for [built, finished] in everywhere(call)? {
            assert_eq!(built, finished);
        }
    }
    for call in [|| 1_u8.promised_blocking(), || 1_u8.unmentioned_blocking(), || 1_u8.unmentioned_sent()] {
        let [_, handed_off] = everywhere(call)?;
        assert!(handed_off.is_some_and(|name| name.starts_with("routes")));
    }
    Ok(())
}

/// Async closures, of whose futures nobody can say that they are `Send`.
mod closures {
    use super::*;

    #[sync_bridge(local)]
    pub(crate) trait Each: Sync {
        async fn each<F>(&self, each: F) -> io::Result<Vec<usize>>
        where
            F: AsyncFn(&str) -> usize + Send;

        async fn by_default(&self, mut each: impl AsyncFnMut(&str) -> usize + Send) -> io::Result<usize> {
            Ok(each("default").await)
        }
    }

    pub(crate) struct Words(pub(crate) [String; 2]);

    #[sync_bridge(local)]
    impl Each for Words {
        async fn each<F>(&self, each: F) -> io::Result<Vec<usize>>
        where
            F: AsyncFn(&str) -> usize + Send,
        {
            Ok(vec![each(&self.0[0]).await, each(&self.0[1]).await])
        }
    }

    #[sync_bridge(local)]
    pub(crate) async fn once(call: impl AsyncFnOnce(u8) -> io::Result<ThreadId> + Send) -> io::Result<ThreadId> {
        call(3).await
    }
}

#[test]
fn async_closures_stay_on_one_thread() -> io::Result<()> {
    use closures::{BlockingEach, Words};

    let words = Words(["a".to_owned(), "word".to_owned()]);
    let each = || {
        words.each_blocking(async |word: &str| {
            let length = Rc::new(word.len());
            tokio::task::yield_now().await;
            *length
        })
    };
    assert_eq!(everywhere(each)?, [[1, 4], [1, 4]]);
    let mut seen = String::new();
    let defaulted = words.by_default_blocking(async |word: &str| {
        tokio::task::yield_now().await;
        seen.push_str(word);
        seen.len()
    });
    assert_eq!((defaulted?, seen.as_str()), (7, "default"));
    everywhere(|| {
        closures::once_blocking(async |three| {
            let [built, finished] = stay().await?;
            assert_eq!((built, three), (finished, 3));
            Ok(finished)
        })
    })?;
    Ok(())
}
