//! `remote = path`: a mirror of another crate's trait becomes the twin of every implementor.

use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{GetOptions, GetResult, ListResult, ObjectMeta, PutMode, PutOptions, PutPayload, PutResult, Result};
use std::ops::Range;
use std::sync::Arc;
use sync_bridge::{BridgeError, sync_bridge};

fn bridge_failed(error: BridgeError) -> object_store::Error {
    object_store::Error::Generic { store: "bridge", source: error.into() }
}

#[sync_bridge(remote = object_store::ObjectStore, error = bridge_failed)]
trait ObjectStore: Send + Sync {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult>;
    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult>;
    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<bytes::Bytes>>;
    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult>;
}

/// Nothing says that its futures are `Send`, but for every `ObjectStore` there is one implementation, and the compiler
/// sees through that.
#[sync_bridge(remote = object_store::ObjectStoreExt, implementors = object_store::ObjectStore, error = bridge_failed)]
trait ObjectStoreExt: Send + Sync {
    async fn put(&self, location: &Path, payload: PutPayload) -> Result<PutResult>;
    async fn get(&self, location: &Path) -> Result<GetResult>;
    async fn head(&self, location: &Path) -> Result<ObjectMeta>;
    async fn delete(&self, location: &Path) -> Result<()>;
    async fn copy(&self, from: &Path, to: &Path) -> Result<()>;
    fn rename(&self, from: &Path, to: &Path) -> impl Future<Output = Result<()>>;
}

fn uses(store: &(impl BlockingObjectStore + BlockingObjectStoreExt + ?Sized)) -> Result<usize> {
    let (from, to) = (Path::from("from"), Path::from("to"));
    store.put_blocking(&from, "text".into())?;
    let create = PutOptions::from(PutMode::Create);
    let again = store.put_opts_blocking(&from, "text".into(), create);
    assert!(matches!(again, Err(object_store::Error::AlreadyExists { .. })));
    store.copy_blocking(&from, &to)?;
    store.delete_blocking(&from)?;
    assert!(matches!(store.get_blocking(&from), Err(object_store::Error::NotFound { .. })));
    store.rename_blocking(&to, &from)?;
    assert_eq!(store.get_opts_blocking(&from, GetOptions::default())?.meta.size, 4);
    assert_eq!(store.get_ranges_blocking(&from, &[1..3, 0..1])?, ["ex", "t"]);
    assert_eq!(store.head_blocking(&from)?.size, 4);
    Ok(store.list_with_delimiter_blocking(None)?.objects.len())
}

#[test]
fn remote_twin_on_every_kind_of_implementor() -> Result<()> {
    assert_eq!(uses(&InMemory::new())?, 1);
    let object: &dyn object_store::ObjectStore = &InMemory::new();
    assert_eq!(uses(object)?, 1);
    let shared: Arc<dyn object_store::ObjectStore> = Arc::new(InMemory::new());
    assert_eq!(uses(&shared)?, 1);
    let twin: &dyn BlockingObjectStore = &shared;
    assert_eq!(twin.list_with_delimiter_blocking(None)?.objects.len(), 1);
    Ok(())
}

#[tokio::test]
async fn remote_twin_within_a_runtime() -> Result<()> {
    let store = object_store::local::LocalFileSystem::new_with_prefix(env!("CARGO_MANIFEST_DIR"))?;
    assert!(store.head_blocking(&Path::from("Cargo.toml"))?.size > 0);
    Ok(())
}

/// A trait as another crate may have it: nothing in it knows of bridges.
mod foreign {
    use std::fmt::Debug;

    pub(crate) trait Table<K> {
        const LIMIT: usize;
        type Error: Debug;
        type Row<'a>: Debug
        where
            Self: 'a;

        fn row<'a>(&'a self, key: &K) -> impl Future<Output = Result<Self::Row<'a>, Self::Error>>;

        fn close(self) -> impl Future<Output = Result<(), Self::Error>> + Send;

        fn open(name: &str) -> impl Future<Output = Result<Self, Self::Error>>
        where
            Self: Sized;
    }
}

#[sync_bridge(remote = foreign::Table<K>, twin = Rows)]
trait Mirror<K: Sync> {
    const LIMIT: usize;
    type Error: From<BridgeError> + Send;
    type Row<'a>
    where
        Self: 'a;

    fn row<'a>(&'a self, key: &K) -> impl Future<Output = Result<Self::Row<'a>, <Self as foreign::Table<K>>::Error>>
    where
        Self::Row<'a>: Send;

    async fn close(self) -> Result<(), Self::Error>;

    fn open(name: &str) -> impl Future<Output = Result<Self, Self::Error>>
    where
        Self: Sized;
}

struct Letters(String);

impl foreign::Table<char> for Letters {
    const LIMIT: usize = 26;
    type Error = std::io::Error;
    type Row<'a> = &'a str;

    async fn row<'a>(&'a self, key: &char) -> std::io::Result<&'a str> {
        tokio::task::yield_now().await;
        self.0.find(*key).map(|at| &self.0[at..]).ok_or(std::io::ErrorKind::NotFound.into())
    }

    async fn close(self) -> std::io::Result<()> {
        tokio::task::yield_now().await;
        drop(self);
        Ok(())
    }

    async fn open(name: &str) -> std::io::Result<Self> {
        Ok(Self(name.to_owned()))
    }
}

