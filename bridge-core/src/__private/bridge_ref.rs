//! The bridge that serves a call: the one in `bridge = …`, or the process-wide one.

use crate::{BridgeError, RuntimeBridge};
use std::sync::Arc;

/// A bridge. It is borrowed if the user's expression is a place, so that a call does not change a reference count.
#[derive(Debug)]
pub enum BridgeRef<'a> {
    /// The process-wide bridge, started when it is needed.
    Global,
    /// A bridge of the user's that outlives the call.
    Borrowed(&'a RuntimeBridge),
    /// A bridge of the call's own.
    Owned(RuntimeBridge),
}

/// A [`BridgeRef`] that borrows nothing. The name hides the lifetime, which would take part in elision.
pub type OwnedBridgeRef = BridgeRef<'static>;

impl BridgeRef<'_> {
    /// The same bridge, no longer borrowed: for a call that takes `self` away.
    #[must_use]
    #[inline]
    pub fn into_owned(self) -> OwnedBridgeRef {
        match self {
            Self::Global => BridgeRef::Global,
            Self::Borrowed(bridge) => BridgeRef::Owned(bridge.clone()),
            Self::Owned(bridge) => BridgeRef::Owned(bridge),
        }
    }

    #[inline]
    pub(super) fn bridge(&self) -> Result<&RuntimeBridge, BridgeError> {
        match self {
            Self::Global => RuntimeBridge::global().map_err(BridgeError::NotStarted),
            Self::Borrowed(bridge) => Ok(bridge),
            Self::Owned(bridge) => Ok(bridge),
        }
    }
}

/// What an expression in `bridge = …` may evaluate to, where it is not a place to borrow from.
#[diagnostic::on_unimplemented(
    message = "`bridge = …` needs a `RuntimeBridge`, but this is `{Self}` [SB014]",
    label = "not a bridge",
    note = "give a `RuntimeBridge`, a reference to one, or an `Arc` of one"
)]
pub trait IntoBridgeRef<'a> {
    /// The bridge.
    fn into_bridge_ref(self) -> BridgeRef<'a>;
}

#[diagnostic::do_not_recommend]
impl<'a> IntoBridgeRef<'a> for BridgeRef<'a> {
    fn into_bridge_ref(self) -> Self {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<'a> IntoBridgeRef<'a> for RuntimeBridge {
    fn into_bridge_ref(self) -> BridgeRef<'a> {
        BridgeRef::Owned(self)
    }
}

#[diagnostic::do_not_recommend]
impl<'a> IntoBridgeRef<'a> for &'a RuntimeBridge {
    fn into_bridge_ref(self) -> BridgeRef<'a> {
        BridgeRef::Borrowed(self)
    }
}

#[diagnostic::do_not_recommend]
impl<'a> IntoBridgeRef<'a> for Arc<RuntimeBridge> {
    fn into_bridge_ref(self) -> BridgeRef<'a> {
        BridgeRef::Owned(RuntimeBridge::clone(&self))
    }
}

#[diagnostic::do_not_recommend]
impl<'a> IntoBridgeRef<'a> for &'a Arc<RuntimeBridge> {
    fn into_bridge_ref(self) -> BridgeRef<'a> {
        BridgeRef::Borrowed(self)
    }
}
