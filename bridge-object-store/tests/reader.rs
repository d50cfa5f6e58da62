//! `ObjectReader`: reading and seeking, from every caller.

mod support;

use std::error::Error;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{GetOptions, ObjectStore};
use support::counting::{Counting, PIECE};
use support::{from_each_caller, numbered};
use sync_bridge_object_store::{BlockingObjectIo, BlockingObjectStore, BlockingObjectStoreExt, ObjectReader};

const LENGTH: usize = 1_000_000;

fn path() -> Path {
    Path::from("some/object")
}

/// A store with an object of `LENGTH` numbered bytes.
fn filled<S: BlockingObjectStoreExt>(store: S) -> S {
    store.put_blocking(&path(), numbered(LENGTH).into()).unwrap();
    store
}

fn asked(store: &Counting) -> Vec<Option<std::ops::Range<u64>>> {
    store.log.gets.lock().unwrap().drain(..).collect()
}

/// Reads and seeks to and fro, and compares with the same on a slice.
fn reads_as_a_slice<S: BlockingObjectStore + ?Sized>(store: &S) -> io::Result<()> {
    let bytes = numbered(LENGTH);
    let whole = store.reader_blocking(&path())?;
    compare(whole, &bytes)?;
    let options = GetOptions::new().with_range(Some(300_000..900_001));
    let range = store.reader_opts_blocking(&path(), options)?;
    compare(range, &bytes[300_000..900_001])
}

fn compare(mut reader: impl BufRead + Seek, bytes: &[u8]) -> io::Result<()> {
    let mut slice = io::Cursor::new(bytes);
    let length = i64::try_from(bytes.len()).unwrap();
    let seeks = [
        SeekFrom::Start(0),
        SeekFrom::Current(1),
        SeekFrom::Current(-7),
        SeekFrom::Start(400_000),
        SeekFrom::Current(100),
        SeekFrom::Current(-200_000),
        SeekFrom::End(-5),
        SeekFrom::End(0),
        SeekFrom::End(5),
        SeekFrom::Current(-100),
        SeekFrom::End(-length),
        SeekFrom::End(-length - 1),
        SeekFrom::Current(i64::MAX),
        SeekFrom::Current(i64::MIN),
    ];
    for seek in seeks {
        let (here, there) = (reader.seek(seek), slice.seek(seek));
        assert_eq!(here.as_ref().ok(), there.as_ref().ok(), "{seek:?}");
        if let Err(error) = here {
            assert_eq!(error.kind(), there.unwrap_err().kind());
        }
        let (mut read, mut expected) = (Vec::new(), Vec::new());
        reader.by_ref().take(1234).read_to_end(&mut read)?;
        slice.by_ref().take(1234).read_to_end(&mut expected)?;
        assert!(read == expected, "{seek:?}");
        assert_eq!(reader.stream_position()?, slice.stream_position()?);
    }
    reader.rewind()?;
    let mut read = Vec::new();
    reader.read_to_end(&mut read)?;
    assert!(read == bytes);
    assert!(reader.fill_buf()?.is_empty());
    Ok(())
}

#[test]
fn to_and_fro_on_each_store() {
    from_each_caller(|_| {
        let directory = tempfile::tempdir().unwrap();
        reads_as_a_slice(&filled(InMemory::new())).unwrap();
        reads_as_a_slice(&filled(LocalFileSystem::new_with_prefix(directory.path()).unwrap())).unwrap();
        reads_as_a_slice(&filled(Counting::default())).unwrap();
        let shared: Arc<dyn ObjectStore> = Arc::new(filled(InMemory::new()));
        reads_as_a_slice(&shared).unwrap();
        reads_as_a_slice(&*shared).unwrap();
        let twin: &dyn BlockingObjectStore = &shared;
        reads_as_a_slice(twin).unwrap();
    });
}

#[test]
fn whole_object_is_one_request() -> io::Result<()> {
    let store = filled(Counting::default());
    let mut read = Vec::new();
    store.reader_blocking(&path())?.read_to_end(&mut read)?;
    assert!(read == numbered(LENGTH));
    assert_eq!(asked(&store), [None]);
    Ok(())
}

