//! What a signature may say: receivers, arguments, generics, lifetimes, outputs.

use std::pin::Pin;
use std::sync::Arc;
use sync_bridge::{BridgeError, sync_bridge};

#[sync_bridge(error = panic)]
trait Receivers: Sized {
    async fn shared(&self) -> u8;
    async fn exclusive(&mut self, by: u8);
    async fn value(self) -> u8;
    async fn none(by: u8) -> Self;
    async fn boxed(self: Box<Self>) -> u8;
    async fn counted(self: Arc<Self>) -> u8;
    async fn pinned(self: Pin<&mut Self>) -> u8;

    async fn shared_default(&self) -> u8 {
        self.shared().await
    }

    async fn exclusive_default(&mut self) {
        self.exclusive(1).await;
    }

    async fn value_default(mut self) -> u8 {
        self.exclusive(2).await;
        self.value().await
    }

    async fn none_default() -> Self {
        Self::none(3).await
    }

    async fn counted_default(self: Arc<Self>) -> u8 {
        self.counted().await
    }
}

#[derive(Debug, PartialEq)]
struct Count(u8);

#[sync_bridge(error = panic)]
impl Receivers for Count {
    async fn shared(&self) -> u8 {
        tokio::task::yield_now().await;
        self.0
    }

    async fn exclusive(&mut self, by: u8) {
        self.0 += by;
    }

    async fn value(self) -> u8 {
        self.0
    }

    async fn none(by: u8) -> Self {
        Self(by)
    }

    async fn boxed(self: Box<Self>) -> u8 {
        self.0
    }

    async fn counted(self: Arc<Self>) -> u8 {
        self.0
    }

    async fn pinned(mut self: Pin<&mut Self>) -> u8 {
        self.0 += 1;
        self.0
    }
}

#[test]
fn every_receiver() {
    let mut count = Count(1);
    assert_eq!(count.shared_blocking(), 1);
    count.exclusive_blocking(4);
    assert_eq!(Pin::new(&mut count).pinned_blocking(), 6);
    assert_eq!(count.value_blocking(), 6);
    assert_eq!(Count::none_blocking(7), Count(7));
    assert_eq!(Box::new(Count(8)).boxed_blocking(), 8);
    assert_eq!(Arc::new(Count(9)).counted_blocking(), 9);
}

#[test]
fn every_receiver_of_a_default() {
    let mut count = Count(1);
    count.exclusive_default_blocking();
    assert_eq!(count.shared_default_blocking(), 2);
    assert_eq!(count.value_default_blocking(), 4);
    assert_eq!(Count::none_default_blocking(), Count(3));
    assert_eq!(Arc::new(Count(5)).counted_default_blocking(), 5);
}

#[sync_bridge(error = panic)]
trait Arguments {
    async fn patterns(&self, a: u8, _: u8, pair: (u8, u8), bridge: u8, r#type: u8) -> u64;
    async fn numbered(&self, arg1: u8, _: u8, arg2_: u8, _: (u8, u8)) -> [u8; 3];
    async fn written_back(&self, target: &mut Vec<u8>);
    async fn closure(&self, map: &(dyn Fn(&str) -> usize + Sync), text: &str) -> usize;
    async fn opaque(&self, text: impl AsRef<str> + Send) -> usize;
    async fn borrowed_elsewhere(text: &str) -> &str;

    async fn borrowed_elsewhere_default(text: &str) -> &str {
        &text[1..]
    }

    async fn several(&self, one: &str, other: &str) -> usize {
        one.len() + other.len()
    }
}

#[sync_bridge(error = panic)]
impl Arguments for () {
    async fn patterns(&self, mut a: u8, _: u8, (one, other): (u8, u8), bridge: u8, r#type: u8) -> u64 {
        a += 1;
        [a, one, other, bridge, r#type].into_iter().map(u64::from).sum()
    }

    async fn numbered(&self, arg1: u8, _: u8, arg2_: u8, (arg2, _): (u8, u8)) -> [u8; 3] {
        [arg1, arg2_, arg2]
    }

    async fn written_back(&self, target: &mut Vec<u8>) {
        tokio::task::yield_now().await;
        target.push(7);
    }

    async fn closure(&self, map: &(dyn Fn(&str) -> usize + Sync), text: &str) -> usize {
        map(text)
    }

    async fn opaque(&self, text: impl AsRef<str> + Send) -> usize {
        text.as_ref().len()
    }

    async fn borrowed_elsewhere(text: &str) -> &str {
        &text[1..]
    }
}

#[test]
fn every_argument() {
    assert_eq!(().patterns_blocking(1, 2, (3, 4), 5, 6), 20);
    assert_eq!(().numbered_blocking(1, 2, 3, (4, 5)), [1, 3, 4]);
    let mut target = Vec::new();
    ().written_back_blocking(&mut target);
    assert_eq!(target, [7]);
    assert_eq!(().closure_blocking(&str::len, "four"), 4);
    assert_eq!(().opaque_blocking("three"), 5);
    assert_eq!(<()>::borrowed_elsewhere_blocking("abc"), "bc");
    assert_eq!(<()>::borrowed_elsewhere_default_blocking("abc"), "bc");
    assert_eq!(().several_blocking("ab", "c"), 3);
}

#[sync_bridge(error = panic)]
trait Generic<'t, K, const N: usize = 2>
where
    K: Clone + Send + Sync,
{
    async fn types<T: Default + Send, U>(&self, extra: U) -> (T, U, [K; N])
    where
        U: Send;

    async fn lifetimes<'a, 'b: 'a>(&self, one: &'a str, other: &'b str) -> (&'a str, &'b str);

    async fn of_the_trait(&self, text: &'t str) -> &'t str {
        text
    }

    async fn default_of_types<T: Default + Send, const M: usize>(&self, key: K) -> ([T; M], K)
    where
        [T; M]: Default,
    {
        (Default::default(), key)
    }
}

struct Holds<K>(K);

#[sync_bridge(error = panic)]
impl<K, const N: usize> Generic<'_, K, N> for Holds<K>
where
    K: Clone + Send + Sync,
{
    async fn types<T: Default + Send, U>(&self, extra: U) -> (T, U, [K; N])
    where
        U: Send,
    {
        (T::default(), extra, std::array::from_fn(|_| self.0.clone()))
    }

    async fn lifetimes<'a, 'b: 'a>(&self, one: &'a str, other: &'b str) -> (&'a str, &'b str) {
        (one, other)
    }
}

#[test]
fn generics_of_trait_and_method() {
    let holds = Holds(1_u8);
    let store: &dyn Fn() -> (String, bool, [u8; 3]) = &|| holds.types_blocking(true);
    assert_eq!(store(), (String::new(), true, [1, 1, 1]));
    let answer = BlockingGeneric::<u8>::default_of_types_blocking::<u16, 2>(&holds, 5);
    assert_eq!(answer, ([0, 0], 5));
    assert_eq!(BlockingGeneric::<u8>::lifetimes_blocking(&holds, "a", "b"), ("a", "b"));
    assert_eq!(BlockingGeneric::<u8, 9>::of_the_trait_blocking(&holds, "t"), "t");
}

#[sync_bridge(error = wrap)]
trait Outputs {
    async fn unit(&self);
    async fn borrowed(&self) -> &str;
    async fn optional(&self) -> Option<&u8>;
    async fn iterator(&self) -> impl Iterator<Item = u8> + Send;
}

#[sync_bridge(error = wrap)]
impl Outputs for String {
    async fn unit(&self) {}

