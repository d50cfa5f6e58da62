//! Blocking adapters. A twin returns them instead of types that only async code can use: an iterator instead of a
//! stream, a task that blocking code can wait for, a reader and a writer, an owner that drops its value inside the bridge.

use super::{MappedOutput, TwinOutput};
use crate::io::byte_reader::Piece;
use crate::{
    BlockingIo, BlockingIter, BridgeError, BridgedTask, ByteReader, CallOptions, FlattenResults, FlattenResultsWith,
    Kept,
};
use futures_core::Stream;
use std::pin::Pin;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;

/// An adapter that can report a failure of the bridge itself, so that a twin can return it alone.
pub trait FromResult: Sized {
    /// Returns the adapter, or an adapter that only reports the failure.
    fn from_result(result: Result<Self, BridgeError>) -> Self;
}

impl<S> FromResult for BlockingIter<S> {
    fn from_result(result: Result<Self, BridgeError>) -> Self {
        result.unwrap_or_else(Self::failed)
    }
}

impl<T> FromResult for BridgedTask<T> {
    fn from_result(result: Result<Self, BridgeError>) -> Self {
        result.unwrap_or_else(Self::failed)
    }
}

/// The name of an `impl Stream` in a twin.
pub type BoxStream<'a, T> = Pin<Box<dyn Stream<Item = T> + Send + 'a>>;

/// The types that `#[bridge(iter)]` and `#[bridge(collect = …)]` apply to.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a stream, so a blocking twin cannot iterate over it [SB018]",
    label = "not a stream",
    note = "`iter` and `collect` apply to a `Stream + Send`: alone, or in a `Result`, an `Option`, a `Vec` or a tuple that \
            is written out; an alias of `Result` needs a name that ends in `Result`"
)]
pub trait AnyStream<I>: Stream<Item = I> {}

#[diagnostic::do_not_recommend]
impl<S: Stream<Item = I>, I> AnyStream<I> for S {}

/// An iterator over a stream.
pub fn iter<S: AnyStream<I> + Send, I: Send>(call: &CallOptions<'_>, stream: S) -> BlockingIter<S> {
    call.iter(stream)
}

/// An iterator over a stream that has no name.
pub fn iter_boxed<'a, S: AnyStream<I> + Send + 'a, I: Send>(
    call: &CallOptions<'_>,
    stream: S,
) -> BlockingIter<BoxStream<'a, I>> {
    call.iter(Box::pin(stream))
}

/// The items as the stream has them: `error = convert`.
pub fn flatten<S>(iter: BlockingIter<S>) -> FlattenResults<BlockingIter<S>>
where
    S: Stream,
    S::Item: TwinOutput,
{
    FlattenResults::new(iter)
}

/// What `error = path` makes of an iterator over `S`.
pub type MappedIter<S> = FlattenResultsWith<BlockingIter<S>, <<S as Stream>::Item as MappedOutput>::Error>;

/// The items as the stream has them: `error = path`.
pub fn flatten_with<S, E>(iter: BlockingIter<S>, map: fn(BridgeError) -> E) -> FlattenResultsWith<BlockingIter<S>, E>
where
    S: Stream,
    S::Item: MappedOutput<Error = E>,
{
    FlattenResultsWith::new(iter, map)
}

/// The types that `#[bridge(task)]` applies to.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a task handle, so a blocking twin cannot wait for it [SB018]",
    label = "not tokio's `JoinHandle`",
    note = "`task` applies to a `tokio::task::JoinHandle`: alone, or in a `Result`, an `Option`, a `Vec` or a tuple that \
            is written out; an alias of `Result` needs a name that ends in `Result`"
)]
pub trait IntoBridgedTask {
    /// The handle that a twin returns.
    type Task;

    /// Returns a handle of the same task that blocking code can wait for.
    fn into_bridged_task(self, call: &CallOptions<'_>) -> Self::Task;
}

#[diagnostic::do_not_recommend]
impl<T> IntoBridgedTask for JoinHandle<T> {
    type Task = BridgedTask<T>;

