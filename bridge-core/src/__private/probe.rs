//! Task handles behind a type alias. A macro sees the alias; the compiler sees the type.
//!
//! `Probe::<T>::KIND` is the inherent constant where `T` is a task handle, and that of [`Returnable`] where it is
//! not: an inherent item wins over a trait's. `SECOND` answers likewise for the second half of a pair: the rows of one
//! constant may not overlap, and both halves may be handles.

use std::marker::PhantomData;
use tokio::task::{AbortHandle, JoinHandle, JoinSet, LocalSet};

/// Asks what `T` is.
#[derive(Debug)]
pub struct Probe<T: ?Sized>(PhantomData<T>);

/// The answer for everything that may be returned.
pub trait Returnable {
    /// Nothing to report.
    const KIND: () = ();
    /// Nothing to report.
    const SECOND: () = ();
}

impl<T: ?Sized> Returnable for Probe<T> {}

/// The answer for a task handle.
#[derive(Clone, Copy, Debug)]
pub struct TaskHandle;

/// The answers that let a twin compile.
#[diagnostic::on_unimplemented(
    message = "a blocking twin cannot return `{T}`: its caller has no runtime in which to await it [SB006]",
    label = "a task handle, under another name",
    note = "mark a `JoinHandle` with `#[bridge(task)]`, await the task inside the method, or leave the method out with \
            `#[bridge(skip)]`"
)]
pub trait Allowed<T: ?Sized> {}

#[diagnostic::do_not_recommend]
impl<T: ?Sized> Allowed<T> for () {}

/// Compiles only if `T` may be returned.
pub const fn returnable<T: ?Sized, K: Allowed<T> + Copy, S: Allowed<T> + Copy>(_: K, _: S) {}

macro_rules! task_handles {
    ($name:ident: $([$($generics:tt)*] $ty:ty;)*) => {$(
        impl<$($generics)*> Probe<$ty> {
            /// Wins over the constant of [`Returnable`].
            pub const $name: TaskHandle = TaskHandle;
        }
    )*};
}

// One name may stand for a whole that has a handle in it. `docs/diagnostics.md` says which wholes are known.
task_handles! { KIND:
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

task_handles! { SECOND:
    [T, U] (U, JoinHandle<T>);
}
