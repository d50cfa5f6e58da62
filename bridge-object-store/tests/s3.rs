//! The S3 client over the wire, to a server on loopback.

mod support;

use std::collections::BTreeSet;
use std::error::Error as _;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use object_store::aws::AmazonS3;
use object_store::list::PaginatedListOptions;
use object_store::path::Path;
use object_store::{Error, ObjectStore, PutMode, Result};
use support::s3::{Mood, Server};
use support::{CALLERS, Caller, from_each_caller, numbered};
use sync_bridge_object_store::{
    BlockingGetResult, BlockingObjectIo, BlockingObjectStore, BlockingObjectStoreExt, BlockingPaginatedListStore,
};

const OBJECTS: usize = 1000;
const MIB: usize = 1024 * 1024;

/// The server of the tests that leave it as it is. It ends, and its directory with it, when none of them is running.
fn server() -> Arc<Server> {
    static SERVER: Mutex<Weak<Server>> = Mutex::new(Weak::new());

    let mut shared = SERVER.lock().unwrap();
    shared.upgrade().unwrap_or_else(|| {
        let server = Arc::new(Server::start().unwrap());
        *shared = Arc::downgrade(&server);
        server
    })
}

/// A client with connections of its own.
fn client(server: &Server) -> AmazonS3 {
    server.client().build().unwrap()
}

/// A folder of its own for each test and caller.
fn folder(test: &str, caller: Caller) -> Path {
    Path::from(format!("{test}/{caller:?}"))
}

fn listed(objects: impl Iterator<Item = Result<object_store::ObjectMeta>>) -> BTreeSet<Path> {
    objects.map(|object| object.unwrap().location).collect()
}

#[test]
fn thousand_objects() {
    from_each_caller(|caller| {
        let server = server();
        let (store, folder) = (client(&server), folder("thousand", caller));
        let paths: Vec<Path> = (0..OBJECTS).map(|n| folder.clone().join(format!("{n:04}"))).collect();
        for (n, path) in paths.iter().enumerate() {
            store.put_blocking(path, format!("object {n}").into()).unwrap();
        }
        assert_eq!(listed(store.list_blocking(Some(&folder))), paths.iter().cloned().collect());
        let after = store.list_with_offset_blocking(Some(&folder), &paths[989]);
        assert_eq!(listed(after), paths[990..].iter().cloned().collect());
        for n in [0, 1, OBJECTS - 1] {
            let bytes = store.get_blocking(&paths[n]).unwrap().bytes_blocking().unwrap();
            assert_eq!(bytes, format!("object {n}"));
        }
        let deleted = store.delete_stream_blocking(Box::new(paths.clone().into_iter().map(Ok)));
        assert_eq!(deleted.collect::<Result<Vec<_>>>().unwrap(), paths);
        assert_eq!(store.list_blocking(Some(&folder)).count(), 0);
    });
}

#[test]
fn listing_across_pages() {
    let server = server();
    let store = client(&server);
    let folder = Path::from("pages");
    // A page of S3 has 1,000 objects. The files are put where the server keeps them, which is faster than through it.
    let directory = server.directory.path().join("bucket/pages");
    std::fs::create_dir_all(&directory).unwrap();
    let paths: BTreeSet<Path> = (0..2500).map(|n| folder.clone().join(format!("{n:04}"))).collect();
    for path in &paths {
        std::fs::write(directory.join(path.filename().unwrap()), "").unwrap();
    }
    from_each_caller({
        let (paths, folder, server) = (paths.clone(), folder.clone(), Arc::clone(&server));
        move |_| {
            let store = client(&server);
            assert_eq!(listed(store.list_blocking(Some(&folder))), paths);
            assert_eq!(listed(store.list_blocking(Some(&folder)).with_prefetch(1000)), paths);
            let some: Vec<_> = store.list_blocking(Some(&folder)).take(1001).collect::<Result<_>>().unwrap();
            assert_eq!(some.len(), 1001);
            assert_eq!(store.list_with_delimiter_blocking(Some(&folder)).unwrap().objects.len(), 2500);
        }
    });
    let (mut found, mut pages, mut token) = (BTreeSet::new(), 0, None);
    loop {
        let options = PaginatedListOptions { page_token: token, max_keys: Some(900), ..Default::default() };
        let page = store.list_paginated_blocking(Some("pages/"), options).unwrap();
        found.extend(page.result.objects.into_iter().map(|object| object.location));
        pages += 1;
        token = page.page_token;
        if token.is_none() {
            break;
        }
    }
    assert_eq!((found, pages), (paths, 3));
}

