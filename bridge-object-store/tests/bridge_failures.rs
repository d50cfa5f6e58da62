//! A failure of the bridge is `object_store`'s `Generic`, with the bridge's error as its source.
//!
//! The process-wide bridge is shut down in the end, so all of it is one test.

mod support;

use std::fmt;
use std::io::{ErrorKind, Read, Write};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, UploadPart,
};
use support::watched;
use sync_bridge::{BridgeError, RuntimeBridge};
use sync_bridge_object_store::{
    BlockingObjectIo, BlockingObjectStore, BlockingObjectStoreExt, ObjectWriter, bridge_error,
};

/// A store that panics, or never answers.
#[derive(Debug)]
struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Broken")
    }
}

#[async_trait]
impl ObjectStore for Broken {
    async fn put_opts(&self, _: &Path, _: PutPayload, _: PutOptions) -> Result<PutResult> {
        std::future::pending().await
    }

    async fn put_multipart_opts(&self, _: &Path, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        Ok(Box::new(Self))
    }

    async fn get_opts(&self, _: &Path, _: GetOptions) -> Result<GetResult> {
        panic!("broken for good")
    }

    fn delete_stream(&self, _: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        stream::pending().boxed()
    }

    fn list(&self, _: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        stream::pending().boxed()
    }

    async fn list_with_delimiter(&self, _: Option<&Path>) -> Result<ListResult> {
        std::future::pending().await
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        std::future::pending().await
    }
}

#[async_trait]
impl MultipartUpload for Broken {
    fn put_part(&mut self, _: PutPayload) -> UploadPart {
        Box::pin(async { panic!("a broken part") })
    }

    async fn complete(&mut self) -> Result<PutResult> {
        std::future::pending().await
    }

    async fn abort(&mut self) -> Result<()> {
        Ok(())
    }
}

fn failure(error: &Error) -> &BridgeError {
    assert!(matches!(error, Error::Generic { store: "sync-bridge", .. }), "{error:?}");
    assert!(std::error::Error::source(error).unwrap().is::<BridgeError>());
    bridge_error(error).unwrap()
}

#[test]
fn failures_keep_their_cause() {
    watched(|| {
        let path = Path::from("object");
        RuntimeBridge::builder().default_timeout(Duration::from_millis(500)).install_global().unwrap();
        // Panics, in either trait and in a part.
        let error = Broken.get_opts_blocking(&path, GetOptions::new()).unwrap_err();
        assert_eq!(failure(&error).panic_message(), Some("broken for good"));
        let error = Broken.head_blocking(&path).unwrap_err();
        assert_eq!(failure(&error).panic_message(), Some("broken for good"));
        let mut writer = Broken.writer_blocking(&path).unwrap().with_part_size(1);
        writer.write_all(b"text").unwrap();
        let error = writer.flush().unwrap_err();
        assert_eq!(bridge_error(&error).and_then(BridgeError::panic_message), Some("a broken part"));
        drop(writer);

        // The time limit of the bridge.
        let timed_out = |error: &Error| matches!(failure(error), BridgeError::TimedOut { .. });
        assert!(timed_out(&Broken.put_blocking(&path, "text".into()).unwrap_err()));
        assert!(timed_out(&Broken.list_with_delimiter_blocking(None).unwrap_err()));
        let listed: Vec<_> = Broken.list_blocking(None).collect();
        assert!(matches!(&listed[..], [Err(error)] if timed_out(error)));
        let listed: Vec<_> = Broken.list_blocking(None).with_prefetch(2).collect();
        assert!(matches!(&listed[..], [Err(error)] if timed_out(error)));
        let locations = std::iter::once(Ok(path.clone()));
        let deleted: Vec<_> = Broken.delete_stream_blocking(Box::new(locations)).collect();
        assert!(matches!(&deleted[..], [Err(error)] if timed_out(error)));
        let writer = Broken.writer_blocking(&path).unwrap();
        assert!(timed_out(&writer.finish().unwrap_err()));

        // Shut down, with a reader and writers at work.
        let store = support::counting::Counting::default();
        store.put_blocking(&path, support::numbered(10_000).into()).unwrap();
        let mut reader = store.reader_blocking(&path).unwrap();
        reader.read_exact(&mut [0; 10]).unwrap();
        let mut writer = store.writer_blocking(&path).unwrap().with_part_size(1);
        let unfinished = store.writer_blocking(&path).unwrap();
        RuntimeBridge::global().unwrap().shutdown(Duration::ZERO);
        let is_dead = |error: &Error| matches!(failure(error), BridgeError::WorkerDead);
        assert!(is_dead(&InMemory::new().head_blocking(&path).unwrap_err()));
        assert!(is_dead(&InMemory::new().list_blocking(None).next().unwrap().unwrap_err()));
        let error = reader.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        assert!(matches!(bridge_error(&error), Some(BridgeError::WorkerDead)));
        let error = writer.write_all(b"text").unwrap_err();
        assert!(matches!(bridge_error(&error), Some(BridgeError::WorkerDead)));
        assert!(is_dead(&unfinished.finish().unwrap_err()));
        assert!(is_dead(&writer.abort().unwrap_err()));
        drop(ObjectWriter::new(Box::new(Broken)).unwrap());
    });
}
