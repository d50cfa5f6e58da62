//! Blocking object stores, written once as async ones.
//!
//! `cargo run --example object_store [PATH]` stores every file below a directory (this repository's own sources, if
//! no path is given) in three stores, reads it back and compares digests: from a plain thread, from a current-thread
//! runtime, from a task of a multi-thread runtime, and from inside a future that a bridge is running.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::TryStreamExt;
use object_store::ObjectStoreExt;
use object_store::local::LocalFileSystem;
use sha2::{Digest, Sha256};
use sync_bridge::{BridgeError, RuntimeBridge, sync_bridge};
use walkdir::WalkDir;

/// The async API. The attribute adds its blocking twin, `trait BlockingObjectStore`.
#[sync_bridge]
trait ObjectStore: Send + Sync {
    async fn put(&self, key: &str, bytes: &[u8]) -> Result<(), StoreError>;
    async fn get(&self, key: &str) -> Result<Vec<u8>, StoreError>;
    async fn head(&self, key: &str) -> Result<u64, StoreError>;
    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError>;
    async fn delete(&self, key: &str) -> Result<(), StoreError>;

    /// Stores that can copy in place do better.
    async fn copy(&self, from: &str, to: &str) -> Result<(), StoreError> {
        let bytes = self.get(from).await?;
        self.put(to, &bytes).await
    }
}

/// Files below a directory, through `tokio::fs`. Its twin runs on the bridge that it holds.
struct LocalFiles {
    root: PathBuf,
    bridge: RuntimeBridge,
}

#[sync_bridge(bridge = self.bridge)]
impl ObjectStore for LocalFiles {
    async fn put(&self, key: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.root.join(key);
        tokio::fs::create_dir_all(path.parent().unwrap_or(&self.root)).await?;
        Ok(tokio::fs::write(path, bytes).await?)
    }

    async fn get(&self, key: &str) -> Result<Vec<u8>, StoreError> {
        Ok(tokio::fs::read(self.root.join(key)).await?)
    }

    async fn head(&self, key: &str) -> Result<u64, StoreError> {
        Ok(tokio::fs::metadata(self.root.join(key)).await?.len())
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let mut keys = Vec::new();
        let mut directories = vec![self.root.clone()];
        while let Some(directory) = directories.pop() {
            let mut entries = tokio::fs::read_dir(directory).await?;
            while let Some(entry) = entries.next_entry().await? {
                if entry.file_type().await?.is_dir() {
                    directories.push(entry.path());
                } else {
                    keys.extend(key_of(&self.root, &entry.path()).filter(|key| key.starts_with(prefix)));
                }
            }
        }
        Ok(keys)
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        Ok(tokio::fs::remove_file(self.root.join(key)).await?)
    }
}

/// A map. Its twin runs on the process-wide bridge; as its futures never wait, that costs next to nothing.
#[derive(Default)]
struct Memory(Mutex<BTreeMap<String, Vec<u8>>>);

