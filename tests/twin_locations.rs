//! Where a slow call of a twin is said to be made: at the line of whoever calls the twin, in each form.

#![allow(clippy::manual_async_fn, clippy::unused_self)]

use futures::stream::BoxStream;
use std::cell::Cell;
use std::future::Future;
use std::io;
use std::panic::Location;
use std::sync::LazyLock;
use std::time::Duration;
use sync_bridge::{BridgeError, RuntimeBridge, sync_bridge};
use tokio::task::yield_now;

thread_local! {
    /// Where the last slow call of this thread was made.
    static SEEN: Cell<Option<&'static Location<'static>>> = const { Cell::new(None) };
}

/// A bridge for which every call that waits is slow. The thread that waits reports.
static BRIDGE: LazyLock<RuntimeBridge> = LazyLock::new(|| {
    let builder = RuntimeBridge::builder().on_slow_call(Duration::ZERO, |call| SEEN.set(Some(call.location())));
    builder.build().unwrap()
});

/// Asserts that the call that made the argument is reported, as made on the line of this very call.
#[track_caller]
fn located<T>(of_call: T) -> T {
    let here = Location::caller();
    let seen = SEEN.take().unwrap();
    assert_eq!((seen.file(), seen.line()), (here.file(), here.line()));
    of_call
}

type Answer = io::Result<u8>;

fn into_io(error: BridgeError) -> io::Error {
    error.into()
}

async fn waits() -> Answer {
    yield_now().await;
    Ok(1)
}

pub(crate) struct Value;

mod as_trait {
    use super::*;

    #[sync_bridge]
    pub(crate) trait Api {
        async fn required(&self) -> Answer;
        async fn overridden(&self) -> Answer {
            waits().await
        }
        async fn default(&self) -> Answer {
            waits().await
        }
        async fn default_taken(&mut self) -> Answer {
            waits().await
        }
        async fn without() -> Answer;
        #[track_caller]
        fn tracked(&self) -> impl Future<Output = Answer> + Send;
        #[track_caller]
        #[bridge(passthrough)]
        fn place(&self) -> u32;
    }

    #[sync_bridge(bridge = &*BRIDGE)]
    impl Api for Value {
        async fn required(&self) -> Answer {
            waits().await
        }
        async fn overridden(&self) -> Answer {
            waits().await
        }
        async fn without() -> Answer {
            waits().await
        }
        #[track_caller]
        fn tracked(&self) -> impl Future<Output = Answer> + Send {
            waits()
        }
        #[track_caller]
        #[bridge(passthrough)]
        fn place(&self) -> u32 {
            Location::caller().line()
        }
    }

    #[test]
    fn concrete() -> io::Result<()> {
        located(Value.required_blocking()?);
        located(Value.overridden_blocking()?);
        located(Value.default_blocking()?);
        located(Value.default_taken_blocking()?);
        located(Value::without_blocking()?);
        located(Value.tracked_blocking()?);
        assert_eq!((BlockingApi::place(&Value), line!()), (line!(), line!()));
        Ok(())
    }

    fn in_generic_code<T: BlockingApi>(value: &mut T) -> io::Result<()> {
        located(value.required_blocking()?);
        located(value.default_taken_blocking()?);
        located(T::without_blocking()?);
        Ok(())
    }

    #[test]
    fn generic() -> io::Result<()> {
        in_generic_code(&mut Value)
    }
}

mod as_async_trait {
    use super::*;

    #[sync_bridge]
    #[async_trait::async_trait]
    pub(crate) trait Api: Send + Sync {
        async fn required(&self) -> Answer;
        async fn default(&self) -> Answer {
            waits().await
        }
    }

    #[async_trait::async_trait]
    #[sync_bridge(bridge = &*BRIDGE)]
    impl Api for Value {
        async fn required(&self) -> Answer {
            waits().await
        }
    }

    #[test]
    fn concrete() -> io::Result<()> {
        located(Value.required_blocking()?);
        located(Value.default_blocking()?);
        Ok(())
    }

    #[test]
    fn dynamic() -> io::Result<()> {
        let value: &dyn BlockingApi = &Value;
        located(value.required_blocking()?);
        located(value.default_blocking()?);
        Ok(())
    }
}

mod as_existing_twin {
    use super::*;

    pub(crate) trait Existing {
        fn get(&self) -> Answer;
    }

    pub(crate) trait Api {
        async fn get(&self) -> Answer;
    }

    #[sync_bridge(twin_trait = Existing, bridge = &*BRIDGE)]
    impl Api for Value {
        async fn get(&self) -> Answer {
            waits().await
        }
    }

