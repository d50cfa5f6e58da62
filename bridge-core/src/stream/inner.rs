//! The stream of an iterator, whose own methods remain reachable.

use std::pin::Pin;

use crate::stream::flatten::{FlattenResults, FlattenResultsWith, PanicOnError};
use crate::stream::iter::{BlockingIter, State};

impl<S> BlockingIter<S> {
    /// Returns a reference to the stream, or `None` if it has ended or failed.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures::stream::{self, Stream};
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let mut items = RuntimeBridge::new()?.iter(stream::iter([1, 2]));
    /// items.next().transpose()?;
    /// assert_eq!(items.get_ref().map(Stream::size_hint), Some((1, Some(1))));
    /// items.by_ref().last().transpose()?;
    /// assert!(items.get_ref().is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn get_ref(&self) -> Option<&S> {
        match &self.state {
            State::Open(stream) => stream.value().map(|stream| &**stream),
            State::Failed(_) => None,
        }
    }

    /// Returns a mutable reference to the stream, or `None` if it has ended or failed. If the stream is `Unpin`, its
    /// methods can be called through the `Pin`.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures::channel::mpsc;
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let (sender, receiver) = mpsc::unbounded();
    /// let mut items = RuntimeBridge::new()?.iter(receiver);
    /// sender.unbounded_send(1)?;
    /// // No further items are accepted. Those that have been sent are received.
    /// items.get_mut().unwrap().close();
    /// assert!(sender.unbounded_send(2).is_err());
    /// assert_eq!(items.collect::<Result<Vec<_>, _>>()?, [1]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn get_mut(&mut self) -> Option<Pin<&mut S>> {
        match &mut self.state {
            State::Open(stream) => stream.parts().1.as_mut().map(Pin::as_mut),
            State::Failed(_) => None,
        }
    }

    /// Returns the stream, or `None` if it has ended or failed. No item is lost. The caller drops the stream, outside of
    /// the bridge's tokio context.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures::{StreamExt, stream};
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let mut items = bridge.iter(stream::iter([1, 2, 3]));
    /// assert_eq!(items.next().transpose()?, Some(1));
    /// let rest = items.into_inner().unwrap();
    /// assert_eq!(bridge.block_on(rest.collect::<Vec<i32>>())?, [2, 3]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn into_inner(mut self) -> Option<Pin<Box<S>>> {
        match &mut self.state {
            State::Open(stream) => stream.take(),
            State::Failed(_) => None,
        }
    }
}

macro_rules! forward {
    ($([$($generics:tt)*] $ty:ty;)*) => {$(
        impl<$($generics)*> $ty {
            /// Like [`BlockingIter::get_ref`].
            #[must_use]
            pub fn get_ref(&self) -> Option<&S> {
                self.inner.get_ref()
            }

            /// Like [`BlockingIter::get_mut`].
            pub fn get_mut(&mut self) -> Option<Pin<&mut S>> {
                self.inner.get_mut()
            }

            /// Like [`BlockingIter::into_inner`].
            #[must_use]
            pub fn into_inner(self) -> Option<Pin<Box<S>>> {
                self.inner.into_inner()
            }
        }
    )*};
}

forward! {
    [S] FlattenResults<BlockingIter<S>>;
    [S, E] FlattenResultsWith<BlockingIter<S>, E>;
    [S] PanicOnError<BlockingIter<S>>;
}