#[test]
fn remote_twin_of_trait_with_everything() -> std::io::Result<()> {
    fn limit<T: Rows<char>>(_: &T) -> usize {
        T::LIMIT
    }

    let letters = Letters::open_blocking("abc")?;
    assert_eq!((letters.row_blocking(&'b')?, limit(&letters)), ("bc", 26));
    letters.close_blocking()
}

/// Whose types and supertraits are said by way of each other.
mod related {
    use std::fmt::Debug;

    pub(crate) trait Store: IntoIterator<Item = Self::Key> {
        type Key: Copy + Send;
        type Keys: Iterator<Item = Self::Key> + Send;
        type Entry<'a, T: Debug>: Debug + From<(&'a Self::Key, T)>
        where
            Self: 'a;
        type Row<'a>
        where
            Self: 'a;
        type Rows<'a>: Iterator<Item = Self::Row<'a>> + ?Sized
        where
            Self: 'a;
        type Name: ?Sized;

        fn keys(&self, page: &Page<Self>) -> impl Future<Output = Self::Keys> + Send
        where
            Self: Sized;

        fn row(&self, key: Self::Key) -> impl Future<Output = Self::Row<'_>> + Send;
    }

    pub(crate) struct Page<T: Store>(pub(crate) T::Key);
}

#[sync_bridge(remote = related::Store, twin = BlockingStore, error = wrap)]
trait StoreMirror: IntoIterator<Item = Self::Key> + Sync
where
    Self::Key: Ord,
    <Self as StoreMirror>::Keys: Clone,
{
    type Key: Copy + Into<u64> + Send;
    type Keys: Iterator<Item = Self::Key> + DoubleEndedIterator<Item = <Self as related::Store>::Key> + Send;
    type Entry<'a, T: std::fmt::Debug>: From<(&'a Self::Key, T)>
    where
        Self: 'a;
    type Row<'a>: AsRef<str> + Send
    where
        Self: 'a;
    type Rows<'a>: Iterator<Item = Self::Row<'a>> + ?Sized
    where
        Self: 'a;
    type Name: AsRef<str> + ?Sized;

    async fn keys(&self, page: &related::Page<Self>) -> Self::Keys
    where
        Self: Sized;

    async fn row(&self, key: Self::Key) -> Self::Row<'_>;
}

struct Numbers;

impl IntoIterator for Numbers {
    type Item = u8;
    type IntoIter = Range<u8>;

    fn into_iter(self) -> Self::IntoIter {
        0..2
    }
}

#[derive(Debug)]
struct Entry(#[allow(dead_code)] String);

impl<'a, T: std::fmt::Debug> From<(&'a u8, T)> for Entry {
    fn from((key, value): (&'a u8, T)) -> Self {
        Self(format!("{key}{value:?}"))
    }
}

impl related::Store for Numbers {
    type Key = u8;
    type Keys = Range<u8>;
    type Entry<'a, T: std::fmt::Debug> = Entry;
    type Row<'a> = String;
    type Rows<'a> = dyn Iterator<Item = String> + 'a;
    type Name = str;

    async fn keys(&self, page: &related::Page<Self>) -> Self::Keys {
        page.0..page.0 + 2
    }

    async fn row(&self, key: u8) -> String {
        key.to_string()
    }
}

#[test]
fn mirror_whose_bounds_name_its_types() -> Result<(), BridgeError> {
    fn last<T: BlockingStore>(store: &T, key: T::Key) -> Result<usize, BridgeError> {
        Ok(store.row_blocking(key)?.as_ref().len())
    }

    let page = related::Page(3);
    assert_eq!(Numbers.keys_blocking(&page)?.next_back(), Some(4));
    assert_eq!(last(&Numbers, 42)?, 2);
    Ok(())
}

/// A trait whose arguments the path to it leaves out.
mod hal {
    pub(crate) trait Bus<'a, A = u8, const N: usize = 1> {
        type Error;

        fn read(&mut self, address: A, text: &'a str) -> impl Future<Output = Result<[u8; N], Self::Error>> + Send;
    }
}

#[sync_bridge(remote = hal::Bus)]
trait Bus<'a, A: Send = u8, const N: usize = 1> {
    type Error: From<BridgeError> + Send;

    async fn read(&mut self, address: A, text: &'a str) -> Result<[u8; N], <Self as hal::Bus>::Error>;
}

/// The defaults of the remote's parameters.
#[sync_bridge(remote = hal::Bus<'static>, suffix = "_by_default")]
trait DefaultBus {
    type Error: From<BridgeError> + Send;

    async fn read(&mut self, address: u8, text: &'static str) -> Result<[u8; 1], Self::Error>;
}

struct Wire;

impl<'a, A: Into<u64> + Send, const N: usize> hal::Bus<'a, A, N> for Wire {
    type Error = std::io::Error;

    async fn read(&mut self, address: A, text: &'a str) -> Result<[u8; N], Self::Error> {
        let at = usize::try_from(address.into()).map_err(std::io::Error::other)?;
        Ok([text.as_bytes()[at]; N])
    }
}

#[test]
fn remote_path_without_arguments() -> std::io::Result<()> {
    assert_eq!(BlockingBus::<u32, 2>::read_blocking(&mut Wire, 1, "ab")?, *b"bb");
    assert_eq!(Wire.read_by_default(0, "ab")?, *b"a");
    Ok(())
}
