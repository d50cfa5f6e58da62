//! What a trait and its impls may hold beside methods, and what they say about each.

use std::fmt::{Debug, Display};
use sync_bridge::{BridgeError, RuntimeBridge, sync_bridge};

/// Associated types and constants.
mod associated {
    use super::*;

    #[sync_bridge]
    pub(crate) trait Store: Debug + Send + Sync + 'static {
        const LIMIT: usize;
        type Error: From<BridgeError> + Display + Send;
        type Row<'a>: AsRef<str> + Send
        where
            Self: 'a;

        async fn get(&self, key: &str) -> Result<Self::Row<'_>, Self::Error>;

        async fn qualified(&self) -> Result<usize, <Self as Store>::Error> {
            Ok(Self::LIMIT)
        }

        async fn default(&self, key: &str) -> Result<usize, Self::Error> {
            Ok(self.get(key).await?.as_ref().len().min(Self::LIMIT))
        }
    }

    #[derive(Debug)]
    pub(crate) struct Prefix(pub(crate) String);

    #[sync_bridge]
    impl Store for Prefix {
        const LIMIT: usize = 3;
        type Error = std::io::Error;
        type Row<'a> = std::borrow::Cow<'a, str>;

        async fn get(&self, key: &str) -> Result<Self::Row<'_>, Self::Error> {
            Ok(format!("{}{key}", self.0).into())
        }
    }
}

#[test]
fn associated_items_are_those_of_the_async_trait() {
    use associated::{BlockingStore, Prefix};

    fn length<T: BlockingStore>(store: &T, key: &str) -> Result<usize, String> {
        let long = store.default_blocking(key).map_err(|error| error.to_string())?;
        let row = store.get_blocking(key).map_err(|error| error.to_string())?;
        assert_eq!(store.qualified_blocking().map_err(|error| error.to_string())?, T::LIMIT);
        Ok(long + row.as_ref().len())
    }

    let prefix = Prefix("ab".to_owned());
    assert_eq!(length(&prefix, "cd"), Ok(3 + 4));
}

/// An associated type may be named in a trait object of the twin.
mod object {
    use super::*;

    #[sync_bridge]
    pub(crate) trait Source {
        type Error: From<BridgeError> + Send;

        async fn next(&mut self) -> Result<u8, Self::Error>;

        async fn skip(&mut self) -> Result<(), Self::Error> {
            self.next().await.map(drop)
        }
    }

    #[sync_bridge]
    impl Source for u8 {
        type Error = std::io::Error;

        async fn next(&mut self) -> Result<u8, Self::Error> {
            *self += 1;
            Ok(*self)
        }
    }
}

#[test]
fn object_of_a_twin_with_an_associated_type() -> std::io::Result<()> {
    let source: &mut dyn object::BlockingSource<Error = std::io::Error> = &mut 1_u8;
    source.skip_blocking()?;
    assert_eq!(source.next_blocking()?, 3);
    Ok(())
}

/// Which methods have a twin, and under which name.
mod selected {
    use super::*;

    #[sync_bridge(error = panic)]
    pub(crate) trait AsyncStore {
        #[bridge(rename = "fetch")]
        async fn get(&self) -> u8;

        #[bridge(skip)]
        async fn skipped(&self) -> Option<u8> {
            None
        }

        #[bridge(rename = "fetch_twice")]
        async fn get_twice(&self) -> u8 {
            2 * self.get().await
        }

        async fn r#match(&self) -> u8;

        #[cfg(any())]
        async fn absent(&self) -> Missing;

        #[cfg(not(any()))]
        async fn present(&self) -> u8 {
            4
        }

        fn name(&self) -> &'static str {
            "synchronous"
        }
    }

    #[sync_bridge(error = panic)]
    impl AsyncStore for () {
        #[bridge(rename = "fetch")]
        async fn get(&self) -> u8 {
            1
        }

        async fn r#match(&self) -> u8 {
            3
        }

        #[cfg(any())]
        async fn absent(&self) -> Missing {
            Missing
        }
    }
}

