//! A value that outlives a call: lent to one call after the other, and dropped inside the bridge's context.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{RuntimeBridge, caller};

/// Destructors of async values may spawn a task or arm a timer, so they need the context that the value was polled in.
pub(crate) struct Kept<T> {
    bridge: RuntimeBridge,
    /// Empty once the value has been given away or dropped.
    value: Option<T>,
}

impl<T> Kept<T> {
    pub(crate) fn new(bridge: &RuntimeBridge, value: T) -> Self {
        Self { bridge: bridge.clone(), value: Some(value) }
    }

    pub(crate) fn bridge(&self) -> &RuntimeBridge {
        &self.bridge
    }

    pub(crate) fn value(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// The bridge, and the place of the value: a call borrows both at once.
    pub(crate) fn parts(&mut self) -> (&RuntimeBridge, &mut Option<T>) {
        (&self.bridge, &mut self.value)
    }

    pub(crate) fn take(&mut self) -> Option<T> {
        self.value.take()
    }

    /// Drops the value now. The error is the payload, if its destructor panics.
    pub(crate) fn discard(&mut self) -> Result<(), Box<dyn Any + Send>> {
        catch_unwind(AssertUnwindSafe(|| self.drop_value()))
    }

    fn drop_value(&mut self) {
        if let Some(value) = self.value.take() {
            let _entered = caller::try_enter(self.bridge.shared());
            drop(value);
        }
    }
}

impl<T> Drop for Kept<T> {
    fn drop(&mut self) {
        self.drop_value();
    }
}
