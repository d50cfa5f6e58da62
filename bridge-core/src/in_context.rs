//! A value that several calls use, one after the other. It is dropped inside the bridge's context.

use std::panic::resume_unwind;
use std::thread;

use crate::base::panic::discard;
use crate::call::inside::{Payload, drop_inside};
use crate::engine::shared::Shared;
use crate::options::CallOptions;
use crate::options::OwnedCallOptions;

/// Destructors of async values may spawn a task or arm a timer, so they need the context that the value was polled in.
pub(crate) struct InContext<T> {
    options: OwnedCallOptions,
    /// Empty once the value has been given away or dropped.
    value: Option<T>,
    /// Chosen where the value is known to be `Send`.
    drop: fn(&Shared, T) -> Result<(), Payload>,
}

impl<T> InContext<T> {
    pub(crate) fn new(options: &CallOptions<'_>, value: T) -> Self
    where
        T: Send,
    {
        Self { options: options.into(), value: Some(value), drop: drop_inside }
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
    pub(crate) fn discard(&mut self) -> Result<(), Payload> {
        self.value.take().map_or(Ok(()), |value| (self.drop)(self.options.bridge().shared(), value))
    }
}

impl<T> Drop for InContext<T> {
    fn drop(&mut self) {
        match self.discard() {
            Err(payload) if thread::panicking() => discard(payload),
            Err(payload) => resume_unwind(payload),
            Ok(()) => (),
        }
    }
}
