//! What the methods and the impls of twin types call.

use super::BridgeRef;
use crate::call::inside::run_around;
use crate::twin_type::TwinValue;
use crate::{CallOptions, RuntimeBridge, TwinType};
use futures_core::Stream;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The bridge of a twin.
#[must_use]
pub fn bridge_of<T: TwinType>(twin: &T) -> BridgeRef<'_> {
    twin.__value().own_bridge().map_or(BridgeRef::Global, BridgeRef::Borrowed)
}

/// The bridge of a twin, for a receiver that may be a pointer to one.
pub trait TwinBridge: TwinType {
    /// The bridge.
    fn __twin_bridge(&self) -> BridgeRef<'_> {
        bridge_of(self)
    }
}

impl<T: TwinType> TwinBridge for T {}

/// The bridge of a twin, and its value.
#[must_use]
pub fn parts<T: TwinType>(twin: &T) -> (BridgeRef<'_>, &T::Async) {
    (bridge_of(twin), twin.as_async())
}

/// The bridge of a twin, and its value: to be used at the same time.
#[must_use]
pub fn parts_mut<T: TwinType>(twin: &mut T) -> (BridgeRef<'_>, &mut T::Async) {
    let (bridge, value) = twin.__value_mut().parts_mut();
    (bridge.map_or(BridgeRef::Global, BridgeRef::Borrowed), value)
}

/// The bridge of a twin, and its value.
#[must_use]
pub fn into_parts<T: TwinType>(twin: T) -> (BridgeRef<'static>, T::Async) {
    let (bridge, value) = twin.__into_value().into_parts();
    (bridge.map_or(BridgeRef::Global, BridgeRef::Owned), value)
}

/// What knows the bridge of the values that come from a call.
pub trait HasBridge {
    /// The bridge. `None` is the process-wide one.
    fn own_bridge(&self) -> Option<RuntimeBridge>;
}

impl OwnBridge {
    /// The same bridge, for a call.
    #[must_use]
    pub fn bridge_ref(&self) -> BridgeRef<'_> {
        self.0.as_ref().map_or(BridgeRef::Global, BridgeRef::Borrowed)
    }
}

impl HasBridge for BridgeRef<'_> {
    fn own_bridge(&self) -> Option<RuntimeBridge> {
        match self {
            Self::Global => None,
            Self::Borrowed(bridge) => Some((*bridge).clone()),
            Self::Owned(bridge) => Some(bridge.clone()),
        }
    }
}

impl HasBridge for CallOptions<'_> {
    fn own_bridge(&self) -> Option<RuntimeBridge> {
        Some(self.bridge.clone())
    }
}

/// The values that a twin `T` is made from.
#[diagnostic::on_unimplemented(
    message = "the method returns `{Self}`, which is not the async type of `{T}` [SB036]",
    label = "the signature names another twin type here",
    note = "write the twin type of what the method returns; a type is in `twins(…)` only if it is a twin type"
)]
pub trait AsyncOf<T: TwinType> {
    /// The value as the twin holds it.
    fn hold(self) -> T::Async;
}

#[diagnostic::do_not_recommend]
impl<A, T: TwinType<__Source = A>> AsyncOf<T> for A {
    fn hold(self) -> T::Async {
        T::__hold(self)
    }
}

/// The twin of a value, on the bridge of the call that has returned it.
pub fn twin<T: TwinType, A: AsyncOf<T>>(call: &impl HasBridge, value: A) -> T {
    T::__from_value(TwinValue::new(call.own_bridge(), value.hold()))
}

/// The twin of a value of the async type itself.
pub fn twin_of_async<T: TwinType>(call: &impl HasBridge, value: T::Async) -> T {
    T::__from_value(TwinValue::new(call.own_bridge(), value))
}

/// Runs a synchronous method on the calling thread, inside the bridge as far as there is one. A bridge that cannot be
/// started, that has ended, or that is of another process, has no runtime to enter: the method then runs without.
#[inline]
#[track_caller]
pub fn around<T>(bridge: &BridgeRef<'_>, method: impl FnOnce() -> T) -> T {
    match bridge.bridge() {
        Ok(bridge) => run_around(bridge.shared(), method),
        Err(_) => method(),
    }
}

/// A stream whose items are made of those of another one.
#[derive(Debug)]
pub struct MapItems<S, F> {
    stream: S,
    map: F,
}