#[test]
fn methods_skipped_renamed_and_configured() {
    use selected::{AsyncStore, BlockingStore};
    assert_eq!(().fetch(), 1);
    assert_eq!(().fetch_twice(), 2);
    assert_eq!(().match_blocking(), 3);
    assert_eq!(().present_blocking(), 4);
    assert_eq!(().name(), "synchronous");
    let skipped = RuntimeBridge::global().unwrap().block_on_with(|| ().skipped());
    assert_eq!(skipped.unwrap(), None);
}

/// A signature that needs an associated type of a supertrait.
mod supertrait {
    use super::*;

    pub(crate) trait Types {
        type Key: Send + Sync;
    }

    #[sync_bridge(error = panic)]
    pub(crate) trait Index: Types + Sync {
        async fn find(&self, key: Self::Key) -> Self::Key;

        async fn same(&self, key: <Self as Types>::Key) -> Self::Key {
            self.find(key).await
        }
    }

    impl Types for () {
        type Key = u8;
    }

    #[sync_bridge(error = panic)]
    impl Index for () {
        async fn find(&self, key: u8) -> u8 {
            key
        }
    }
}

#[test]
fn supertrait_is_kept_where_a_signature_needs_it() {
    use supertrait::{BlockingIndex, Types};

    fn find<T: BlockingIndex>(index: &T, key: T::Key) -> <T as Types>::Key {
        index.same_blocking(key)
    }

    assert_eq!(find(&(), 3), 3);
    assert_eq!(().find_blocking(4), 4);
}

/// An impl that leaves every method out, for several types.
mod empty {
    use super::*;

    #[sync_bridge(error = wrap)]
    pub(crate) trait Ping {
        async fn ping(&self) -> u8 {
            1
        }
    }

    #[sync_bridge(error = wrap)]
    impl Ping for u8 {}

    #[sync_bridge(error = wrap)]
    impl<T: Sync> Ping for Vec<T> {}

    #[sync_bridge(error = wrap)]
    impl Ping for str {}
}

#[test]
fn impl_without_methods() -> Result<(), BridgeError> {
    use empty::BlockingPing;
    let all: [&dyn BlockingPing; 2] = [&1_u8, &vec![()]];
    for one in all {
        assert_eq!(one.ping_blocking()?, 1);
    }
    assert_eq!("".ping_blocking()?, 1);
    Ok(())
}

/// A twin without defaults and associated items is a trait like any other.
mod by_hand {
    use super::*;

    #[sync_bridge(error = panic)]
    pub(crate) trait Clock {
        async fn now(&self) -> u64;
    }

    pub(crate) struct Fixed;

    impl BlockingClock for Fixed {
        fn now_blocking(&self) -> u64 {
            7
        }
    }
}

#[test]
fn twin_implemented_by_hand() {
    use by_hand::BlockingClock;
    let clock: &dyn BlockingClock = &by_hand::Fixed;
    assert_eq!(clock.now_blocking(), 7);
}

/// The twin of a trait in another module is found beside the trait.
#[sync_bridge(error = panic)]
impl by_hand::Clock for u64 {
    async fn now(&self) -> u64 {
        *self
    }
}

#[test]
fn twin_in_the_module_of_the_trait() {
    assert_eq!(by_hand::BlockingClock::now_blocking(&5_u64), 5);
}

/// The trait and its impls agree about the suffix, which may be empty.
mod suffixed {
    use super::*;

    #[sync_bridge(error = panic, suffix = "")]
    pub(crate) trait Store {
        async fn get(&self) -> u8;

        async fn twice(&self) -> u8 {
            2 * self.get().await
        }
    }

    #[sync_bridge(error = panic, suffix = "")]
    impl Store for u8 {
        async fn get(&self) -> u8 {
            *self
        }
    }

    pub(crate) trait ByHand {
        fn get_now(&self) -> u8;
    }

    #[sync_bridge(error = panic, twin_trait = ByHand, suffix = "_now")]
    impl Store for u16 {
        async fn get(&self) -> u8 {
            9
        }
    }
}

#[test]
fn suffix_of_the_names() {
    use suffixed::{BlockingStore, ByHand};

    assert_eq!((4_u8.get(), 4_u8.twice(), 4_u16.get_now()), (4, 8, 9));
}

/// The twin has a name of its own, which each impl says.
mod named {
    use super::*;

    pub(crate) mod api {
        use super::*;

