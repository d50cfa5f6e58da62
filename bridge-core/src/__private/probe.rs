//! Finds out what a type alias stands for. A macro sees the alias, and the compiler sees the type.
//!
//! Each constant of `Probe::<T>` answers one question. If the answer is yes, `Probe::<T>` has an inherent constant,
//! which the compiler prefers to the constant of the trait [`Returnable`]. If the answer is no, it has only the latter.
//! The types of one constant must not overlap, so there are several constants. [`First`] selects the first one that
//! reports something.

use crate::BridgedTask;
use futures_core::Stream;
use futures_sink::Sink;
use std::future::{Future, IntoFuture};
use std::io::{Read, Write};
use std::marker::PhantomData;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::{EnterGuard, Handle, Runtime};
use tokio::sync::{
    MappedMutexGuard, MutexGuard, OwnedMutexGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, OwnedSemaphorePermit,
    RwLockReadGuard, RwLockWriteGuard, SemaphorePermit, broadcast, mpsc, oneshot,
};
use tokio::task::{JoinHandle, JoinSet, LocalSet};

/// Answers questions about `T`.
#[derive(Debug)]
pub struct Probe<T: ?Sized>(PhantomData<T>);

/// Answers whether items of type `I` can be sent with a `T`. Which items a sink takes is not known otherwise.
#[derive(Debug)]
pub struct SinkProbe<T: ?Sized, I: ?Sized>(PhantomData<T>, PhantomData<I>);

/// The answers for types that a twin may return.
pub trait Returnable {
    /// The type is not the receiver of a channel of tokio's.
    const RECEIVER: () = ();
    /// The type is not another type of tokio's that blocking code cannot use.
    const KIND: () = ();
    /// The second element of a pair is not such a type either.
    const SECOND: () = ();
    /// The type is not a stream that blocking code can iterate over, too.
    const ITERATOR: () = ();
    /// The type is not a stream.
    const STREAM: () = ();
    /// The type is not a `Result`, an `Option` or a `Vec` of a stream.
    const STREAM_INSIDE: () = ();
    /// The type is not a future.
    const FUTURE: () = ();
    /// The type is not a `Result`, an `Option` or a `Vec` of a future.
    const FUTURE_INSIDE: () = ();
    /// The type is not what `.await` turns into a future.
    const BUILDER: () = ();
    /// The type is not a `Result`, an `Option` or a `Vec` of such a type.
    const BUILDER_INSIDE: () = ();
    /// The type is not a sink for these items that is a collection of them, too.
    const COLLECTION: () = ();
    /// The type is not a sink for these items.
    const SINK: () = ();
    /// The type is not an async reader that blocking code can read from, too.
    const BLOCKING_READER: () = ();
    /// The type is not a `Result`, an `Option` or a `Vec` of such a reader.
    const BLOCKING_READER_INSIDE: () = ();
    /// The type is not an async writer that blocking code can write to, too.
    const BLOCKING_WRITER: () = ();
    /// The type is not a `Result`, an `Option` or a `Vec` of such a writer.
    const BLOCKING_WRITER_INSIDE: () = ();
    /// The type is not an async reader.
    const READER: () = ();
    /// The type is not a `Result`, an `Option` or a `Vec` of an async reader.
    const READER_INSIDE: () = ();
    /// The type is not an async writer.
    const WRITER: () = ();
    /// The type is not a `Result`, an `Option` or a `Vec` of an async writer.
    const WRITER_INSIDE: () = ();
}

impl<T: ?Sized> Returnable for Probe<T> {}

impl<T: ?Sized, I: ?Sized> Returnable for SinkProbe<T, I> {}

macro_rules! found {
    ($($(#[$doc:meta])* $name:ident, in a result: $in_result:ident, inside: $inside:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl<Then> Or<Then> for $name {
            type Is = Self;
        }

        impl Answer for $name {
            type InResult = $in_result;
            type Inside = $inside;
        }
    )*};
}