#[test]
fn upload_of_64_mib_from_a_reader() {
    from_each_caller(|caller| {
        let server = server();
        let (store, path) = (client(&server), folder("large", caller));
        let bytes = numbered(64 * MIB);
        let mut writer = store.writer_blocking(&path).unwrap();
        assert_eq!(io::copy(&mut &*bytes, &mut writer).unwrap(), 64 * MIB as u64);
        assert!(matches!(store.head_blocking(&path), Err(Error::NotFound { .. })));
        writer.finish().unwrap();
        assert_eq!(store.head_blocking(&path).unwrap().size, 64 * MIB as u64);

        let ranges = [0..10, 8_388_600..8_388_620, 67_108_860..67_108_864];
        for (range, read) in ranges.iter().zip(store.get_ranges_blocking(&path, &ranges).unwrap()) {
            assert_eq!(read, bytes[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()]);
        }
        assert_eq!(store.get_range_blocking(&path, 33_554_430..33_554_440).unwrap(), bytes[33_554_430..33_554_440]);

        let mut reader = store.reader_blocking(&path).unwrap();
        let mut read = Vec::new();
        reader.read_to_end(&mut read).unwrap();
        assert!(read == bytes);
        reader.seek(SeekFrom::End(-5)).unwrap();
        read.clear();
        reader.read_to_end(&mut read).unwrap();
        assert_eq!(read, bytes[64 * MIB - 5..]);
        store.delete_blocking(&path).unwrap();
    });
}

#[test]
fn dropped_upload_leaves_no_parts() {
    let server = Arc::new(Server::start().unwrap());
    from_each_caller(move |caller| {
        let (store, path) = (client(&server), folder("dropped", caller));
        let mut writer = store.writer_blocking(&path).unwrap().with_part_size(5 * MIB);
        writer.write_all(&numbered(12 * MIB)).unwrap();
        writer.flush().unwrap();
        assert_eq!(server.files_of_uploads(), 3, "two parts, and the upload itself");
        drop(writer);
        assert_eq!(server.files_of_uploads(), 0);
        assert!(matches!(store.head_blocking(&path), Err(Error::NotFound { .. })));
    });
}

#[test]
fn copies_and_conditional_puts() {
    from_each_caller(|caller| {
        let server = server();
        let (store, folder) = (client(&server), folder("conditional", caller));
        let (from, to) = (folder.clone().join("from"), folder.clone().join("to"));
        let first = store.put_opts_blocking(&from, "first".into(), PutMode::Create.into()).unwrap();
        let again = store.put_opts_blocking(&from, "again".into(), PutMode::Create.into());
        assert!(matches!(again, Err(Error::AlreadyExists { .. })), "{again:?}");
        let update = PutMode::Update(first.into());
        store.put_opts_blocking(&from, "second".into(), update.clone().into()).unwrap();
        let stale = store.put_opts_blocking(&from, "third".into(), update.into());
        assert!(matches!(stale, Err(Error::Precondition { .. })), "{stale:?}");
        store.copy_blocking(&from, &to).unwrap();
        store.rename_blocking(&to, &folder.clone().join("moved")).unwrap();
        let names: Vec<_> = listed(store.list_blocking(Some(&folder))).into_iter().collect();
        assert_eq!(names, [from, folder.clone().join("moved")]);
        let bytes = store.get_blocking(&names[1]).unwrap().bytes_blocking().unwrap();
        assert_eq!(bytes, "second");
    });
}

#[test]
fn many_threads_share_a_client() {
    let server = server();
    let store: Arc<dyn ObjectStore> = Arc::new(client(&server));
    support::watched(move || {
        std::thread::scope(|scope| {
            for thread in 0..16 {
                let store = &store;
                scope.spawn(move || {
                    let path = Path::from(format!("threads/{thread}"));
                    for n in 0..20 {
                        store.put_blocking(&path, format!("{thread} {n}").into()).unwrap();
                        let bytes = store.get_blocking(&path).unwrap().bytes_blocking().unwrap();
                        assert_eq!(bytes, format!("{thread} {n}"));
                    }
                });
            }
        });
    });
}

