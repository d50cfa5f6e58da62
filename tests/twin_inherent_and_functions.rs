//! Twins of inherent methods and of free functions.

#![allow(clippy::manual_async_fn, clippy::needless_lifetimes, clippy::unused_async)]

use std::io;
use std::marker::PhantomData;
use std::sync::Arc;
use sync_bridge::{BridgeError, RuntimeBridge, sync_bridge};

/// Every kind of method that an inherent impl may have.
mod client {
    use super::*;

    #[derive(Clone, Debug)]
    pub(crate) struct Client<'a, T, const N: usize> {
        pub(crate) name: &'a str,
        pub(crate) value: T,
    }

    #[sync_bridge(error = panic)]
    impl<'a, T, const N: usize> Client<'a, T, N>
    where
        T: Clone + Send + Sync + 'a,
    {
        /// Makes one.
        pub(crate) async fn connect(name: &'a str, value: T) -> Self {
            tokio::task::yield_now().await;
            Self { name, value }
        }

        pub(crate) async fn name(&self) -> &'a str {
            self.name
        }

        pub(crate) async fn value(&self) -> &T {
            tokio::task::yield_now().await;
            &self.value
        }

        pub(crate) async fn replace(&mut self, (value, _): (T, u8)) -> T {
            std::mem::replace(&mut self.value, value)
        }

        pub(crate) async fn into_value(self) -> T {
            tokio::task::yield_now().await;
            self.value
        }

        pub(crate) async fn shared(self: Arc<Self>) -> usize {
            tokio::task::yield_now().await;
            Arc::strong_count(&self) + N
        }

        pub(crate) async fn convert<U: Into<T> + Send>(
            &self,
            value: U,
            check: impl Fn(&T) -> bool + Send,
        ) -> Option<T> {
            let value = value.into();
            check(&value).then_some(value)
        }

        pub(crate) fn future(&self, add: usize) -> impl Future<Output = usize> + Send + '_ {
            async move { self.name.len() + add }
        }

        pub(crate) fn length(&self) -> usize {
            self.name.len()
        }

        #[bridge(rename = "wait")]
        pub(crate) async fn tick(&self) -> u8 {
            self.helper().await
        }

        #[bridge(skip)]
        pub(crate) async fn skipped(&self) -> std::rc::Rc<u8> {
            std::rc::Rc::new(1)
        }

        async fn helper(&self) -> u8 {
            7
        }
    }
}

#[test]
fn inherent_method_of_every_kind() {
    let mut client = client::Client::<String, 3>::connect_blocking("name", "one".to_owned());
    assert_eq!((client.name_blocking(), client.value_blocking().as_str(), client.length()), ("name", "one", 4));
    assert_eq!(client.replace_blocking(("two".to_owned(), 0)), "one");
    assert_eq!(client.convert_blocking('c', |value| value == "c"), Some("c".to_owned()));
    assert_eq!((client.future_blocking(1), client.wait()), (5, 7));
    assert_eq!(Arc::new(client.clone()).shared_blocking(), 4);
    assert_eq!(client.into_value_blocking(), "two");
}

/// What a twin would not compile for stands in the private methods.
mod visible {
    use super::*;
    use futures::StreamExt;
    use std::rc::Rc;

    pub(crate) struct Client;

    #[sync_bridge]
    impl Client {
        #[allow(unreachable_pub, reason = "the macro sees `pub`")]
        pub async fn everywhere(&self) -> io::Result<u8> {
            Ok(*self.private().await)
        }

        pub(crate) async fn in_crate(&self) -> io::Result<u8> {
            self.marked().await
        }

        pub(super) async fn in_module(&self) -> io::Result<u8> {
            self.limited().await
        }

        async fn private(&self) -> Rc<u8> {
            Rc::new(1)
        }

        fn by_hand(&self) -> impl Future<Output = Rc<u8>> {
            self.private()
        }

        fn stream() -> std::collections::BTreeMap<u8, futures::stream::BoxStream<'static, u8>> {
            [(0, futures::stream::once(async { 2 }).boxed())].into()
        }

        #[bridge(twin)]
        async fn marked(&self) -> io::Result<u8> {
            let streamed = Self::stream().remove(&0).unwrap().next().await.unwrap_or_default();
            Ok(streamed + *self.by_hand().await)
        }

        // An option that is about a twin asks for one.
        #[bridge(timeout = "1h")]
        async fn limited(&self) -> io::Result<u8> {
            Ok(4)
        }

