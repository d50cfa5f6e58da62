//! What builds the future of a call.

/// A closure to be called once, passed on by reference. A call may take one of several ways, and the closure, which may
/// hold the future, be large: without optimization each way would have copies of it on the stack.
pub(crate) struct Make<M>(Option<M>);

impl<M> Make<M> {
    #[inline]
    pub(crate) fn new(make: M) -> Self {
        Self(Some(make))
    }

    #[inline]
    pub(crate) fn build<F>(&mut self) -> F
    where
        M: FnOnce() -> F,
    {
        (self.0.take().expect("a call builds its future once"))()
    }
}