/// What an answer is for a part of an output, where an option may not reach it.
pub trait Answer {
    /// The answer for what a `Result` or an `Option` contains.
    type InResult;
    /// The answer for what another type contains.
    type Inside;
}

impl Answer for () {
    type InResult = Self;
    type Inside = Self;
}

found! {
    /// The answer for a task handle.
    FoundTaskHandle, in a result: FoundTaskHandle, inside: FoundTaskHandleInside;
    /// The answer for a task handle that no adapter reaches.
    FoundTaskHandleInside, in a result: FoundTaskHandleInside, inside: FoundTaskHandleInside;
    /// The answer for a guard of one of tokio's locks.
    FoundGuard, in a result: FoundGuard, inside: FoundGuard;
    /// The answer for a runtime, or a handle of one.
    FoundRuntime, in a result: FoundRuntime, inside: FoundRuntime;
    /// The answer for the receiver of a channel.
    FoundReceiver, in a result: FoundReceiver, inside: FoundReceiver;
    /// The answer for a sink.
    FoundSink, in a result: FoundSink, inside: FoundSink;
    /// The answer for a stream.
    FoundStream, in a result: FoundStream, inside: FoundStreamInside;
    /// The answer for a stream that no adapter reaches.
    FoundStreamInside, in a result: FoundStreamInside, inside: FoundStreamInside;
    /// The answer for a future.
    FoundFuture, in a result: FoundFutureInside, inside: FoundFutureInside;
    /// The answer for a future that is not the whole output.
    FoundFutureInside, in a result: FoundFutureInside, inside: FoundFutureInside;
    /// The answer for an async reader or writer.
    FoundIo, in a result: FoundIo, inside: FoundIoInside;
    /// The answer for an async reader or writer that no adapter reaches.
    FoundIoInside, in a result: FoundIoInside, inside: FoundIoInside;
    /// The answer for a type that looks like one of these, but that blocking code can use.
    FoundUse, in a result: FoundUse, inside: FoundUse;
}

/// An answer, or the one after it if there is nothing to report.
pub trait Or<Then> {
    /// The answer.
    type Is;
}

impl<Then> Or<Then> for () {
    type Is = Then;
}

/// A list of answers.
pub trait First {
    /// The first answer that reports something.
    type Found;
}

impl First for () {
    type Found = ();
}

macro_rules! lists {
    () => {};
    ($first:ident $($after:ident)*) => {
        impl<$first, $($after),*> First for ($first, $($after,)*)
        where
            ($($after,)*): First,
            $first: Or<<($($after,)*) as First>::Found>,
        {
            type Found = $first::Is;
        }

        lists!($($after)*);
    };
}

lists!(A B C D E F G H);

macro_rules! long_lists {
    ($([$($one:ident)*] [$($other:ident)*];)*) => {$(
        impl<$($one,)* $($other),*> First for ($($one,)* $($other,)*)
        where
            ($($one,)*): First,
            ($($other,)*): First,
            <($($one,)*) as First>::Found: Or<<($($other,)*) as First>::Found>,
        {
            type Found = <<($($one,)*) as First>::Found as Or<<($($other,)*) as First>::Found>>::Is;
        }
    )*};
}

// Those of `Probe`, and two of `SinkProbe` for each of two arguments. A list of two short lists is found faster than one
// that is taken apart element by element.
long_lists! {
    [A B C D E F] [G H I J K L];
    [A B C D E F] [G H I J K L M N];
    [A B C D E F G H] [I J K L M N O P];
    [A B C D E F] [G H I J K L M N O P Q R];
    [A B C D E F] [G H I J K L M N O P Q R S T];
    [A B C D E F] [G H I J K L M N O P Q R S T U V];
}

macro_rules! refusals {
    ($($trait:ident: $message:literal, $label:literal, $note:literal;)*) => {
        $(
            /// Implemented by every answer except the one that this trait reports as an error.
            #[diagnostic::on_unimplemented(message = $message, label = $label, note = $note)]
            pub trait $trait<T: ?Sized>: Sized {
                /// Compiles if `found` is another answer.
                fn ask(found: PhantomData<Self>) {
                    let _ = found;
                }
            }
        )*
    };
}