impl Memory {
    fn with<R>(&self, f: impl FnOnce(&mut BTreeMap<String, Vec<u8>>) -> R) -> R {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[sync_bridge]
impl ObjectStore for Memory {
    async fn put(&self, key: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.with(|objects| objects.insert(key.to_owned(), bytes.to_owned()));
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Vec<u8>, StoreError> {
        self.with(|objects| objects.get(key).cloned()).ok_or_else(|| StoreError::not_found(key))
    }

    async fn head(&self, key: &str) -> Result<u64, StoreError> {
        self.with(|objects| objects.get(key).map(|bytes| bytes.len() as u64)).ok_or_else(|| StoreError::not_found(key))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        Ok(self.with(|objects| objects.keys().filter(|key| key.starts_with(prefix)).cloned().collect()))
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.with(|objects| objects.remove(key)).map(drop).ok_or_else(|| StoreError::not_found(key))
    }

    async fn copy(&self, from: &str, to: &str) -> Result<(), StoreError> {
        let bytes = self.with(|objects| objects.get(from).cloned()).ok_or_else(|| StoreError::not_found(from))?;
        self.put(to, &bytes).await
    }
}

/// Another crate's async store behind our trait.
struct ObjectStoreCrate(LocalFileSystem);

#[sync_bridge]
impl ObjectStore for ObjectStoreCrate {
    async fn put(&self, key: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.0.put(&object_path(key)?, bytes.to_owned().into()).await?;
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Vec<u8>, StoreError> {
        Ok(self.0.get(&object_path(key)?).await?.bytes().await?.into())
    }

    async fn head(&self, key: &str) -> Result<u64, StoreError> {
        Ok(self.0.head(&object_path(key)?).await?.size)
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let objects: Vec<_> = object_store::ObjectStore::list(&self.0, None).try_collect().await?;
        Ok(objects.into_iter().map(|meta| meta.location.to_string()).filter(|key| key.starts_with(prefix)).collect())
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        Ok(self.0.delete(&object_path(key)?).await?)
    }
}

fn object_path(key: &str) -> Result<object_store::path::Path, StoreError> {
    object_store::path::Path::parse(key).map_err(|error| StoreError::Crate(error.into()))
}

/// What can go wrong in a store. `From<BridgeError>` is all that the twins ask for.
#[derive(Debug)]
enum StoreError {
    Io(io::Error),
    Crate(object_store::Error),
    Bridge(BridgeError),
}

impl StoreError {
    fn not_found(key: &str) -> Self {
        Self::Io(io::Error::new(io::ErrorKind::NotFound, format!("no object {key}")))
    }
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<object_store::Error> for StoreError {
    fn from(error: object_store::Error) -> Self {
        Self::Crate(error)
    }
}

impl From<BridgeError> for StoreError {
    fn from(error: BridgeError) -> Self {
        Self::Bridge(error)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Crate(error) => error.fmt(f),
            Self::Bridge(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for StoreError {}

/// The files to store, by key.
type Files = BTreeMap<String, Vec<u8>>;

/// Reads every file below a directory. Of this repository, what a checkout holds; of any other directory, all.
fn read_tree(root: &Path, skip_build_output: bool) -> Result<Files, String> {
    let is_wanted = |entry: &walkdir::DirEntry| {
        let name = entry.file_name().to_string_lossy();
        !skip_build_output || entry.depth() == 0 || (name != "target" && !name.starts_with('.'))
    };
    if root.is_file() {
        return Err(format!("{}: it is a file, not a directory", root.display()));
    }
    let mut files = Files::new();
    for entry in WalkDir::new(root).follow_links(true).into_iter().filter_entry(is_wanted) {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(root).display().to_string();
            format!("{path}: {}", error.into_io_error().map_or("the links form a loop".to_owned(), |e| e.to_string()))
        })?;
        if entry.file_type().is_file() {
            let path = entry.path();
            let key = key_of(root, path).ok_or_else(|| format!("{}: its name is not UTF-8", path.display()))?;
            files.insert(key, std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?);
        }
    }
    if files.is_empty() { Err(format!("{}: there are no files in it", root.display())) } else { Ok(files) }
}

/// The path below the root, with `/` between its parts.
fn key_of(root: &Path, path: &Path) -> Option<String> {
    let parts: Option<Vec<_>> = path.strip_prefix(root).ok()?.iter().map(|part| part.to_str()).collect();
    Some(parts?.join("/"))
}

/// One digest over all keys and bytes.
fn digest<'a>(files: impl IntoIterator<Item = (&'a String, &'a Vec<u8>)>) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for (key, bytes) in files {
        hasher.update((key.len() as u64).to_le_bytes());
        hasher.update(key);
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    }
    hasher.finalize().into()
}

struct Report {
    objects: usize,
    bytes: u64,
    time: Duration,
    equal: bool,
}

/// Plain blocking code: it knows the twin, and nothing of async. Stores all files, lists them, reads them back, and
/// leaves the store empty.
fn round_trip(store: &dyn BlockingObjectStore, files: &Files) -> Result<Report, StoreError> {
    let start = Instant::now();
    for (key, bytes) in files {
        store.put_blocking(&format!("{TREE}{key}"), bytes)?;
    }
    let keys = store.list_blocking(TREE)?;
    let mut bytes = 0;
    let mut read = Files::new();
    for key in &keys {
        bytes += store.head_blocking(key)?;
        // The default method of the trait, where the store has none of its own.
        store.copy_blocking(key, SCRATCH)?;
        read.insert(key[TREE.len()..].to_owned(), store.get_blocking(SCRATCH)?);
        store.delete_blocking(key)?;
    }
    store.delete_blocking(SCRATCH)?;
    let equal = digest(&read) == digest(files) && store.list_blocking("")?.is_empty();
    Ok(Report { objects: keys.len(), bytes, time: start.elapsed(), equal })
}

/// What the keys of the files begin with, so that none is that of the scratch object.
const TREE: &str = "tree/";
const SCRATCH: &str = "scratch";

type Store = Arc<dyn BlockingObjectStore + Send + Sync>;
type Failure = Box<dyn std::error::Error + Send + Sync>;
type Outcome = Result<Report, Failure>;
type Caller = fn(Store, Arc<Files>) -> Outcome;

/// Where the blocking code is called from: all of them places where a naive `block_on` panics or hangs, but the first.
const CALLERS: [(&str, Caller); 4] = [
    ("plain thread", |store, files| Ok(round_trip(&*store, &files)?)),
    ("current-thread runtime", |store, files| {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        runtime.block_on(async { Ok(round_trip(&*store, &files)?) })
    }),
    ("multi-thread task", |store, files| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build()?;
        runtime.block_on(async { tokio::spawn(async move { Ok(round_trip(&*store, &files)?) }).await? })
    }),
    ("bridged future", |store, files| RuntimeBridge::global()?.block_on(async { Ok(round_trip(&*store, &files)?) })?),
];

fn run(files: &Arc<Files>) -> Result<bool, Failure> {
    let (local, foreign) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let bridge = RuntimeBridge::with_thread_name("local-files")?;
    let stores: [(&str, Store); 3] = [
        ("local files", Arc::new(LocalFiles { root: local.path().to_owned(), bridge })),
        ("memory", Arc::new(Memory::default())),
        ("object_store crate", Arc::new(ObjectStoreCrate(LocalFileSystem::new_with_prefix(foreign.path())?))),
    ];
    println!("{:20} {:24} {:>8} {:>10} {:>10}  digest", "store", "caller", "objects", "bytes", "time");
    let mut all_equal = true;
    for (store_name, store) in &stores {
        for (caller_name, call) in CALLERS {
            let Report { objects, bytes, time, equal } = call(Arc::clone(store), Arc::clone(files))
                .map_err(|error| format!("{store_name}, called from a {caller_name}: {error}"))?;
            let verdict = if equal { "equal" } else { "NOT EQUAL" };
            let time = format!("{:.1} ms", time.as_secs_f64() * 1e3);
            println!("{store_name:20} {caller_name:24} {objects:>8} {bytes:>10} {time:>10}  {verdict}");
            all_equal &= equal;
        }
    }
    Ok(all_equal)
}

fn main() -> ExitCode {
    let given = std::env::args_os().nth(1).map(PathBuf::from);
    let root = given.clone().unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    let outcome = read_tree(&root, given.is_none())
        .map_err(|message| format!("cannot read {message}").into())
        .and_then(|files| run(&Arc::new(files)));
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("error: what was read back differs from what was stored");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