        #[sync_bridge(error = panic, twin = Clock)]
        pub(crate) trait AsyncClock<T: Send + 'static> {
            type Tick: Send;

            async fn tick(&self, value: T) -> Self::Tick;

            async fn two(&self, first: T, second: T) -> (Self::Tick, Self::Tick) {
                (self.tick(first).await, self.tick(second).await)
            }
        }
    }

    pub(crate) struct Owner(pub(crate) RuntimeBridge);

    #[sync_bridge(error = panic, twin_trait = api::Clock<T>, generated, bridge = self.0)]
    impl<T: Send + 'static> api::AsyncClock<T> for Owner {
        type Tick = (T, Option<String>);

        async fn tick(&self, value: T) -> Self::Tick {
            tokio::task::yield_now().await;
            (value, std::thread::current().name().map(str::to_owned))
        }
    }
}

#[test]
fn twin_of_a_chosen_name() -> std::io::Result<()> {
    use named::api::Clock;

    let owner = named::Owner(RuntimeBridge::with_thread_name("named")?);
    let (first, second) = tokio::runtime::Builder::new_current_thread()
        .build()?
        .block_on(async { (owner.tick_blocking(1), Clock::<u8>::two_blocking(&owner, 2, 3)) });
    let names = [first.1, second.0.1, second.1.1];
    assert_eq!([first.0, i32::from(second.0.0), i32::from(second.1.0)], [1, 2, 3]);
    assert!(names.iter().flatten().any(|name| name.starts_with("named")), "{names:?}");
    Ok(())
}

/// Impls whose async methods are all of the trait, or none of the twin.
mod without_async {
    use super::*;

    #[sync_bridge(error = panic)]
    pub(crate) trait Named {
        fn name(&self) -> String;

        async fn greeting(&self) -> String {
            tokio::task::yield_now().await;
            let thread = std::thread::current();
            format!("{}{} on {}", self.name(), self.skipped().await, thread.name().unwrap_or_default())
        }

        #[bridge(skip)]
        async fn skipped(&self) -> u8 {
            7
        }
    }

    #[sync_bridge(error = panic)]
    impl Named for u8 {
        fn name(&self) -> String {
            self.to_string()
        }

        #[bridge(skip)]
        async fn skipped(&self) -> u8 {
            *self
        }
    }

    #[sync_bridge(error = panic, bridge = self.0)]
    impl Named for Owner {
        fn name(&self) -> String {
            "owner".to_owned()
        }
    }

    pub(crate) struct Owner(pub(crate) RuntimeBridge);

    /// It has the name of a trait that is polled.
    #[sync_bridge(error = panic)]
    pub(crate) trait Stream {
        fn width(&self) -> u8;

        async fn twice(&self) -> u8 {
            2 * self.width()
        }
    }

    #[sync_bridge(error = panic)]
    impl Stream for u8 {
        fn width(&self) -> u8 {
            *self
        }
    }

    /// The twin is there already, and has a default for all of it.
    pub(crate) trait Existing {
        fn greeting(&self) -> String {
            "existing".to_owned()
        }
    }

    #[sync_bridge(twin_trait = Existing)]
    impl Named for char {
        #[bridge(skip)]
        fn name(&self) -> String {
            self.to_string()
        }
    }

    #[sync_bridge(twin_trait = Existing)]
    impl Named for () {
        #[bridge(skip)]
        fn name(&self) -> String {
            String::new()
        }

        #[bridge(skip)]
        async fn greeting(&self) -> String {
            self.name()
        }
    }
}

#[test]
fn impl_without_an_async_method() -> std::io::Result<()> {
    use without_async::{BlockingNamed, BlockingStream, Existing, Owner};

    assert_eq!(7.twice_blocking(), 14);
    assert!(7.greeting_blocking().starts_with("77 on "));
    let owner = Owner(RuntimeBridge::with_thread_name("of-sync")?);
    // A thread that drives a runtime hands the call to the bridge.
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let greeting = runtime.block_on(async { owner.greeting_blocking() });
    assert!(greeting.starts_with("owner7 on of-sync"), "{greeting}");
    assert_eq!((Existing::greeting(&'c'), Existing::greeting(&())), ("existing".to_owned(), "existing".to_owned()));
    Ok(())
}
