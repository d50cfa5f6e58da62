//! `ObjectWriter`: parts, errors, finishing and giving up, from every caller.

mod support;

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use object_store::path::Path;
use object_store::{Attribute, Attributes, MultipartUpload, PutMultipartOptions, PutPayload, PutResult, UploadPart};

use support::counting::Counting;
use support::{from_each_caller, numbered, watched};
use sync_bridge_object_store::{BlockingGetResult, BlockingObjectIo, BlockingObjectStoreExt, ObjectWriter};
use tokio::sync::Semaphore;

fn path() -> Path {
    Path::from("some/object")
}

fn stored(store: &Counting) -> Option<Vec<u8>> {
    let object = store.inner.get_blocking(&path()).ok()?;
    Some(object.bytes_blocking().unwrap().to_vec())
}

fn aborts(store: &Counting) -> usize {
    store.log.aborts.load(Ordering::SeqCst)
}

#[test]
fn object_is_there_once_finished() {
    from_each_caller(|_| {
        let store = Counting::default();
        let mut writer = store.writer_blocking(&path()).unwrap().with_part_size(1000);
        // As many bytes at a time as do not fit the parts.
        for bytes in numbered(12_345).chunks(77) {
            writer.write_all(bytes).unwrap();
        }
        assert_eq!(stored(&store), None);
        assert!(writer.finish().unwrap().e_tag.is_some());
        assert_eq!(stored(&store), Some(numbered(12_345)));
        let sizes: Vec<usize> = store.log.parts.lock().unwrap().clone();
        assert_eq!(sizes, [[1000; 12].as_slice(), &[345]].concat());
        assert_eq!(aborts(&store), 0);
    });
}

#[test]
fn parts_of_every_size() -> io::Result<()> {
    for (part_size, length) in [(1, 3), (10, 0), (10, 9), (10, 10), (10, 11), (10, 20), (8_388_608, 100_000)] {
        let store = Counting::default();
        let mut writer = store.writer_blocking(&path())?.with_part_size(part_size);
        io::copy(&mut &*numbered(length), &mut writer)?;
        writer.finish()?;
        assert_eq!(stored(&store), Some(numbered(length)), "{length} bytes in parts of {part_size}");
        let parts = store.log.parts.lock().unwrap();
        assert_eq!(parts.len(), length.div_ceil(part_size));
        assert!(parts.iter().all(|size| (1..=part_size).contains(size)));
    }
    Ok(())
}

#[test]
fn parts_go_out_side_by_side() {
    watched(|| {
        let store = Counting::default();
        let mut writer = store.writer_blocking(&path()).unwrap().with_part_size(10).with_max_in_flight(3);
        store.log.permits.forget_permits(Semaphore::MAX_PERMITS);
        // Three parts are on their way, none of which arrives, and one is full.
        writer.write_all(&numbered(40)).unwrap();
        let log = &store.log;
        while log.under_way.load(Ordering::SeqCst) < 3 {
            std::thread::yield_now();
        }
        log.permits.add_permits(100);
        writer.write_all(&numbered(100)).unwrap();
        writer.finish().unwrap();
        assert_eq!(log.most_under_way.load(Ordering::SeqCst), 3);
        assert_eq!(stored(&store).map(|bytes| bytes.len()), Some(140));
    });
}

#[test]
fn dropped_writer_aborts() {
    from_each_caller(|_| {
        let store = Counting::default();
        let mut writer = store.writer_blocking(&path()).unwrap().with_part_size(10);
        store.log.permits.forget_permits(Semaphore::MAX_PERMITS);
        // Parts are on their way, and wait for ever: the store checks that they are gone before the upload is aborted.
        writer.write_all(&numbered(35)).unwrap();
        drop(writer);
        assert_eq!((aborts(&store), stored(&store)), (1, None));
    });
}

#[test]
fn writer_dropped_by_a_panic_aborts() {
    from_each_caller(|_| {
        let store = Counting::default();
        let mut writer = store.writer_blocking(&path()).unwrap();
        let panic = catch_unwind(AssertUnwindSafe(move || {
            writer.write_all(b"half of it").unwrap();
            panic!("the other half is missing");
        }));
        assert!(panic.is_err());
        assert_eq!((aborts(&store), stored(&store)), (1, None));
    });
}

