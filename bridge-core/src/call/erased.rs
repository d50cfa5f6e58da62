//! What a call is to do, apart from its types: the way of a call is long, and compiled once for all futures.
//!
//! The future stays in the frame of [`call::block_on`](crate::call::dispatch::block_on), and so does the place of its output. What
//! goes on its way is a [`BorrowedFuture`] reference, which drops the future where it is dropped itself: with the task that polls it,
//! or where the call is refused.

use std::future::Future;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use crate::base::panic::ignore_panic;
use crate::base::runtime::BridgeRuntime;
use crate::engine::metrics::Ended;
use crate::thread::home;

/// The future of a call, wherever it is.
pub(crate) trait ErasedFuture {
    /// Polls the future, which is there. When it ends, its output is where it belongs, and the future has been dropped.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Ended>;

    /// Drops the future, if it is there.
    fn clear(&mut self);
}

/// A call that may move to another thread once its future is there.
pub(crate) trait ErasedCall {
    /// Builds the future, on this thread.
    fn build(&mut self);

    fn future(&mut self) -> &mut (dyn ErasedFuture + Send + '_);
}

/// A call that stays on the thread where its future is built; it has not begun.
pub(crate) trait ErasedLocalCall: Send {
    /// Begins it, on this thread. The first poll builds the future.
    fn begin(&mut self, run: &mut dyn FnMut(&mut dyn ErasedFuture));
}

/// An erased future that is a future as long as it is lent out, and is cleared at the end of that.
pub(crate) struct BorrowedFuture<'a, W: ErasedFuture + ?Sized>(pub(crate) &'a mut W);

impl<W: ErasedFuture + ?Sized> Future for BorrowedFuture<'_, W> {
    type Output = Ended;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Ended> {
        let work = &mut *self.0;
        catch_unwind(AssertUnwindSafe(|| work.poll(cx))).unwrap_or_else(|payload| {
            // Before the panic goes on: in the drop of what holds this one, a second would end the program.
            ignore_panic(|| work.clear());
            resume_unwind(payload)
        })
    }
}

impl<W: ErasedFuture + ?Sized> Drop for BorrowedFuture<'_, W> {
    fn drop(&mut self) {
        self.0.clear();
    }
}

/// What builds a future, and the places of the future and of its output.
pub(crate) struct TypedCall<'a, M, F: Future, J> {
    make: Option<M>,
    places: Slots<'a, F, J>,
}

/// A future on a stack, and the place of its output.
pub(crate) struct Slots<'a, F: Future, J> {
    future: Pin<&'a mut Option<F>>,
    output: &'a mut Option<F::Output>,
    /// Tells from the output how the call has ended.
    classify: J,
}

impl<'a, M: FnOnce() -> F, F: Future, J> TypedCall<'a, M, F, J> {
    #[inline]
    pub(crate) fn new(make: M, classify: J, future: Pin<&'a mut Option<F>>, output: &'a mut Option<F::Output>) -> Self {
        Self { make: Some(make), places: Slots::new(future, output, classify) }
    }

    /// Drops what builds the future, of a call that has been refused.
    #[cold]
    pub(crate) fn abandon(&mut self, runtime: &BridgeRuntime) {
        abandon(&mut self.make, runtime);
    }
}

/// Drops what a call was to run, of a call that has been refused. It may be the future itself, whose destructor may need
/// the bridge's context.
pub(crate) fn abandon<M>(make: &mut Option<M>, runtime: &BridgeRuntime) {
    if make.is_some() {
        let _entered = home::enter(&runtime.handle);
        ignore_panic(|| *make = None);
    }
}

impl<'a, F: Future, J> Slots<'a, F, J> {
    #[inline]
    pub(crate) fn new(future: Pin<&'a mut Option<F>>, output: &'a mut Option<F::Output>, classify: J) -> Self {
        Self { future, output, classify }
    }
}

impl<M, F, J> ErasedCall for TypedCall<'_, M, F, J>
where
    M: FnOnce() -> F,
    F: Future + Send,
    F::Output: Send,
    J: Fn(&F::Output) -> Ended + Send,
{
    #[inline]
    fn build(&mut self) {
        if let Some(make) = self.make.take() {
            self.places.future.set(Some(make()));
        }
    }

    #[inline]
    fn future(&mut self) -> &mut (dyn ErasedFuture + Send + '_) {
        &mut self.places
    }
}

impl<F: Future, J: Fn(&F::Output) -> Ended> ErasedFuture for Slots<'_, F, J> {
    #[inline]
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Ended> {
        // A future is dropped as soon as it ends, and nothing polls a call after that.
        let Some(future) = self.future.as_mut().as_pin_mut() else { return Poll::Pending };
        match future.poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(output) => {
                let ended = (self.classify)(&output);
                if let Err(payload) = catch_unwind(AssertUnwindSafe(|| self.future.set(None))) {
                    // That is the answer, and the output nobody's.
                    ignore_panic(|| drop(output));
                    resume_unwind(payload);
                }
                *self.output = Some(output);
                Poll::Ready(ended)
            }
        }
    }

    fn clear(&mut self) {
        self.future.set(None);
    }
}

/// What builds a future that has its place on the thread where it is built, and the place of its output.
pub(crate) struct TypedLocalCall<'a, M, F: Future, J> {
    make: Option<M>,
    classify: J,
    output: &'a mut Option<F::Output>,
    future: PhantomData<fn() -> F>,
}

impl<'a, M, F: Future, J> TypedLocalCall<'a, M, F, J> {
    pub(crate) fn new(make: M, classify: J, output: &'a mut Option<F::Output>) -> Self {
        Self { make: Some(make), classify, output, future: PhantomData }
    }

    /// As [`TypedCall::abandon`].
    #[cold]
    pub(crate) fn abandon(&mut self, runtime: &BridgeRuntime) {
        abandon(&mut self.make, runtime);
    }
}

impl<M, F, J> ErasedLocalCall for TypedLocalCall<'_, M, F, J>
where
    M: FnOnce() -> F + Send,
    F: Future,
    F::Output: Send,
    J: Fn(&F::Output) -> Ended + Send,
{
    fn begin(&mut self, run: &mut dyn FnMut(&mut dyn ErasedFuture)) {
        let future = pin!(None);
        let places = Slots::new(future, self.output, &self.classify);
        run(&mut BuildFirst { make: self.make.take(), places });
    }
}

struct BuildFirst<'a, M, F: Future, J> {
    make: Option<M>,
    places: Slots<'a, F, J>,
}

impl<M: FnOnce() -> F, F: Future, J: Fn(&F::Output) -> Ended> ErasedFuture for BuildFirst<'_, M, F, J> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Ended> {
        if let Some(make) = self.make.take() {
            self.places.future.set(Some(make()));
        }
        self.places.poll(cx)
    }

    fn clear(&mut self) {
        self.make = None;
        self.places.clear();
    }
}
