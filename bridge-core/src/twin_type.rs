//! Twin types: blocking types that hold a value of an async type.

use std::fmt;

use crate::base::error::BridgeError;
use crate::base::panic::discard;
use crate::bridge::RuntimeBridge;
use crate::call::inside::drop_inside;

/// The blocking twin of an async type. `#[sync_bridge]` on the async type writes the twin and implements this trait.
///
/// A twin holds a value of the async type, and the bridge that runs its methods. The value is dropped inside the bridge's
/// tokio context, as a [`Kept`](crate::Kept) value is, on whichever thread that happens.
///
/// The methods of this trait lead from one type to the other. They are in a trait, so that they take no name away from the
/// methods of the twin, which has those of the async type. The documentation of `#[sync_bridge]` has examples.
///
/// # Why there is no `From<Async>`
///
/// A connection that async code has opened is often driven by a task of the runtime that it was opened in. If this is a
/// current-thread runtime, and its thread makes a blocking call on the connection, nothing drives that task, and the call
/// waits for ever. To move a value into a twin is therefore a step that code has to name: [`from_async`](Self::from_async).
/// It is right if the value needs no runtime, or if its runtime keeps running while the twin is used, such as a
/// multi-thread runtime, or that of the bridge itself.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a twin type [SB032]",
    label = "`#[sync_bridge]` has not written this type",
    note = "put `#[sync_bridge]` on the struct or the enum of the async type, and it writes the twin; for a type of another \
            crate, put `#[sync_bridge(remote = path::to::Type)]` on a unit struct"
)]
pub trait TwinType: Sized {
    /// The async type.
    type Async: Send;

    /// Returns the twin of `value`. Its calls run on the process-wide bridge, which the first of them starts.
    fn from_async(value: Self::Async) -> Self {
        Self::__from_value(TwinValue::new(None, value))
    }

    /// Returns the twin of `value`. Its calls run on `bridge`.
    fn from_async_on(value: Self::Async, bridge: &RuntimeBridge) -> Self {
        Self::__from_value(TwinValue::new(Some(bridge.clone()), value))
    }

    /// Returns the async value. It is not dropped inside the bridge any more.
    fn into_async(self) -> Self::Async {
        self.__into_value().into_inner()
    }

    /// Returns the async value.
    fn as_async(&self) -> &Self::Async {
        self.__value().get()
    }

    /// Returns the async value.
    fn as_async_mut(&mut self) -> &mut Self::Async {
        self.__value_mut().get_mut()
    }

    /// Returns the bridge that runs the calls.
    ///
    /// # Errors
    ///
    /// [`BridgeError::NotStarted`] if this is the process-wide bridge, and it cannot be started.
    fn bridge(&self) -> Result<&RuntimeBridge, BridgeError> {
        self.__value().bridge()
    }

    /// Returns the same twin on another bridge. Values that come from it use that bridge too.
    ///
    /// What the value has opened stays with the runtime that it was opened in: a socket is still driven by that runtime.
    #[must_use]
    fn with_bridge(self, bridge: &RuntimeBridge) -> Self {
        Self::from_async_on(self.into_async(), bridge)
    }

    /// What the methods of the async type return: the type itself, or what is in its box.
    #[doc(hidden)]
    type __Source;

    #[doc(hidden)]
    fn __hold(source: Self::__Source) -> Self::Async;

    #[doc(hidden)]
    fn __from_value(value: TwinValue<Self::Async>) -> Self;

    #[doc(hidden)]
    fn __into_value(self) -> TwinValue<Self::Async>;

    #[doc(hidden)]
    fn __value(&self) -> &TwinValue<Self::Async>;

    #[doc(hidden)]
    fn __value_mut(&mut self) -> &mut TwinValue<Self::Async>;
}

/// What a twin type holds. It is not public API.
pub struct TwinValue<T: Send> {
    /// None for the process-wide bridge.
    bridge: Option<RuntimeBridge>,
    /// Empty once the value has been taken out or dropped.
    value: Option<T>,
    /// It was a stream, and nothing is to be expected of it any more.
    has_ended: bool,
}

impl<T: Send> TwinValue<T> {
    pub(crate) fn new(bridge: Option<RuntimeBridge>, value: T) -> Self {
        Self { bridge, value: Some(value), has_ended: false }
    }

    /// Like [`clone`](Clone::clone), with another value.
    pub(crate) fn with<U: Send>(&self, value: U) -> TwinValue<U> {
        TwinValue::new(self.bridge.clone(), value)
    }

    pub(crate) fn get(&self) -> &T {
        there(self.value.as_ref())
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        there(self.value.as_mut())
    }

    /// The bridge of the value's own, and the value.
    pub(crate) fn parts_mut(&mut self) -> (Option<&RuntimeBridge>, &mut T) {
        (self.bridge.as_ref(), there(self.value.as_mut()))
    }

    /// The same, and whether the stream has ended.
    pub(crate) fn polled_parts(&mut self) -> (Option<&RuntimeBridge>, &mut T, &mut bool) {
        (self.bridge.as_ref(), there(self.value.as_mut()), &mut self.has_ended)
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// The bridge of the value's own, and the value.
    pub(crate) fn into_parts(mut self) -> (Option<RuntimeBridge>, T) {
        (self.bridge.take(), there(self.value.take()))
    }

    pub(crate) fn own_bridge(&self) -> Option<&RuntimeBridge> {
        self.bridge.as_ref()
    }

    fn into_inner(mut self) -> T {
        there(self.value.take())
    }

    fn bridge(&self) -> Result<&RuntimeBridge, BridgeError> {
        match &self.bridge {
            Some(bridge) => Ok(bridge),
            None => RuntimeBridge::global().map_err(BridgeError::NotStarted),
        }
    }
}

impl<T: fmt::Debug + Send> fmt::Debug for TwinValue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

/// Returns the value. It is always there, because what takes it out consumes its owner.
fn there<T>(value: Option<T>) -> T {
    value.expect("the value is taken out only with its owner")
}

impl<T: Send> Drop for TwinValue<T> {
    fn drop(&mut self) {
        let Some(value) = self.value.take() else { return };
        // If the process-wide bridge cannot be started, there is no runtime to drop the value in.
        let Ok(bridge) = self.bridge() else { return drop(value) };
        // Two panics at a time would end the program, and so would one that leaves a function which C calls.
        if let Err(payload) = drop_inside(bridge.shared(), value) {
            discard(payload);
        }
    }
}