        async fn counts(&self, #[bridge(iter)] items: impl futures::Stream<Item = u8> + Send) -> io::Result<usize> {
            Ok(items.count().await)
        }
    }

    #[sync_bridge(private)]
    impl Client {
        async fn not_public(&self) -> io::Result<u8> {
            Ok(5)
        }
    }

    pub(crate) fn private_twins() -> io::Result<(u8, u8, usize, u8)> {
        Ok((
            Client.marked_blocking()?,
            Client.limited_blocking()?,
            Client.counts_blocking([0; 3])?,
            Client.not_public_blocking()?,
        ))
    }

    pub(crate) trait HasTwin {
        fn private_blocking(&self) -> &'static str;
    }

    // A method of the type would come before this one.
    impl HasTwin for Client {
        fn private_blocking(&self) -> &'static str {
            "no twin"
        }
    }
}

#[test]
fn private_method_has_a_twin_if_it_is_marked() -> io::Result<()> {
    use visible::{Client, HasTwin};

    assert_eq!((Client.everywhere_blocking()?, Client.in_crate_blocking()?, Client.in_module_blocking()?), (1, 3, 4));
    assert_eq!(visible::private_twins()?, (3, 4, 3, 5));
    assert_eq!(Client.private_blocking(), "no twin");
    Ok(())
}

/// The original may still be awaited, from within a runtime as from a bridged future.
#[test]
fn inherent_original_is_left_as_it_was() -> Result<(), Box<dyn std::error::Error>> {
    let client = client::Client::<u8, 0> { name: "n", value: 1 };
    assert_eq!(RuntimeBridge::global()?.block_on(async { (*client.value().await, *client.skipped().await) })?, (1, 1));
    Ok(())
}

/// A bridge of the client's own, lent or, where the call takes `self` along, cloned.
mod bridged {
    use super::*;

    pub(crate) struct Client {
        pub(crate) bridge: RuntimeBridge,
    }

    #[sync_bridge(bridge = self.bridge)]
    impl Client {
        pub(crate) async fn thread(&self) -> io::Result<Option<String>> {
            tokio::task::yield_now().await;
            Ok(std::thread::current().name().map(str::to_owned))
        }

        pub(crate) async fn take(self) -> io::Result<Option<String>> {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            self.thread().await
        }
    }
}

#[test]
fn inherent_methods_use_the_bridge_of_self() -> io::Result<()> {
    let client = bridged::Client { bridge: RuntimeBridge::with_thread_name("inherent")? };
    let threads = tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
        let first = client.thread_blocking()?;
        io::Result::Ok((first, client.take_blocking()?))
    })?;
    assert!(threads.0.is_some_and(|name| name.starts_with("inherent")));
    assert!(threads.1.is_some_and(|name| name.starts_with("inherent")));
    Ok(())
}

/// A future that is not known to be `Send`, or known not to be.
mod local {
    use super::*;

    pub(crate) trait Source {
        fn next(&self) -> impl Future<Output = u8>;
    }

    impl Source for u8 {
        async fn next(&self) -> u8 {
            let value = std::rc::Rc::new(*self);
            tokio::task::yield_now().await;
            *value
        }
    }

    pub(crate) struct Reader<S>(pub(crate) S);

    #[sync_bridge(error = wrap, local)]
    impl<S: Source + Sync> Reader<S> {
        pub(crate) async fn read(&self) -> u8 {
            self.0.next().await
        }
    }

    #[sync_bridge(error = wrap, local)]
    pub(crate) async fn read(source: &(impl Source + Sync)) -> u8 {
        source.next().await
    }
}

#[test]
fn local_futures_need_not_be_send() -> Result<(), BridgeError> {
    assert_eq!(local::Reader(3_u8).read_blocking()?, 3);
    assert_eq!(local::read_blocking(&4_u8)?, 4);
    Ok(())
}

/// Impls whose header is more than a name.
mod headers {
    use super::*;

    pub(crate) struct Marked<T: ?Sized>(pub(crate) PhantomData<T>);

    #[sync_bridge(error = panic, suffix = "_sync")]
    impl Marked<str> {
        pub(crate) async fn of() -> &'static str {
            "str"
        }
    }

    #[sync_bridge(error = panic, suffix = "_sync")]
    impl Marked<[(u8, &dyn Send); 2]> {
        pub(crate) async fn of() -> &'static str {
            "array"
        }
    }

    pub(crate) trait Named: Sync {
        fn name(&self) -> String;
    }

    impl Named for u8 {
        fn name(&self) -> String {
            "u8".to_owned()
        }
    }

    #[sync_bridge(error = panic)]
    impl dyn Named + '_ {
        pub(crate) async fn length(&self) -> usize {
            tokio::task::yield_now().await;
            self.name().len()
        }
    }

    macro_rules! client {
        ($name:ident, $ty:ty, $method:ident, $field:tt) => {
            pub(crate) struct $name(pub(crate) $ty);

            #[sync_bridge(error = panic)]
            impl $name {
                pub(crate) async fn $method(&self, value: $ty) -> $ty {
                    tokio::task::yield_now().await;
                    self.$field + value
                }
            }

            #[sync_bridge(error = panic)]
            pub(crate) async fn $method(first: $ty, second: $ty) -> $ty {
                first + second
            }
        };
    }

    client!(Made, u8, r#final, 0);
}

