//! A value that several calls use, one after the other. It is dropped inside the bridge's context.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::options::CallOptions;
use crate::options::OwnedCallOptions;
use crate::thread::home;

/// Destructors of async values may spawn a task or arm a timer, so they need the context that the value was polled in.
pub(crate) struct InContext<T> {
    options: OwnedCallOptions,
    /// Empty once the value has been given away or dropped.
    value: Option<T>,
}

impl<T> InContext<T> {
    pub(crate) fn new(options: &CallOptions<'_>, value: T) -> Self {
        Self { options: options.into(), value: Some(value) }
    }

    pub(crate) fn options(&self) -> &OwnedCallOptions {
        &self.options
    }

    pub(crate) fn value(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// The options of a call, and the place of the value: a call borrows both at once.
    pub(crate) fn parts(&mut self) -> (&OwnedCallOptions, &mut Option<T>) {
        (&self.options, &mut self.value)
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
            let _entered = home::enter(&self.options.bridge().shared().runtime.handle);
            drop(value);
        }
    }
}

impl<T> Drop for InContext<T> {
    fn drop(&mut self) {
        self.drop_value();
    }
}
