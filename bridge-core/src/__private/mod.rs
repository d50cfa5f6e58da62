//! The code that generated twins call. It is not public API. A twin and this module always have the same version.

mod adapters;
mod bridge_ref;
mod call;
mod collect;
mod lend;
mod output;
mod probe;
mod pull;
mod twin_type;

/// Traits that async code polls.
pub mod polled;

pub use adapters::{
    AnyStream, AsyncIo, BoxStream, FromResult, IntoBridgedTask, MapInner, MappedIter, SendRead, SendWrite, flatten,
    flatten_with, iter, iter_boxed, keep, map_each, map_inner, read, read_bytes, read_bytes_boxed, read_write, write,
};
pub use bridge_ref::{BridgeRef, IntoBridgeRef, OwnedBridgeRef};
pub use call::{
    CallTarget, IntoTimeout, PromisedSend, WithTimeout, call, call_local, call_promised, enter, options,
    with_computed_timeout, with_timeout,
};
pub use collect::{Collects, TakesAll, collect, collect_ok, collect_result};
pub use lend::{
    Lent, LentWrites, drop_unlent, end_loan, finish_promised_writes, finish_writes, lend_reader, lend_writer,
};
pub use output::{MappedOutput, TwinOutput, or_panic};
pub use probe::{
    NoFuture, NoFutureInside, NoGuard, NoIo, NoIoInside, NoReceiver, NoRuntime, NoSink, NoStream, NoStreamInside,
    NoTaskHandle, NoTaskHandleInside, Probe, Returnable, SinkProbe, ask_again, first, first_in_result, first_inside,
};
pub use pull::{Pulled, pull, pull_boxed};

pub use twin_type::{
    AsyncOf, CloneIfItHolds, DebugIfItHolds, EqIfItHolds, HasBridge, HasTwin, HashIfItHolds, MapItems, NoTwin,
    OrdIfItHolds, OwnBridge, PartialEqIfItHolds, PartialOrdIfItHolds, TwinBridge, TwinProbe, Twinless, around,
    bridge_of, clone_value, convert_error, into_parts, map_items, own_bridge, parts, parts_mut, traits, twin,
    twin_of_async,
};

pub use crate::twin_type::TwinValue;
pub use crate::{
    BlockingIo, BlockingIter, BridgeError, BridgedTask, ByteReader, FlattenResults, Kept, PanicOnError, RuntimeBridge,
    TwinType,
};
pub use core::convert::identity;
pub use core::future::{Future, IntoFuture, ready};
pub use core::iter::{IntoIterator, Iterator};
pub use core::marker::{Send, Sized, Sync};
pub use core::pin::Pin;
pub use core::result::Result;
pub use std::boxed::Box;
pub use std::io::{Read, Write};