#[test]
fn seeking_asks_only_for_what_is_not_near() -> io::Result<()> {
    let store = filled(Counting::default());
    let mut reader = store.reader_blocking(&path())?;
    let mut byte = [0];
    // Seeking alone asks for nothing.
    for position in [900_000, 10, 500_000, 0] {
        reader.seek(SeekFrom::Start(position))?;
    }
    reader.read_exact(&mut byte)?;
    // Back within the piece, and a short way ahead.
    reader.rewind()?;
    reader.read_exact(&mut byte)?;
    reader.seek(SeekFrom::Start(100_000))?;
    reader.read_exact(&mut byte)?;
    assert_eq!(asked(&store), [None]);
    reader.seek(SeekFrom::Start(900_000))?;
    reader.read_exact(&mut byte)?;
    reader.seek(SeekFrom::Start(10))?;
    reader.read_exact(&mut byte)?;
    assert_eq!(asked(&store), [Some(900_000..1_000_000), Some(10..1_000_000)]);
    Ok(())
}

#[test]
fn error_of_a_piece_then_recovery() {
    from_each_caller(|_| {
        let store = filled(Counting::default());
        store.log.pieces_to_failure.store(2, Ordering::SeqCst);
        let mut reader = store.reader_blocking(&path()).unwrap();
        let mut read = Vec::new();
        let error = reader.read_to_end(&mut read).unwrap_err();
        assert!(error.get_ref().unwrap().is::<object_store::Error>());
        assert!(error.to_string().contains("told to fail"), "{error}");
        assert_eq!(read.len(), 2 * PIECE);
        // The store is asked again for what is left.
        reader.read_to_end(&mut read).unwrap();
        assert!(read == numbered(LENGTH));
        assert_eq!(asked(&store), [None, Some(2000..1_000_000)]);
    });
}

#[test]
fn object_replaced_while_being_read() -> io::Result<()> {
    let store = filled(Counting::default());
    let mut reader = store.reader_blocking(&path())?;
    reader.read_exact(&mut [0; 10])?;
    filled(Arc::clone(&store.inner));
    reader.seek(SeekFrom::End(-1))?;
    let error = reader.read(&mut [0]).unwrap_err();
    let source = error.get_ref().unwrap().downcast_ref::<object_store::Error>();
    assert!(matches!(source, Some(object_store::Error::Precondition { .. })), "{error}");
    Ok(())
}

#[test]
fn object_that_is_not_there() {
    let store = InMemory::new();
    let error = store.reader_blocking(&path()).unwrap_err();
    assert!(matches!(error, object_store::Error::NotFound { .. }));
    let store = filled(store);
    let mut reader = store.reader_blocking(&path()).unwrap();
    store.delete_blocking(&path()).unwrap();
    reader.seek(SeekFrom::End(-1)).unwrap();
    assert_eq!(reader.read_exact(&mut [0]).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn file_cut_short_while_being_read() {
    from_each_caller(|_| {
        let directory = tempfile::tempdir().unwrap();
        let store = filled(LocalFileSystem::new_with_prefix(directory.path()).unwrap());
        let mut reader = store.reader_blocking(&path()).unwrap();
        let file = std::fs::OpenOptions::new().write(true).open(directory.path().join("some/object")).unwrap();
        file.set_len(100_000).unwrap();
        let error = reader.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    });
}

#[test]
fn empty_object_and_empty_buffer() -> io::Result<()> {
    let store = Counting::default();
    store.put_blocking(&path(), "".into())?;
    let mut reader = store.reader_blocking(&path())?;
    assert_eq!(reader.read(&mut [0])?, 0);
    assert_eq!(reader.seek(SeekFrom::End(0))?, 0);
    let store = filled(store);
    let mut reader = store.reader_blocking(&path())?;
    assert_eq!(reader.read(&mut [])?, 0);
    Ok(())
}

#[test]
fn owned_reader_goes_to_another_thread() -> Result<(), Box<dyn Error>> {
    let store: Arc<dyn ObjectStore> = Arc::new(filled(Counting::default()));
    let object = store.get_blocking(&path())?;
    let reader = BufReader::new(ObjectReader::new(Arc::clone(&store), object));
    assert!(format!("{reader:?}").contains("some/object"));
    let count = std::thread::spawn(move || reader.bytes().count()).join().unwrap();
    assert_eq!(count, LENGTH);
    Ok(())
}