    fn into_bridged_task(self, call: &CallOptions<'_>) -> BridgedTask<T> {
        BridgedTask::adopt(call.bridge, self)
    }
}

/// The types that `#[bridge(read)]` applies to.
#[diagnostic::on_unimplemented(
    message = "a blocking twin cannot read from `{Self}` [SB018]",
    label = "not a tokio `AsyncRead` that is `Send` and `Unpin`",
    note = "if it is not `Unpin`, box it: `Pin<Box<dyn AsyncRead + Send>>`",
    note = "a stream of bytes must show its items: `impl Stream<Item = Result<_, _>>` or `BoxStream<'_, Result<_, _>>`; for \
            another one use `#[bridge(as_is)]`, and read it with a `ByteReader`"
)]
pub trait SendRead: AsyncRead + Send + Unpin {}

#[diagnostic::do_not_recommend]
impl<R: AsyncRead + Send + Unpin> SendRead for R {}

/// The types that `#[bridge(write)]` applies to.
#[diagnostic::on_unimplemented(
    message = "a blocking twin cannot write to `{Self}` [SB018]",
    label = "not a tokio `AsyncWrite` that is `Send` and `Unpin`",
    note = "if it is not `Unpin`, box it: `Pin<Box<dyn AsyncWrite + Send>>`"
)]
pub trait SendWrite: AsyncWrite + Send + Unpin {}

#[diagnostic::do_not_recommend]
impl<W: AsyncWrite + Send + Unpin> SendWrite for W {}

/// A trait for a box of an object that can be read and written.
pub trait AsyncIo: AsyncRead + AsyncWrite {}

impl<T: AsyncRead + AsyncWrite + ?Sized> AsyncIo for T {}

/// A reader over an async one.
pub fn read<R: SendRead>(call: &CallOptions<'_>, reader: R) -> BlockingIo<R> {
    call.reader(reader)
}

/// A reader of the bytes of a stream.
pub fn read_bytes<S>(call: &CallOptions<'_>, stream: S) -> BlockingIo<ByteReader<S>>
where
    S: Stream<Item: Piece + Send> + Send + Unpin,
{
    call.reader(ByteReader::new(stream))
}

/// A reader of the bytes of a stream that has no name.
pub fn read_bytes_boxed<'a, S, I>(call: &CallOptions<'_>, stream: S) -> BlockingIo<ByteReader<BoxStream<'a, I>>>
where
    S: Stream<Item = I> + Send + 'a,
    I: Piece + Send,
{
    call.reader(ByteReader::new(Box::pin(stream)))
}

/// A writer over an async one.
pub fn write<W: SendWrite>(call: &CallOptions<'_>, writer: W) -> BlockingIo<W> {
    call.writer(writer)
}

/// A reader and writer over an async one.
pub fn read_write<T: SendRead + SendWrite>(call: &CallOptions<'_>, object: T) -> BlockingIo<T> {
    call.io(object)
}

/// A value that is dropped inside the bridge.
pub fn keep<T: Send>(call: &CallOptions<'_>, value: T) -> Kept<T> {
    call.bridge.keep(value)
}

/// A type with an inner value to adapt. The macro recognises it by its name.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `Result`, so a blocking twin cannot convert the value in it [SB018]",
    label = "not a `Result`",
    note = "a type whose name ends in `Result` counts as a `Result` that holds its first type argument"
)]
pub trait MapInner {
    /// The inner type.
    type Inner;
    /// The same type with another inner type.
    type Mapped<Q>;

    /// Replaces the inner value with what `adapt` makes of it.
    fn map_inner<Q>(self, adapt: impl FnOnce(Self::Inner) -> Q) -> Self::Mapped<Q>;
}

#[diagnostic::do_not_recommend]
impl<P, E> MapInner for Result<P, E> {
    type Inner = P;
    type Mapped<Q> = Result<Q, E>;

    fn map_inner<Q>(self, adapt: impl FnOnce(P) -> Q) -> Result<Q, E> {
        self.map(adapt)
    }
}

#[diagnostic::do_not_recommend]
impl<P> MapInner for Option<P> {
    type Inner = P;
    type Mapped<Q> = Option<Q>;

    fn map_inner<Q>(self, adapt: impl FnOnce(P) -> Q) -> Option<Q> {
        self.map(adapt)
    }
}

/// Adapts the inner value of a `Result` or an `Option`.
pub fn map_inner<M: MapInner, Q>(outer: M, adapt: impl FnOnce(M::Inner) -> Q) -> M::Mapped<Q> {
    outer.map_inner(adapt)
}

/// Adapts each element of a `Vec`.
pub fn map_each<P, Q>(parts: Vec<P>, adapt: impl FnMut(P) -> Q) -> Vec<Q> {
    parts.into_iter().map(adapt).collect()
}