#[test]
fn wrong_credentials() {
    from_each_caller(|caller| {
        let (server, path) = (server(), folder("credentials", caller));
        let wrong_secret = server.client().with_secret_access_key("wrong").build().unwrap();
        let error = wrong_secret.put_blocking(&path, "text".into()).unwrap_err();
        assert!(matches!(error, Error::PermissionDenied { .. }), "{error:?}");
        // What `object_store` makes of it in a listing.
        let error = wrong_secret.list_blocking(None).next().unwrap().unwrap_err();
        let source = error.source().and_then(|source| source.source()).unwrap().to_string();
        assert!(source.contains("SignatureDoesNotMatch"), "{error:?}");
        let error = wrong_secret.writer_blocking(&path).unwrap_err();
        assert!(matches!(error, Error::PermissionDenied { .. }), "{error:?}");
        assert!(matches!(client(&server).head_blocking(&path), Err(Error::NotFound { .. })));
    });
}

#[test]
fn missing_bucket() {
    from_each_caller(|caller| {
        let (server, path) = (server(), folder("missing", caller));
        let store = server.client().with_bucket_name("no-such-bucket").build().unwrap();
        let error = store.get_blocking(&path).unwrap_err();
        assert!(matches!(error, Error::NotFound { .. }), "{error:?}");
        let errors: Vec<_> = store.list_blocking(None).collect();
        assert_eq!(errors.len(), 1);
        let error = errors[0].as_ref().unwrap_err();
        assert!(error.source().is_some_and(|source| source.to_string().contains("NoSuchBucket")), "{error:?}");
    });
}

/// The client waits so long for a server that does not answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// The server stops in the middle of a download, of an upload and of a listing. Each gives an error, and each works once
/// the server is there again. The callers each have a server of their own, as it takes the client's patience many times.
fn stops_half_way(mood: Mood) {
    std::thread::scope(|scope| {
        for caller in CALLERS {
            scope.spawn(move || caller.call(move || stopped(mood)));
        }
    });
}

fn stopped(mood: Mood) {
    let server = Server::start().unwrap();
    let store = server.impatient_client(PATIENCE);
    let bytes = numbered(8 * MIB);
    let (path, other) = (Path::from("stops/download"), Path::from("stops/upload"));
    client(&server).put_blocking(&path, bytes.clone().into()).unwrap();

    let mut reader = store.reader_blocking(&path).unwrap();
    let mut read = vec![0; MIB];
    reader.read_exact(&mut read).unwrap();
    server.set_mood(mood);
    let error = reader.read_to_end(&mut read).unwrap_err();
    assert!(error.get_ref().unwrap().is::<Error>(), "{error:?}");
    assert!((MIB..8 * MIB).contains(&read.len()));
    server.set_mood(Mood::Serves);
    // The same reader goes on where it was.
    reader.read_to_end(&mut read).unwrap();
    assert!(read == bytes);

    let mut writer = store.writer_blocking(&other).unwrap().with_part_size(MIB);
    writer.write_all(&bytes[..2 * MIB]).unwrap();
    writer.flush().unwrap();
    server.set_mood(mood);
    let written = writer.write_all(&bytes[2 * MIB..]).and_then(|()| writer.flush());
    assert!(written.unwrap_err().get_ref().unwrap().is::<Error>());
    drop(writer);
    server.set_mood(Mood::Serves);
    assert!(matches!(store.head_blocking(&other), Err(Error::NotFound { .. })));
    let mut writer = store.writer_blocking(&other).unwrap();
    writer.write_all(&bytes[..MIB]).unwrap();
    writer.finish().unwrap();

    server.set_mood(mood);
    assert!(store.list_blocking(None).next().unwrap().is_err());
    assert!(store.put_blocking(&path, "new".into()).is_err());
    server.set_mood(Mood::Serves);
    assert_eq!(listed(store.list_blocking(None)), BTreeSet::from([path.clone(), other]));
    // HTTP takes nothing back: the server may find a request that the client has given up, and carry it out now. The
    // object is the old one or the new one, and whole.
    let found = client(&server).get_blocking(&path).unwrap().bytes_blocking().unwrap();
    assert!(found == "new" || found == bytes, "{} bytes", found.len());
}

#[test]
fn server_that_falls_silent() {
    stops_half_way(Mood::Stalls);
}

#[test]
fn server_that_hangs_up() {
    stops_half_way(Mood::IsGone);
}