refusals! {
    NoTaskHandle:
        "a blocking twin cannot return `{T}`: its caller has no runtime in which to await it [SB006]",
        "a task handle",
        "mark a `JoinHandle` with `#[bridge(task)]`, await the task inside the method, return the handle unchanged with \
         `#[bridge(as_is)]`, or leave the method out with `#[bridge(skip)]`";
    NoTaskHandleInside:
        "a blocking twin cannot return `{T}`: its caller has no runtime in which to await it [SB006]",
        "a task handle, where `task` does not find it",
        "await the task inside the method, return the output unchanged with `#[bridge(as_is)]`, or leave the method out with \
         `#[bridge(skip)]`; with `#[bridge(task)]`, a `JoinHandle` that is written out is found in a `Result`, an `Option`, a \
         `Vec` and a tuple";
    NoGuard:
        "a blocking twin cannot return `{T}`: blocking code would hold an async lock that tasks wait for [SB022]",
        "a guard of a tokio lock",
        "copy the value out of the lock inside the method, or leave the method out with `#[bridge(skip)]`; \
         `#[bridge(as_is)]` returns the guard all the same";
    NoRuntime:
        "a blocking twin cannot return `{T}`: blocking code would bypass the bridge with it [SB023]",
        "a tokio runtime or a handle to one",
        "leave the method out with `#[bridge(skip)]`; `#[bridge(as_is)]` returns it all the same";
    NoReceiver:
        "a blocking twin cannot return `{T}`: only async code can wait for its values on every thread [SB028]",
        "a receiver of a tokio channel",
        "return it unchanged with `#[bridge(as_is)]`, and blocking code can wait with `wait_blocking` of the trait `Blocking`; or \
         leave the method out with `#[bridge(skip)]`";
    NoSink:
        "a blocking twin cannot return `{T}`: only async code can send with it [SB028]",
        "a sink",
        "write an async method that sends; or return the output unchanged with `#[bridge(as_is)]`, or leave the method out \
         with `#[bridge(skip)]`";
    NoStream:
        "a blocking twin cannot return `{T}`: only async code can use a stream [SB007]",
        "a stream",
        "mark the method with `#[bridge(iter)]` or `#[bridge(collect = …)]`, return the stream unchanged with \
         `#[bridge(as_is)]`, or leave the method out with `#[bridge(skip)]`";
    NoStreamInside:
        "a blocking twin cannot return `{T}`: only async code can use a stream [SB007]",
        "a stream, where `iter` does not find it",
        "write the stream out as `BoxStream` or `impl Stream<Item = …>`, and the twin iterates over it; or return the output \
         unchanged with `#[bridge(as_is)]`, or leave the method out with `#[bridge(skip)]`";
    NoFuture:
        "a blocking twin cannot return `{T}`: only async code can use a future [SB008]",
        "a future, or a type that `.await` turns into one",
        "if the method is not `async`, mark it with `#[bridge(future)]`, or list the type in `futures(…)` on the block; \
         otherwise await the future inside the method, return it unchanged with `#[bridge(as_is)]`, or leave the method \
         out with `#[bridge(skip)]`";
    NoFutureInside:
        "a blocking twin cannot return `{T}`: only async code can use a future [SB008]",
        "a future, or a type that `.await` turns into one, where `future` does not find it",
        "await the future inside the method, return the output unchanged with `#[bridge(as_is)]`, or leave the method out \
         with `#[bridge(skip)]`";
    NoIo:
        "a blocking twin cannot return `{T}`: only async code can read from it or write to it [SB028]",
        "an async reader or writer",
        "mark the method with `#[bridge(read)]`, `#[bridge(write)]` or `#[bridge(read, write)]`, and the twin returns a blocking \
         one; or return it unchanged with `#[bridge(as_is)]`, or leave the method out with `#[bridge(skip)]`";
    NoIoInside:
        "a blocking twin cannot return `{T}`: only async code can read from it or write to it [SB028]",
        "an async reader or writer, where `read` and `write` do not find it",
        "return it alone, or in a `Result` or an `Option` that is written out; or return the output unchanged with \
         `#[bridge(as_is)]`, or leave the method out with `#[bridge(skip)]`";
}

