//! A value that is never dropped, behind an atomic pointer.

use std::ptr;

use crate::base::sync::{AtomicPtr, Ordering};

/// A value that may be replaced but is never dropped: what was read from it is good for ever. It takes no lock, which
/// another thread might have held when the process forked.
pub(crate) struct Leaked<T>(AtomicPtr<T>);

impl<T: Sync + 'static> Leaked<T> {
    pub(crate) const fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    pub(crate) fn get(&self) -> Option<&'static T> {
        // ORDERING: Acquire pairs with the Release of `replace`: the value is seen as it was made. With Relaxed the three
        // `leaked_value_*` models fail.
        let value = self.0.load(Ordering::Acquire);
        // SAFETY: the pointer is null, or `replace` has made it from a box that is never freed.
        unsafe { value.as_ref() }
    }

    /// Puts a value in the place of the one that was read before. Gives it back if another thread was faster.
    pub(crate) fn replace(&self, before: Option<&'static T>, value: T) -> Result<&'static T, T> {
        let before = before.map_or(ptr::null_mut(), |value| ptr::from_ref(value).cast_mut());
        let new = Box::into_raw(Box::new(value));
        // ORDERING: Release pairs with the Acquire of `get`; with Relaxed the three `leaked_value_*` models fail. Relaxed
        // will do for the rest: nothing is read through the pointer that was there, whether it is replaced or not.
        match self.0.compare_exchange(before, new, Ordering::Release, Ordering::Relaxed) {
            // SAFETY: the box is leaked from here on, so the value lives for ever.
            Ok(_) => Ok(unsafe { &*new }),
            // SAFETY: nobody else has seen the pointer, so the box is ours again.
            Err(_) => Err(*unsafe { Box::from_raw(new) }),
        }
    }
}