#[test]
fn writer_is_aborted() {
    from_each_caller(|_| {
        let store = Counting::default();
        let mut writer = store.writer_blocking(&path()).unwrap().with_part_size(10);
        writer.write_all(&numbered(35)).unwrap();
        writer.abort().unwrap();
        assert_eq!((aborts(&store), stored(&store)), (1, None));
    });
}

#[test]
fn error_of_a_part_is_that_of_a_later_call() {
    from_each_caller(|_| {
        let store = Counting::default();
        let mut writer = store.writer_blocking(&path()).unwrap().with_part_size(10).with_max_in_flight(1);
        store.log.parts_fail.store(true, Ordering::SeqCst);
        let error = writer.write_all(&numbered(100)).unwrap_err();
        assert!(error.to_string().contains("told to fail"), "{error}");
        assert!(error.get_ref().unwrap().is::<object_store::Error>());
        store.log.parts_fail.store(false, Ordering::SeqCst);
        // The object would have a hole.
        assert!(writer.write(b"more").is_err());
        assert!(writer.flush().is_err());
        let error = writer.finish().unwrap_err();
        assert!(error.to_string().contains("an earlier part of this upload failed"), "{error}");
        assert_eq!((aborts(&store), stored(&store)), (1, None));
    });
}

#[test]
fn flush_waits_for_full_parts() {
    watched(|| {
        let store = Counting::default();
        let mut writer = store.writer_blocking(&path()).unwrap().with_part_size(10);
        writer.write_all(&numbered(25)).unwrap();
        writer.flush().unwrap();
        assert_eq!(*store.log.parts.lock().unwrap(), [10, 10]);
        assert_eq!(store.log.under_way.load(Ordering::SeqCst), 0);
        store.log.parts_fail.store(true, Ordering::SeqCst);
        writer.write_all(&numbered(5)).unwrap();
        assert!(writer.flush().unwrap_err().to_string().contains("told to fail"));
    });
}

#[test]
fn upload_that_cannot_be_completed_is_aborted() {
    from_each_caller(|_| {
        let store = Counting::default();
        let mut writer = store.writer_blocking(&path()).unwrap();
        writer.write_all(b"all of it").unwrap();
        store.log.completing_fails.store(true, Ordering::SeqCst);
        assert!(writer.finish().unwrap_err().to_string().contains("told to fail"));
        assert_eq!((aborts(&store), stored(&store)), (1, None));
    });
}

#[test]
fn attributes_go_with_the_object() -> io::Result<()> {
    let store = object_store::memory::InMemory::new();
    let attributes = Attributes::from_iter([(Attribute::ContentType, "text/plain")]);
    let options = PutMultipartOptions::from(attributes.clone());
    store.writer_opts_blocking(&path(), options)?.finish()?;
    assert_eq!(store.get_blocking(&path())?.attributes, attributes);
    Ok(())
}

#[test]
fn writer_moves_to_another_thread() {
    let store = Counting::default();
    let mut writer = store.writer_blocking(&path()).unwrap();
    let write = std::thread::spawn(move || {
        writer.write_all(b"from there")?;
        io::Result::Ok(writer)
    });
    write.join().unwrap().unwrap().finish().unwrap();
    assert_eq!(stored(&store), Some(b"from there".to_vec()));
}

#[test]
fn options_out_of_range_panic() {
    let store = Counting::default();
    let options: [fn(ObjectWriter) -> ObjectWriter; 2] =
        [|writer| writer.with_part_size(0), |writer| writer.with_max_in_flight(0)];
    for option in options {
        let writer = store.writer_blocking(&path()).unwrap();
        assert!(catch_unwind(AssertUnwindSafe(|| option(writer))).is_err());
    }
    assert_eq!(aborts(&store), 2);
}

/// An upload of which nothing is heard any more.
#[derive(Debug)]
struct Silent;

#[async_trait]
impl MultipartUpload for Silent {
    fn put_part(&mut self, _: PutPayload) -> UploadPart {
        Box::pin(std::future::pending())
    }

    async fn complete(&mut self) -> object_store::Result<PutResult> {
        std::future::pending().await
    }

    async fn abort(&mut self) -> object_store::Result<()> {
        std::future::pending().await
    }
}

#[test]
fn dropping_does_not_wait_for_ever() {
    watched(|| {
        let mut writer = ObjectWriter::new(Box::new(Silent)).unwrap().with_part_size(1);
        writer.write_all(b"ab").unwrap();
        drop(writer);
    });
}
