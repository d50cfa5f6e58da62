//! Every method of the twins, on every kind of store, from every caller.

mod support;

use std::sync::Arc;

use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{
    CopyMode, CopyOptions, Error, GetOptions, ObjectMeta, ObjectStore, PutMode, RenameOptions, RenameTargetMode, Result,
};
use support::from_each_caller;
use sync_bridge_object_store::{
    BlockingGetResult, BlockingMultipartUpload, BlockingObjectIo, BlockingObjectStore, BlockingObjectStoreExt,
    ObjectReader, ObjectWriter,
};

fn names(objects: impl Iterator<Item = Result<ObjectMeta>>) -> Vec<String> {
    let mut names: Vec<_> = objects.map(|object| object.unwrap().location.to_string()).collect();
    names.sort_unstable();
    names
}

fn text<S: BlockingObjectStoreExt + ?Sized>(store: &S, path: &Path) -> String {
    String::from_utf8(store.get_blocking(path).unwrap().bytes_blocking().unwrap().into()).unwrap()
}

fn without_options<S: BlockingObjectStore + BlockingObjectStoreExt + ?Sized>(store: &S) -> Result<()> {
    let (a, b, c) = (Path::from("x/a"), Path::from("x/b"), Path::from("y/c"));
    store.put_blocking(&a, "text of a".into())?;
    assert_eq!(store.head_blocking(&a)?.size, 9);
    assert_eq!(store.get_range_blocking(&a, 5..7)?, "of");
    let pieces: Vec<_> = store.get_blocking(&a)?.into_stream_blocking().collect::<Result<_>>()?;
    assert_eq!(pieces.concat(), b"text of a");
    store.copy_blocking(&a, &b)?;
    assert!(matches!(store.copy_if_not_exists_blocking(&a, &b), Err(Error::AlreadyExists { .. })));
    store.copy_if_not_exists_blocking(&a, &c)?;
    assert!(matches!(store.rename_if_not_exists_blocking(&a, &b), Err(Error::AlreadyExists { .. })));
    store.put_blocking(&c, "text of c".into())?;
    store.rename_blocking(&c, &b)?;
    assert_eq!(text(store, &b), "text of c");
    store.rename_if_not_exists_blocking(&b, &c)?;
    assert_eq!(names(store.list_blocking(None)), ["x/a", "y/c"]);
    let mut upload = store.put_multipart_blocking(&b)?;
    upload.put_part_blocking("in ".into())?;
    upload.put_part_blocking("parts".into())?;
    upload.complete_blocking()?;
    assert_eq!(text(store, &b), "in parts");
    let mut upload = store.put_multipart_blocking(&Path::from("aborted"))?;
    upload.put_part_blocking("part".into())?;
    upload.abort_blocking()?;
    for path in [a, b, c] {
        store.delete_blocking(&path)?;
        assert!(matches!(store.get_blocking(&path), Err(Error::NotFound { .. })));
    }
    Ok(())
}

fn with_options<S: BlockingObjectStore + BlockingObjectStoreExt + ?Sized>(store: &S) -> Result<()> {
    let paths = ["dir/a", "dir/b", "dir/c", "dir/sub/d"].map(Path::from);
    for path in &paths {
        store.put_opts_blocking(path, path.as_ref().to_owned().into(), PutMode::Create.into())?;
    }
    let again = store.put_opts_blocking(&paths[0], "again".into(), PutMode::Create.into());
    assert!(matches!(again, Err(Error::AlreadyExists { .. })));

    let meta = store.get_opts_blocking(&paths[0], GetOptions::new().with_head(true))?.meta;
    let unchanged = GetOptions::new().with_if_none_match(meta.e_tag);
    assert!(matches!(store.get_opts_blocking(&paths[0], unchanged), Err(Error::NotModified { .. })));
    let tail = store.get_opts_blocking(&paths[3], GetOptions::new().with_range(Some(4..)))?;
    assert_eq!((tail.range.clone(), tail.bytes_blocking()?), (4..9, "sub/d".into()));
    assert_eq!(store.get_ranges_blocking(&paths[0], &[0..3, 4..5])?, ["dir", "a"]);

    assert_eq!(names(store.list_blocking(Some(&Path::from("dir/sub")))), ["dir/sub/d"]);
    assert_eq!(names(store.list_with_offset_blocking(None, &paths[1])), ["dir/c", "dir/sub/d"]);
    let listed = store.list_with_delimiter_blocking(Some(&Path::from("dir")))?;
    assert_eq!((listed.objects.len(), listed.common_prefixes), (3, vec![Path::from("dir/sub")]));

    let create = CopyOptions::new().with_mode(CopyMode::Create);
    assert!(matches!(store.copy_opts_blocking(&paths[0], &paths[1], create), Err(Error::AlreadyExists { .. })));
    let create = RenameOptions::new().with_target_mode(RenameTargetMode::Create);
    store.rename_opts_blocking(&paths[0], &Path::from("dir/e"), create)?;

    let to_delete = names(store.list_blocking(None)).into_iter().map(|name| Ok(Path::from(name)));
    let deleted: Vec<_> = store.delete_stream_blocking(Box::new(to_delete)).collect::<Result<_>>()?;
    assert_eq!(deleted.len(), 4);
    assert_eq!(store.list_blocking(None).count(), 0);
    Ok(())
}