/// The stream of what `map` makes of the items.
pub fn map_items<S: Stream, F: FnMut(S::Item) -> T, T>(stream: S, map: F) -> MapItems<Pin<Box<S>>, F> {
    MapItems { stream: Box::pin(stream), map }
}

impl<S: Stream + Unpin, F: FnMut(S::Item) -> T + Unpin, T> Stream for MapItems<S, F> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let this = &mut *self;
        Pin::new(&mut this.stream).poll_next(cx).map(|item| item.map(&mut this.map))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.size_hint()
    }
}

/// The same `Result`, with the error of a signature that is not that of the async method.
pub fn convert_error<T, E, F: From<E>>(result: Result<T, E>) -> Result<T, F> {
    result.map_err(F::from)
}

/// The bridge of the values that a stream of a call yields.
#[derive(Debug)]
pub struct OwnBridge(Option<RuntimeBridge>);

impl HasBridge for OwnBridge {
    fn own_bridge(&self) -> Option<RuntimeBridge> {
        self.0.clone()
    }
}

/// Returns the bridge of a call, for what outlives the call.
pub fn own_bridge(call: &impl HasBridge) -> OwnBridge {
    OwnBridge(call.own_bridge())
}

/// A clone of the value of a twin, on the same bridge.
pub fn clone_value<T: TwinType<Async: Clone>>(twin: &T) -> TwinValue<T::Async> {
    let value = twin.__value();
    value.with(value.get().clone())
}

/// A type that has a twin type.
pub trait HasTwin {}

/// Asks whether `T` has a twin type. The compiler prefers the constant of an inherent impl to that of a trait.
#[derive(Debug)]
pub struct TwinProbe<T: ?Sized>(PhantomData<T>);

/// The answer for every other type.
pub trait Twinless {
    /// There is none.
    const TWIN: () = ();
}

impl<T: ?Sized> Twinless for TwinProbe<T> {}

/// There is one.
#[derive(Clone, Copy, Debug)]
pub struct FoundTwin;

impl<T: HasTwin + ?Sized> TwinProbe<T> {
    /// Wins over the constant of [`Twinless`].
    pub const TWIN: FoundTwin = FoundTwin;
}

/// Refuses a type that has a twin type.
#[diagnostic::on_unimplemented(
    message = "the twin would return `{T}`, which is an async type with a twin type of its own [SB030]",
    label = "an async type",
    note = "list its name in `twins(…)` on the impl, and the twin returns its twin; or return it unchanged with \
            `#[bridge(as_is)]`, or leave the method out with `#[bridge(skip)]`"
)]
pub trait NoTwin<T: ?Sized>: Sized {
    /// Does nothing.
    fn ask(self) {}
}

#[diagnostic::do_not_recommend]
impl<T: ?Sized> NoTwin<T> for () {}

/// std's traits that a twin has of its async type.
pub mod traits {
    pub use std::clone::Clone;
    pub use std::cmp::{Eq, Ord, Ordering, PartialEq, PartialOrd};
    pub use std::convert::{AsRef, From, TryFrom};
    pub use std::default::Default;
    pub use std::error::Error;
    pub use std::fmt::{Debug, Display, Formatter, Result as FmtResult};
    pub use std::hash::{Hash, Hasher};
    pub use std::option::Option;
    pub use std::str::FromStr;
}

// A bound that does not hold of a type without parameters is an error. One with a lifetime of its own is not: the impl that
// has it is then an impl for no type.
macro_rules! if_it_holds {
    ($($name:ident: $trait:ident;)*) => {$(
        /// A bound of the impl of this trait for a twin: it holds if the async type has the trait.
        #[diagnostic::on_unimplemented(
            message = "`{Self}` does not implement this trait, so its blocking twin does not implement it either",
            label = "the async type lacks the trait"
        )]
        pub trait $name<'a>: traits::$trait {}

        #[diagnostic::do_not_recommend]
        impl<T: traits::$trait> $name<'_> for T {}
    )*};
}

if_it_holds! {
    CloneIfItHolds: Clone;
    DebugIfItHolds: Debug;
    PartialEqIfItHolds: PartialEq;
    EqIfItHolds: Eq;
    PartialOrdIfItHolds: PartialOrd;
    OrdIfItHolds: Ord;
    HashIfItHolds: Hash;
}