#[test]
fn inherent_impl_with_any_header() {
    assert_eq!(headers::Marked::<str>::of_sync(), "str");
    assert_eq!(headers::Marked::<[(u8, &dyn Send); 2]>::of_sync(), "array");
    let named: &dyn headers::Named = &1_u8;
    assert_eq!(named.length_blocking(), 2);
    assert_eq!(headers::Made(1).final_blocking(2), 3);
    assert_eq!(headers::final_blocking(2, 3), 5);
}

/// Free functions of every kind.
mod functions {
    use super::*;

    /// Fetches.
    #[sync_bridge]
    pub(crate) async fn fetch<'a, T, const N: usize>(fetch: &'a [T; N], at: usize) -> io::Result<&'a T>
    where
        T: Sync,
    {
        tokio::task::yield_now().await;
        fetch.get(at).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    #[sync_bridge(error = wrap)]
    pub(crate) fn doubled(value: &u8) -> impl Future<Output = u8> + '_ {
        std::future::ready(2 * *value)
    }

    /// # Safety
    ///
    /// `value` can be read.
    #[sync_bridge(error = panic)]
    #[allow(unsafe_code)]
    pub(crate) async unsafe fn read(value: Address) -> u8 {
        // SAFETY: so says the caller.
        unsafe { *value.0 }
    }

    pub(crate) struct Address(pub(crate) *const u8);
    // SAFETY: it is only an address.
    #[allow(unsafe_code)]
    unsafe impl Send for Address {}

    #[sync_bridge(error = panic)]
    #[bridge(rename = "wait")]
    pub(crate) async fn tick(_: u8, [first, ..]: [u8; 2]) -> u8 {
        first
    }

    #[cfg(any())]
    #[sync_bridge]
    pub(crate) async fn absent(missing: Missing) -> Missing {
        missing
    }
}

#[test]
fn free_function_of_every_kind() -> Result<(), Box<dyn std::error::Error>> {
    assert_eq!(*functions::fetch_blocking(&[1, 2], 1)?, 2);
    assert_eq!(functions::fetch_blocking(&[1, 2], 2).unwrap_err().kind(), io::ErrorKind::NotFound);
    assert_eq!(functions::doubled_blocking(&3)?, 6);
    let value = 8;
    // SAFETY: the value outlives the call.
    #[allow(unsafe_code)]
    let read = unsafe { functions::read_blocking(functions::Address(&raw const value)) };
    assert_eq!(read, 8);
    assert_eq!(functions::wait(0, [9, 0]), 9);
    Ok(())
}

#[test]
fn function_within_a_function() {
    #[sync_bridge(error = panic)]
    async fn inner(value: u8) -> u8 {
        value + 1
    }

    struct Local(u8);

    #[sync_bridge(error = panic)]
    impl Local {
        pub(crate) async fn get(&self) -> u8 {
            inner(self.0).await
        }
    }

    assert_eq!((inner_blocking(1), Local(2).get_blocking()), (2, 3));
}

#[test]
fn panic_of_a_function_reaches_the_caller() {
    #[sync_bridge(error = wrap)]
    async fn fail() -> u8 {
        panic!("in the future")
    }

    assert_eq!(fail_blocking().unwrap_err().panic_message(), Some("in the future"));
}

/// Two twins of one original: one on the process-wide bridge, one on another.
#[test]
fn original_with_two_twins() -> Result<(), Box<dyn std::error::Error>> {
    static NAMED: std::sync::LazyLock<RuntimeBridge> =
        std::sync::LazyLock::new(|| RuntimeBridge::with_thread_name("second").expect("a bridge"));

    #[sync_bridge(error = wrap, suffix = "_here")]
    #[sync_bridge(error = wrap, suffix = "_there", bridge = NAMED)]
    async fn name() -> Option<String> {
        tokio::task::yield_now().await;
        std::thread::current().name().map(str::to_owned)
    }

    struct Client;

    #[sync_bridge(error = panic)]
    #[sync_bridge(error = wrap, suffix = "_wrapped")]
    impl Client {
        #[bridge(skip)]
        pub(crate) async fn skipped(&self) -> std::rc::Rc<u8> {
            std::rc::Rc::new(1)
        }

        pub(crate) async fn get(&self) -> u8 {
            *self.skipped().await + 1
        }
    }

    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let [here, there] = runtime.block_on(async { Ok::<_, BridgeError>([name_here()?, name_there()?]) })?;
    assert!(!here.unwrap_or_default().starts_with("second"));
    assert!(there.is_some_and(|name| name.starts_with("second")));
    assert_eq!((Client.get_blocking(), Client.get_wrapped()?), (2, 2));
    Ok(())
}
