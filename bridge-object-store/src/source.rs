//! The source of a reader's bytes: the file of a local store, or a stream.

use crate::error::into_io;
use crate::payload::BlockingGetResult;
use bytes::Bytes;
use object_store::{GetResult, Result};
use std::io;

#[cfg(feature = "fs")]
use {
    object_store::GetResultPayload,
    std::fs::File,
    std::io::{Read, Seek, SeekFrom},
};

/// How much of a file is read at a time.
#[cfg(feature = "fs")]
const FILE_CHUNK: u64 = 64 * 1024;

/// This many empty pieces in succession count as the end. `object_store` returns them without end for a truncated file.
const EMPTY_PIECES: usize = 1000;

/// The payload of a `GetResult`, piece by piece.
pub(crate) enum Source {
    #[cfg(feature = "fs")]
    File(File),
    Pieces(Box<dyn Iterator<Item = Result<Bytes>> + Send>),
}

impl Source {
    pub(crate) fn of(object: GetResult) -> Self {
        match object.payload {
            #[cfg(feature = "fs")]
            GetResultPayload::File(file, _) => Self::File(file),
            _ => Self::Pieces(Box::new(object.into_stream_blocking())),
        }
    }

    /// Returns the piece that begins at byte `at` of the object and ends before `end`, or none if the object ends at
    /// `at`. Pieces of a stream come one after the other, regardless of `at`.
    pub(crate) fn read(&mut self, at: u64, end: u64) -> io::Result<Option<Bytes>> {
        match self {
            #[cfg(feature = "fs")]
            Self::File(file) => {
                file.seek(SeekFrom::Start(at))?;
                let mut piece = Vec::new();
                file.take(FILE_CHUNK.min(end - at)).read_to_end(&mut piece)?;
                Ok((!piece.is_empty()).then(|| piece.into()))
            }
            Self::Pieces(pieces) => {
                let is_empty = |piece: &Result<Bytes>| piece.as_ref().is_ok_and(Bytes::is_empty);
                let mut piece =
                    pieces.take(EMPTY_PIECES).find(|piece| !is_empty(piece)).transpose().map_err(into_io)?;
                if let Some(piece) = &mut piece {
                    piece.truncate(usize::try_from(end - at).unwrap_or(usize::MAX));
                }
                Ok(piece)
            }
        }
    }
}
