//! Reads a whole stream in one call: `collect = …`.

use super::adapters::AnyStream;
use futures_core::Stream;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::pin;

/// Finds out whether the collection `C` is a `Result`, also under another name. The compiler prefers an inherent
/// function to a function of a trait.
#[derive(Debug)]
pub struct Collects<C>(PhantomData<C>);

impl<T, E> Collects<Result<T, E>> {
    /// Returns whether the item is an error. The first error ends the call.
    pub fn is_last<I, F>(item: &Result<I, F>) -> bool {
        item.is_err()
    }
}

/// The answer for every other collection.
pub trait TakesAll {
    /// Returns `false`: no item ends the call.
    #[must_use]
    fn is_last<I>(_: &I) -> bool {
        false
    }
}

impl<C> TakesAll for Collects<C> {}

/// Returns the items of the stream that the future returns.
pub async fn collect<C, S, I>(source: impl Future<Output = S>, is_last: fn(&I) -> bool) -> C
where
    S: AnyStream<I> + Send,
    I: Send,
    C: FromIterator<I>,
{
    gather(source.await, is_last).await
}

/// Returns the items of the stream in the `Result` that the future returns.
pub async fn collect_ok<C, S, I, E>(source: impl Future<Output = Result<S, E>>, is_last: fn(&I) -> bool) -> Result<C, E>
where
    S: AnyStream<I> + Send,
    I: Send,
    C: FromIterator<I>,
{
    Ok(gather(source.await?, is_last).await)
}

/// Like [`collect_ok`], for a collection that is a `Result` too. The two errors become one.
pub async fn collect_result<C, S, I, E, F>(
    source: impl Future<Output = Result<S, E>>,
    is_last: fn(&I) -> bool,
) -> Result<C, F>
where
    S: AnyStream<I> + Send,
    I: Send,
    Result<C, F>: FromIterator<I>,
    F: From<E>,
{
    gather(source.await?, is_last).await
}

async fn gather<C, S>(stream: S, is_last: fn(&S::Item) -> bool) -> C
where
    S: Stream,
    C: FromIterator<S::Item>,
{
    let mut stream = pin!(stream);
    let mut items = Vec::with_capacity(stream.size_hint().0.min(MOST_RESERVED));
    while let Some(item) = poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
        let is_last = is_last(&item);
        items.push(item);
        if is_last {
            break;
        }
    }
    items.into_iter().collect()
}

/// A stream may promise more than there is memory for.
const MOST_RESERVED: usize = 1024;
