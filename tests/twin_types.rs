//! Twin types: a type of its own, with the names of the async methods.

#![allow(
    missing_docs,
    clippy::assigning_clones,
    clippy::missing_errors_doc,
    clippy::must_use_candidate,
    reason = "the types are public for the sake of their twins"
)]

use futures::stream::{self, Stream, StreamExt};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use sync_bridge::{BridgeError, RuntimeBridge, TwinType, sync_bridge};

#[derive(Debug)]
pub enum Error {
    Missing(String),
    Bridge(BridgeError),
}

impl From<BridgeError> for Error {
    fn from(error: BridgeError) -> Self {
        Self::Bridge(error)
    }
}

/// A client.
#[sync_bridge]
#[derive(Clone, Debug)]
pub struct Api {
    base: String,
    token: Option<String>,
    calls: Arc<AtomicUsize>,
}

#[sync_bridge]
#[derive(Clone, Debug, PartialEq)]
pub struct Repo {
    name: String,
}

#[sync_bridge(twin = BlockingApi, twins(Repo))]
impl Api {
    pub const LIMIT: usize = 3;

    pub fn new(base: &str) -> Self {
        // It needs a runtime.
        tokio::runtime::Handle::current();
        Self { base: base.to_owned(), token: None, calls: Arc::default() }
    }

    #[must_use]
    pub fn token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    pub fn set_base(&mut self, base: &str) -> &mut Self {
        self.base = base.to_owned();
        self
    }

    pub fn try_set_base(&mut self, base: &str) -> Result<&mut Self, Error> {
        if base.is_empty() {
            return Err(Error::Missing("base".to_owned()));
        }
        base.clone_into(&mut self.base);
        Ok(self)
    }

    pub async fn check_base(&mut self, base: &str) -> Result<&mut Self, Error> {
        tokio::task::yield_now().await;
        self.try_set_base(base)
    }

    pub fn base(&self) -> &str {
        &self.base
    }

    pub fn repo(&self, name: &str) -> Repo {
        Repo { name: format!("{}/{name}", self.base) }
    }

    pub async fn repos(&self) -> Result<Vec<Repo>, Error> {
        tokio::task::yield_now().await;
        self.metadata().await;
        Ok(vec![self.repo("one"), self.repo("two")])
    }

    pub async fn find(&self, name: &str) -> Result<Option<(usize, Repo)>, Error> {
        Ok(self.repos().await?.into_iter().enumerate().find(|(_, repo)| repo.name.ends_with(name)))
    }

    pub fn watch(&self) -> impl Stream<Item = Result<Repo, Error>> {
        let repos = vec![Ok(self.repo("one")), Err(Error::Missing("two".to_owned()))];
        stream::iter(repos).then(|repo| async {
            tokio::task::yield_now().await;
            repo
        })
    }

    pub fn named(&self, name: &str) -> impl Stream<Item = Result<Repo, Error>> + Send {
        let repo = self.repo(name);
        stream::once(async { Ok(repo) })
    }

    #[bridge(collect = Result<Vec<Repo>, Error>)]
    pub fn watched(&self) -> impl Stream<Item = Result<Repo, Error>> {
        self.watch()
    }

    pub async fn merge(&self, a: &Repo, b: Repo) -> Result<(), Error> {
        tokio::task::yield_now().await;
        if a.name == b.name { Err(Error::Missing(b.name)) } else { Ok(()) }
    }

    pub async fn merge_all(&self, a: Option<&Repo>, b: Vec<Repo>) -> Result<Repo, Error> {
        tokio::task::yield_now().await;
        let names: Vec<_> = a.into_iter().chain(&b).map(|repo| repo.name.as_str()).collect();
        Ok(Repo { name: names.join("+") })
    }

    async fn metadata(&self) {
        tokio::task::yield_now().await;
        self.calls.fetch_add(1, Ordering::SeqCst);
    }
}

fn api() -> BlockingApi {
    BlockingApi::new("base").token("secret")
}

#[test]
fn constructor_runs_inside() {
    let api = api();
    assert_eq!(api.base(), "base");
    assert_eq!(api.as_async().token.as_deref(), Some("secret"));
    assert_eq!(BlockingApi::LIMIT, 3);
}

#[test]
fn returned_types_are_twins() -> Result<(), Error> {
    let api = api();
    let repo: BlockingRepo = api.repo("one");
    assert_eq!(repo.as_async().name, "base/one");
    let repos: Vec<BlockingRepo> = api.repos()?;
    assert_eq!(repos.len(), 2);
    let (index, found): (usize, BlockingRepo) = api.find("two")?.unwrap();
    assert_eq!((index, found.into_async().name), (1, "base/two".to_owned()));
    assert_eq!(api.as_async().calls.load(Ordering::SeqCst), 2);
    Ok(())
}

#[test]
fn stream_has_twins() {
    let api = api();
    let mut watch = api.watch();
    let repo: BlockingRepo = watch.next().unwrap().unwrap();
    assert_eq!(repo.as_async().name, "base/one");
    assert!(matches!(watch.next(), Some(Err(Error::Missing(_)))));
    assert!(watch.next().is_none());
    let name = String::from("named");
    assert_eq!(api.named(&name).next().unwrap().unwrap().as_async().name, "base/named");
    let watched: Result<Vec<BlockingRepo>, Error> = api.watched();
    assert!(matches!(watched, Err(Error::Missing(_))));
}

#[test]
fn arguments_are_twins() -> Result<(), Error> {
    let api = api();
    let (one, two) = (api.repo("one"), api.repo("two"));
    api.merge(&one, two.clone())?;
    assert!(matches!(api.merge(&one, one.clone()), Err(Error::Missing(_))));
    let all: BlockingRepo = api.merge_all(Some(&one), vec![two])?;
    assert_eq!(all.as_async().name, "base/one+base/two");
    Ok(())
}

#[test]
fn builders_stay_in_twin() -> Result<(), Error> {
    let mut api = api();
    let same: &mut BlockingApi = api.set_base("other").set_base("third");
    assert_eq!(same.base(), "third");
    assert_eq!(api.try_set_base("fourth")?.set_base("fifth").base(), "fifth");
    assert!(api.try_set_base("").is_err());
    assert_eq!(api.check_base("sixth")?.base(), "sixth");
    Ok(())
}

#[test]
fn values_share_bridge() -> Result<(), Box<dyn std::error::Error>> {
    let bridge = RuntimeBridge::new()?;
    let api = api().with_bridge(&bridge);
    let repo = api.repo("one");
    assert_eq!(repo.bridge()?.handle().id(), bridge.handle().id());
    let repos = api.repos().unwrap();
    assert_eq!(repos[0].bridge()?.handle().id(), bridge.handle().id());
    let watched = api.watch().next().unwrap().unwrap();
    assert_eq!(watched.bridge()?.handle().id(), bridge.handle().id());
    assert_eq!(api.clone().bridge()?.handle().id(), bridge.handle().id());
    Ok(())
}

#[test]
fn derives_are_forwarded() {
    let one = BlockingRepo::from_async(Repo { name: "one".to_owned() });
    assert_eq!(one.clone(), one);
    assert_eq!(format!("{one:?}"), r#"Repo { name: "one" }"#);
}
