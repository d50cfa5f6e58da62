//! `Seek` over `AsyncSeek`.

use std::io::{self, Seek, SeekFrom};
use std::task::ready;

use tokio::io::AsyncSeek;

use crate::io::blocking_io::BlockingIo;

impl<T: AsyncSeek + Unpin + Send> Seek for BlockingIo<T> {
    #[track_caller]
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        let mut to_start = Some(position);
        self.operate(|mut object, cx| {
            if let Some(position) = to_start {
                // An operation that is under way, as a seek that was cut short may be, comes to its end first.
                ready!(object.as_mut().poll_complete(cx))?;
                object.as_mut().start_seek(position)?;
                to_start = None;
            }
            object.poll_complete(cx)
        })
    }
}
