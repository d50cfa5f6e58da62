//! Turns an iterator of the caller into the stream that the async method takes: `#[bridge(iter)]` on an argument.

use super::BoxStream;
use crate::{CallOptions, IterStream};
use futures_core::Stream;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The items of the caller's iterator. A panic of the iterator continues in the method that polls the stream, and so
/// reaches the caller.
#[derive(Debug)]
pub struct Pulled<I: Iterator>(IterStream<I>);

impl<I> Stream for Pulled<I>
where
    I: Iterator<Item: Send> + Send + 'static,
{
    type Item = I::Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<I::Item>> {
        let item = Pin::new(&mut self.0).poll_next(cx);
        item.map(|item| item.map(|item| item.unwrap_or_else(|error| error.resume_unwind())))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

/// The stream for an `impl Stream` argument.
pub fn pull<I>(call: &CallOptions<'_>, items: I) -> Pulled<I::IntoIter>
where
    I: IntoIterator<IntoIter: Send + 'static, Item: Send + 'static>,
{
    Pulled(call.bridge.stream_from_iter(items))
}

/// The stream for a boxed argument.
#[must_use]
pub fn pull_boxed<T: Send + 'static>(
    call: &CallOptions<'_>,
    items: Box<dyn Iterator<Item = T> + Send>,
) -> BoxStream<'static, T> {
    Box::pin(pull(call, items))
}