    #[test]
    fn concrete() -> io::Result<()> {
        located(Existing::get(&Value)?);
        Ok(())
    }
}

mod as_blanket {
    use super::*;

    #[sync_bridge(blanket, bridge = &*BRIDGE)]
    pub(crate) trait Api {
        async fn native(&self) -> Answer;
        async fn default(&self) -> Answer {
            waits().await
        }
        fn written(&self) -> impl Future<Output = Answer> + Send;
    }

    impl Api for Value {
        async fn native(&self) -> Answer {
            waits().await
        }
        fn written(&self) -> impl Future<Output = Answer> + Send {
            waits()
        }
    }

    #[test]
    fn concrete() -> io::Result<()> {
        located(Value.native_blocking()?);
        located(Value.default_blocking()?);
        located(Value.written_blocking()?);
        Ok(())
    }
}

mod as_mirror {
    use super::*;

    #[async_trait::async_trait]
    pub(crate) trait Api {
        async fn get(&self) -> Answer;
    }

    #[async_trait::async_trait]
    impl Api for Value {
        async fn get(&self) -> Answer {
            waits().await
        }
    }

    #[sync_bridge(remote = Api, bridge = &*BRIDGE)]
    pub(crate) trait Mirror {
        async fn get(&self) -> Answer;
    }

    #[test]
    fn concrete() -> io::Result<()> {
        located(Value.get_blocking()?);
        Ok(())
    }
}

mod inherent {
    use super::*;

    #[sync_bridge(bridge = &*BRIDGE)]
    impl Value {
        pub(crate) async fn get(&self) -> Answer {
            waits().await
        }
        #[track_caller]
        pub(crate) fn tracked(&self) -> impl Future<Output = Answer> + Send + use<> {
            waits()
        }
        pub(crate) async fn associated() -> Answer {
            waits().await
        }
        #[bridge(timeout = "1h")]
        pub(crate) async fn limited(&self) -> Answer {
            waits().await
        }
        #[bridge(error = wrap)]
        pub(crate) async fn wrapped(&self) -> u8 {
            yield_now().await;
            1
        }
        #[bridge(error = panic)]
        pub(crate) async fn resumed(&self) -> u8 {
            yield_now().await;
            1
        }
        #[bridge(error = into_io)]
        pub(crate) async fn mapped(&self) -> Answer {
            waits().await
        }
        pub(crate) async fn stream(&self) -> io::Result<BoxStream<'_, Answer>> {
            yield_now().await;
            Ok(Box::pin(futures::stream::once(waits())))
        }
        #[bridge(collect = io::Result<Vec<u8>>)]
        pub(crate) fn collected(&self) -> BoxStream<'_, Answer> {
            Box::pin(futures::stream::once(waits()))
        }
        #[bridge(task)]
        pub(crate) async fn task(&self) -> io::Result<tokio::task::JoinHandle<u8>> {
            yield_now().await;
            Ok(tokio::spawn(async { 1 }))
        }
        pub(crate) async fn takes(&self, #[bridge(iter)] bytes: BoxStream<'static, u8>) -> Answer {
            use futures::StreamExt;
            yield_now().await;
            Ok(bytes.fold(0, async |sum, byte| sum + byte).await)
        }
    }

    #[test]
    fn inherent() -> Result<(), Box<dyn std::error::Error>> {
        located(Value.get_blocking()?);
        located(Value.tracked_blocking()?);
        located(Value::associated_blocking()?);
        located(Value.limited_blocking()?);
        located(Value.wrapped_blocking()?);
        located(Value.resumed_blocking());
        located(Value.mapped_blocking()?);
        let mut items = located(Value.stream_blocking()?);
        located(items.next().unwrap()?);
        located(Value.collected_blocking()?);
        assert_eq!(located(Value.task_blocking()?).wait()?, 1);
        located(Value.takes_blocking(Box::new([1, 2].into_iter()))?);
        Ok(())
    }

    #[sync_bridge(bridge = &*BRIDGE)]
    async fn fetch() -> Answer {
        waits().await
    }

    #[sync_bridge(bridge = &*BRIDGE)]
    #[track_caller]
    fn tracked() -> impl Future<Output = Answer> + Send {
        waits()
    }

    /// A foreign ABI cannot pass the line of its caller on, and is no obstacle.
    #[sync_bridge(bridge = &*BRIDGE)]
    #[allow(improper_ctypes_definitions)]
    async extern "C" fn foreign() -> Answer {
        waits().await
    }

    #[test]
    fn functions() -> io::Result<()> {
        located(fetch_blocking()?);
        located(tracked_blocking()?);
        assert_eq!(foreign_blocking()?, 1);
        SEEN.take().unwrap();
        Ok(())
    }
}