    async fn borrowed(&self) -> &str {
        self
    }

    async fn optional(&self) -> Option<&u8> {
        self.as_bytes().first()
    }

    async fn iterator(&self) -> impl Iterator<Item = u8> + Send {
        self.clone().into_bytes().into_iter()
    }
}

#[test]
fn every_output() -> Result<(), BridgeError> {
    let text = String::from("ab");
    text.unit_blocking()?;
    assert_eq!(text.borrowed_blocking()?, "ab");
    assert_eq!(text.optional_blocking()?, Some(&b'a'));
    assert!(text.iterator_blocking()?.eq([b'a', b'b']));
    Ok(())
}

#[sync_bridge(error = panic)]
trait Never {
    async fn never(&self) -> !;
}

#[sync_bridge(error = panic)]
impl Never for () {
    async fn never(&self) -> ! {
        panic!("never")
    }
}

#[test]
#[should_panic = "never"]
fn output_that_never_comes() {
    ().never_blocking();
}

#[sync_bridge(error = panic)]
#[allow(unsafe_code)]
trait Unsafe {
    /// # Safety
    ///
    /// None is needed.
    async unsafe fn get(&self) -> u8;
}

#[sync_bridge(error = panic)]
impl Unsafe for u8 {
    #[allow(unsafe_code)]
    async unsafe fn get(&self) -> u8 {
        *self
    }
}

#[test]
#[allow(unsafe_code)]
fn unsafe_method_stays_unsafe() {
    // SAFETY: the method asks for nothing.
    assert_eq!(unsafe { 3_u8.get_blocking() }, 3);
}

/// Each trait says of its implementors what its receivers need, and no more: a type without the other is accepted.
mod receivers_and_threads {
    use super::*;
    use std::cell::Cell;
    use std::marker::PhantomData;

    #[sync_bridge(error = panic)]
    trait Shares {
        async fn pinned(self: Pin<&Self>) -> u8 {
            1
        }

        async fn pinned_box(self: &Pin<Box<Self>>) -> u8 {
            3
        }
    }

    #[sync_bridge(error = panic)]
    trait Moves {
        async fn pinned(self: Pin<Box<Self>>) -> u8 {
            4
        }

        async fn boxed(self: &mut Box<Self>) -> u8 {
            5
        }
    }

    #[sync_bridge(error = panic)]
    trait Counts {
        async fn lent(self: &Arc<Self>) -> u8 {
            6
        }
    }

    #[sync_bridge(error = panic)]
    trait CountsPinned {
        async fn pinned(self: Pin<Arc<Self>>) -> u8 {
            7
        }
    }

    /// `Sync`, but not `Send`.
    struct OnlySync(PhantomData<std::sync::MutexGuard<'static, u8>>);

    /// `Send`, but not `Sync`.
    struct OnlySend(Cell<u8>);

    struct Both;

    #[sync_bridge(error = panic)]
    impl Shares for OnlySync {}

    #[sync_bridge(error = panic)]
    impl Moves for OnlySend {}

    #[sync_bridge(error = panic)]
    impl Counts for Both {}

    #[sync_bridge(error = panic)]
    impl CountsPinned for Both {}

    #[test]
    fn defaults_of_every_receiver() {
        let only_sync = || OnlySync(PhantomData);
        assert_eq!(Pin::new(&only_sync()).pinned_blocking(), 1);
        assert_eq!(Box::pin(only_sync()).pinned_box_blocking(), 3);
        let mut only_send = Box::new(OnlySend(Cell::new(0)));
        assert_eq!(only_send.boxed_blocking(), 5);
        only_send.0.set(1);
        assert_eq!(Box::into_pin(only_send).pinned_blocking(), 4);
        assert_eq!(Arc::new(Both).lent_blocking(), 6);
        assert_eq!(Arc::pin(Both).pinned_blocking(), 7);
    }
}