macro_rules! allow {
    // Each answer, and the one refusal that is about it.
    ([$($before:ident)*]) => {
        allow!((): $($before)*);
        allow!(FoundUse: $($before)*);
    };
    ([$($before:ident)*] $answer:ident $refusal:ident, $($others:ident $after:ident,)*) => {
        allow!($answer: $($before)* $($after)*);
        allow!([$($before)* $refusal] $($others $after,)*);
    };
    ($answer:ty: $($trait:ident)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: ?Sized> $trait<T> for $answer {}
    )*};
}

allow! {
    []
    FoundTaskHandle NoTaskHandle,
    FoundTaskHandleInside NoTaskHandleInside,
    FoundGuard NoGuard,
    FoundRuntime NoRuntime,
    FoundReceiver NoReceiver,
    FoundSink NoSink,
    FoundStream NoStream,
    FoundStreamInside NoStreamInside,
    FoundFuture NoFuture,
    FoundFutureInside NoFutureInside,
    FoundIo NoIo,
    FoundIoInside NoIoInside,
}

/// Returns the type of the first answer that reports something. The generated code then calls each `ask` separately. If
/// the refusals were bounds of a function, rustc would show that function.
#[must_use]
pub fn first<A: First>(_: A) -> PhantomData<A::Found> {
    PhantomData
}

/// Asks everything of an answer of which each `ask` has been called already, for another place where the type is. An
/// error at this place also shows this function.
pub fn ask_again<T: ?Sized, A>(_: PhantomData<A>)
where
    A: NoTaskHandle<T>
        + NoTaskHandleInside<T>
        + NoGuard<T>
        + NoRuntime<T>
        + NoReceiver<T>
        + NoSink<T>
        + NoStream<T>
        + NoStreamInside<T>
        + NoFuture<T>
        + NoFutureInside<T>
        + NoIo<T>
        + NoIoInside<T>,
{
}

/// Like [`first`], for what a `Result` or an `Option` contains.
#[must_use]
pub fn first_in_result<A: First<Found: Answer>>(_: A) -> PhantomData<<A::Found as Answer>::InResult> {
    PhantomData
}

/// Like [`first`], for what another type contains.
#[must_use]
pub fn first_inside<A: First<Found: Answer>>(_: A) -> PhantomData<<A::Found as Answer>::Inside> {
    PhantomData
}

macro_rules! rows {
    ($name:ident = $found:ident: $([$($generics:tt)*] $ty:ty;)*) => {$(
        impl<$($generics)*> Probe<$ty> {
            /// Wins over the constant of [`Returnable`].
            pub const $name: $found = $found;
        }
    )*};
}

// One name may stand for a whole that has a handle in it. `docs/diagnostics.md` says which wholes are known.
rows! { KIND = FoundTaskHandle:
    [T] JoinHandle<T>;
    [T] JoinSet<T>;
    [] LocalSet;
}

rows! { KIND = FoundTaskHandleInside:
    [T] Box<JoinHandle<T>>;
    [T] Option<JoinHandle<T>>;
    [T] Option<JoinSet<T>>;
    [T] Vec<JoinHandle<T>>;
    [T] Vec<JoinSet<T>>;
    [T, E] Result<JoinHandle<T>, E>;
    [T, E] Result<JoinSet<T>, E>;
    [T, E] Result<Option<JoinHandle<T>>, E>;
    [T, E] Result<Vec<JoinHandle<T>>, E>;
    [T, U] (JoinHandle<T>, U);
}

rows! { SECOND = FoundTaskHandleInside:
    [T, U] (U, JoinHandle<T>);
}

