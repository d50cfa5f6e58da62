//! Finds out what a type alias stands for. A macro sees the alias, and the compiler sees the type.
//!
//! Each constant of `Probe::<T>` answers one question. If the answer is yes, `Probe::<T>` has an inherent constant,
//! which the compiler prefers to the constant of the trait [`Returnable`]. If the answer is no, it has only the latter.
//! The types of one constant must not overlap, so there are several constants. [`First`] selects the first one that
//! reports something.

use crate::BridgedTask;
use futures_core::Stream;
use std::future::Future;
use std::marker::PhantomData;
use tokio::runtime::{EnterGuard, Handle, Runtime};
use tokio::sync::{
    MappedMutexGuard, MutexGuard, OwnedMutexGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, OwnedSemaphorePermit,
    RwLockReadGuard, RwLockWriteGuard, SemaphorePermit,
};
use tokio::task::{AbortHandle, JoinHandle, JoinSet, LocalSet};

/// Answers questions about `T`.
#[derive(Debug)]
pub struct Probe<T: ?Sized>(PhantomData<T>);

/// The answers for types that a twin may return.
pub trait Returnable {
    /// The type is not a type of tokio's that blocking code cannot use.
    const KIND: () = ();
    /// The second element of a pair is not such a type either.
    const SECOND: () = ();
    /// The type is not a stream.
    const STREAM: () = ();
    /// The type is not a `Result`, an `Option` or a `Vec` of a stream.
    const STREAM_INSIDE: () = ();
    /// The type is not a future.
    const FUTURE: () = ();
    /// The type is not a `Result`, an `Option` or a `Vec` of a future.
    const FUTURE_INSIDE: () = ();
}

impl<T: ?Sized> Returnable for Probe<T> {}

macro_rules! found {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl<Then> Or<Then> for $name {
            type Is = Self;
        }
    )*};
}

found! {
    /// The answer for a task handle.
    FoundTaskHandle
    /// The answer for a guard of one of tokio's locks.
    FoundGuard
    /// The answer for a runtime, or a handle of one.
    FoundRuntime
    /// The answer for a stream.
    FoundStream
    /// The answer for a future.
    FoundFuture
    /// The answer for a type that looks like one of these, but that blocking code can use.
    FoundUse
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

impl<A, B, C, D, E, F> First for (A, B, C, D, E, F)
where
    E: Or<F>,
    D: Or<E::Is>,
    C: Or<D::Is>,
    B: Or<C::Is>,
    A: Or<B::Is>,
{
    type Found = A::Is;
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
        "a task handle, under another name",
        "mark a `JoinHandle` with `#[bridge(task)]`, await the task inside the method, or leave the method out with \
         `#[bridge(skip)]`";
    NoGuard:
        "a blocking twin cannot return `{T}`: blocking code would hold an async lock that tasks wait for [SB022]",
        "a guard of a tokio lock, under another name",
        "copy the value out of the lock inside the method, or leave the method out with `#[bridge(skip)]`";
    NoRuntime:
        "a blocking twin cannot return `{T}`: blocking code would bypass the bridge with it [SB023]",
        "a tokio runtime or a handle to one, under another name",
        "leave the method out with `#[bridge(skip)]`";
    NoStream:
        "a blocking twin cannot return `{T}`: only async code can use a stream [SB007]",
        "a stream, under another name",
        "mark the method with `#[bridge(iter)]` or `#[bridge(collect = …)]`, or leave it out with `#[bridge(skip)]`";
    NoFuture:
        "a blocking twin cannot return `{T}`: only async code can use a future [SB008]",
        "a future, under another name",
        "if the method is not `async`, mark it with `#[bridge(future)]`; otherwise await the future inside the method, or \
         leave the method out with `#[bridge(skip)]`";
}

macro_rules! allow {
    ($($answer:ty: $($trait:ident)*;)*) => {$($(
        #[diagnostic::do_not_recommend]
        impl<T: ?Sized> $trait<T> for $answer {}
    )*)*};
}

allow! {
    (): NoTaskHandle NoGuard NoRuntime NoStream NoFuture;
    FoundUse: NoTaskHandle NoGuard NoRuntime NoStream NoFuture;
    FoundTaskHandle: NoGuard NoRuntime NoStream NoFuture;
    FoundGuard: NoTaskHandle NoRuntime NoStream NoFuture;
    FoundRuntime: NoTaskHandle NoGuard NoStream NoFuture;
    FoundStream: NoTaskHandle NoGuard NoRuntime NoFuture;
    FoundFuture: NoTaskHandle NoGuard NoRuntime NoStream;
}

/// Returns the type of the first answer that reports something. The generated code then calls each `ask` separately. If
/// the refusals were bounds of a function, rustc would show that function.
#[must_use]
pub fn first<A: First>(_: A) -> PhantomData<A::Found> {
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
    [] AbortHandle;
    [] LocalSet;
    [T] Box<JoinHandle<T>>;
    [T] Option<JoinHandle<T>>;
    [T] Option<JoinSet<T>>;
    [] Option<AbortHandle>;
    [T] Vec<JoinHandle<T>>;
    [T] Vec<JoinSet<T>>;
    [] Vec<AbortHandle>;
    [T, E] Result<JoinHandle<T>, E>;
    [T, E] Result<JoinSet<T>, E>;
    [E] Result<AbortHandle, E>;
    [T, E] Result<Option<JoinHandle<T>>, E>;
    [T, E] Result<Vec<JoinHandle<T>>, E>;
    [T, U] (JoinHandle<T>, U);
}

rows! { SECOND = FoundTaskHandle:
    [T, U] (U, JoinHandle<T>);
}

macro_rules! guards {
    ($([$($generics:tt)*] $ty:ty;)*) => {$(
        rows! { KIND = FoundGuard:
            [$($generics)*] $ty;
            [$($generics)*] Option<$ty>;
            [$($generics)* E] Result<$ty, E>;
        }
    )*};
}

guards! {
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

rows! { STREAM = FoundStream:
    [T: Stream + ?Sized] T;
}

rows! { STREAM_INSIDE = FoundStream:
    [T: Stream] Option<T>;
    [T: Stream] Vec<T>;
    [T: Stream, E] Result<T, E>;
}

rows! { FUTURE = FoundFuture:
    [T: Future + ?Sized] T;
}

rows! { FUTURE_INSIDE = FoundFuture:
    [T: Future] Option<T>;
    [T: Future] Vec<T>;
    [T: Future, E] Result<T, E>;
}