fn every_method<S: BlockingObjectStore + BlockingObjectStoreExt + ?Sized>(store: &S) {
    without_options(store).unwrap();
    with_options(store).unwrap();
}

#[test]
fn on_every_kind_of_store() {
    from_each_caller(|_| {
        let directory = tempfile::tempdir().unwrap();
        every_method(&InMemory::new());
        every_method(&LocalFileSystem::new_with_prefix(directory.path()).unwrap());
        every_method(&PrefixStore::new(InMemory::new(), "prefix"));
        let shared: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        every_method(&shared);
        every_method(&*shared);
        every_method::<Box<dyn ObjectStore>>(&(Box::new(InMemory::new()) as _));
    });
}

#[test]
fn twin_as_a_trait_object() -> Result<()> {
    let store: Arc<dyn BlockingObjectStore> = Arc::new(InMemory::new());
    assert_eq!(format!("{store} {store:?}"), format!("{0} {0:?}", InMemory::new()));
    with_options_of_a_twin(&*store)?;
    let mut writer = store.writer_blocking(&Path::from("object"))?;
    std::io::Write::write_all(&mut writer, b"text").unwrap();
    writer.finish()?;
    assert_eq!(std::io::read_to_string(store.reader_blocking(&Path::from("object"))?).unwrap(), "text");
    Ok(())
}

fn with_options_of_a_twin(store: &dyn BlockingObjectStore) -> Result<()> {
    let path = Path::from("object");
    store.put_opts_blocking(&path, "text".into(), PutMode::Create.into())?;
    assert_eq!(names(store.list_blocking(None)), ["object"]);
    assert_eq!(store.get_opts_blocking(&path, GetOptions::new())?.bytes_blocking()?, "text");
    Ok(())
}

#[test]
fn error_of_the_given_iterator_is_given_back() {
    from_each_caller(|_| {
        let store = InMemory::new();
        let refused = || Error::NotImplemented { operation: "none".into(), implementer: "iterator".into() };
        let locations = [Ok(Path::from("a")), Err(refused()), Ok(Path::from("b"))];
        let deleted: Vec<_> = store.delete_stream_blocking(Box::new(locations.into_iter())).collect();
        assert_eq!(deleted.iter().filter(|result| matches!(result, Err(Error::NotImplemented { .. }))).count(), 1);
    });
}

#[test]
fn iterator_of_one_listing_feeds_the_deletion() -> Result<()> {
    let store = Arc::new(InMemory::new());
    for n in 0..100 {
        store.put_blocking(&Path::from(format!("{n}")), "text".into())?;
    }
    let all = store.list_blocking(None).map(|object| object.map(|object| object.location));
    assert_eq!(store.delete_stream_blocking(Box::new(all)).collect::<Result<Vec<_>>>()?.len(), 100);
    assert_eq!(store.list_blocking(None).count(), 0);
    Ok(())
}

#[test]
fn what_is_made_may_go_to_other_threads() {
    fn is_send<T: Send>(_: &T) {}

    let store = InMemory::new();
    is_send(&store.list_blocking(None));
    is_send(&store.delete_stream_blocking(Box::new(std::iter::empty())));
    is_send::<Option<ObjectReader<Arc<dyn ObjectStore>>>>(&None);
    is_send::<Option<ObjectWriter>>(&None);
}
