#![doc = include_str!("../README.md")]

mod error;
mod io;
mod parts;
mod payload;
mod reader;
mod source;
mod store;
mod writer;

pub use error::bridge_error;
pub use io::BlockingObjectIo;
pub use parts::{BlockingMultipartStore, BlockingMultipartUpload, BlockingPaginatedListStore};
pub use payload::BlockingGetResult;
pub use reader::ObjectReader;
pub use store::{BlockingObjectStore, BlockingObjectStoreExt};
pub use writer::ObjectWriter;

/// Compiles and runs the code of the guide.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guide/object_store.md")]
mod guide {}
