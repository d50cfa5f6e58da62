//! A synchronous trait that was there first, implemented by a synchronous type by hand and by an async one with
//! `twin = …`: code that knows the trait takes either.
//!
//! `cargo run --example sync_trait`

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use sync_bridge::{RuntimeBridge, sync_bridge};

/// The trait of long standing.
trait Refs {
    type Error: std::error::Error;

    fn get(&self, name: &str) -> Result<Option<String>, Self::Error>;
    fn set(&mut self, name: &str, target: &str) -> Result<(), Self::Error>;
    fn describe(&self) -> String;
}

/// Purely synchronous: nothing to bridge.
#[derive(Default)]
struct MemoryRefs(BTreeMap<String, String>);

impl Refs for MemoryRefs {
    type Error = std::convert::Infallible;

    fn get(&self, name: &str) -> Result<Option<String>, Self::Error> {
        Ok(self.0.get(name).cloned())
    }

    fn set(&mut self, name: &str, target: &str) -> Result<(), Self::Error> {
        self.0.insert(name.to_owned(), target.to_owned());
        Ok(())
    }

    fn describe(&self) -> String {
        "memory".to_owned()
    }
}

/// Async underneath.
struct FileRefs {
    directory: PathBuf,
    bridge: RuntimeBridge,
}

/// In a module of its own, so that `Refs` and `AsyncRefs`, which have methods of the same names, do not meet.
mod asynchronous {
    pub(crate) trait AsyncRefs {
        type Error;

        async fn get(&self, name: &str) -> Result<Option<String>, Self::Error>;
        async fn set(&mut self, name: &str, target: &str) -> Result<(), Self::Error>;
        fn describe(&self) -> String;
    }
}

#[sync_bridge(twin_trait = Refs, bridge = self.bridge)]
impl asynchronous::AsyncRefs for FileRefs {
    type Error = io::Error;

    async fn get(&self, name: &str) -> Result<Option<String>, Self::Error> {
        match tokio::fs::read_to_string(self.directory.join(name)).await {
            Ok(target) => Ok(Some(target)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn set(&mut self, name: &str, target: &str) -> Result<(), Self::Error> {
        tokio::fs::write(self.directory.join(name), target).await
    }

    fn describe(&self) -> String {
        "files".to_owned()
    }
}

fn exercise<R: Refs>(mut refs: R) -> Result<(), R::Error> {
    assert_eq!(refs.get("main")?, None);
    refs.set("main", "c0ffee")?;
    println!("{}: main -> {:?}", refs.describe(), refs.get("main")?);
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let bridge = RuntimeBridge::new()?;
    exercise(MemoryRefs::default())?;
    exercise(FileRefs { directory: directory.path().to_owned(), bridge })?;
    Ok(())
}