macro_rules! alone_or_wrapped {
    ($name:ident = $found:ident: $([$($generics:tt)*] $ty:ty;)*) => {$(
        rows! { $name = $found:
            [$($generics)*] $ty;
            [$($generics)*] Option<$ty>;
            [$($generics)* E] Result<$ty, E>;
        }
    )*};
}

alone_or_wrapped! { KIND = FoundGuard:
    [T: ?Sized,] MutexGuard<'_, T>;
    [T: ?Sized,] MappedMutexGuard<'_, T>;
    [T: ?Sized,] OwnedMutexGuard<T>;
    [T: ?Sized,] RwLockReadGuard<'_, T>;
    [T: ?Sized,] RwLockWriteGuard<'_, T>;
    [T: ?Sized, U: ?Sized,] OwnedRwLockReadGuard<T, U>;
    [T: ?Sized,] OwnedRwLockWriteGuard<T>;
    [] SemaphorePermit<'_>;
    [] OwnedSemaphorePermit;
}

// Their `blocking_recv` panics on the threads of a runtime. A `watch::Receiver` has `borrow`, which never waits.
alone_or_wrapped! { RECEIVER = FoundReceiver:
    [T,] mpsc::Receiver<T>;
    [T,] mpsc::UnboundedReceiver<T>;
    [T,] broadcast::Receiver<T>;
    [T,] oneshot::Receiver<T>;
}

rows! { KIND = FoundRuntime:
    [] Handle;
    [] Runtime;
    [] EnterGuard<'_>;
    [E] Result<Handle, E>;
    [E] Result<Runtime, E>;
}

// It is a future too, for async code.
rows! { KIND = FoundUse:
    [T] BridgedTask<T>;
    [T] Option<BridgedTask<T>>;
    [T] Vec<BridgedTask<T>>;
    [T, E] Result<BridgedTask<T>, E>;
}

macro_rules! inside {
    ($name:ident = $found:ident: $($bounds:tt)*) => {
        rows! { $name = $found:
            [T: $($bounds)*] Option<T>;
            [T: $($bounds)*] Vec<T>;
            [T: $($bounds)*, E] Result<T, E>;
        }
    };
}

rows! { ITERATOR = FoundUse:
    [T: Stream + Iterator] T;
}

rows! { STREAM = FoundStream:
    [T: Stream + ?Sized] T;
}

inside! { STREAM_INSIDE = FoundStreamInside: Stream }

rows! { FUTURE = FoundFuture:
    [T: Future + ?Sized] T;
}

inside! { FUTURE_INSIDE = FoundFutureInside: Future }

// Every future is such a type, too, and has been found before.
rows! { BUILDER = FoundFuture:
    [T: IntoFuture] T;
}

inside! { BUILDER_INSIDE = FoundFutureInside: IntoFuture }

impl<T: Sink<I> + Extend<I> + ?Sized, I> SinkProbe<T, I> {
    /// Wins over the constant of [`Returnable`]. A `Vec` is such a sink.
    pub const COLLECTION: FoundUse = FoundUse;
}

impl<T: Sink<I> + ?Sized, I> SinkProbe<T, I> {
    /// Wins over the constant of [`Returnable`].
    pub const SINK: FoundSink = FoundSink;
}

// What is in memory, such as a `Vec<u8>`, serves both kinds of code.
rows! { BLOCKING_READER = FoundUse:
    [T: AsyncRead + Read + ?Sized] T;
}

inside! { BLOCKING_READER_INSIDE = FoundUse: AsyncRead + Read }

rows! { BLOCKING_WRITER = FoundUse:
    [T: AsyncWrite + Write + ?Sized] T;
}

inside! { BLOCKING_WRITER_INSIDE = FoundUse: AsyncWrite + Write }

rows! { READER = FoundIo:
    [T: AsyncRead + ?Sized] T;
}

inside! { READER_INSIDE = FoundIoInside: AsyncRead }

rows! { WRITER = FoundIo:
    [T: AsyncWrite + ?Sized] T;
}

inside! { WRITER_INSIDE = FoundIoInside: AsyncWrite }
