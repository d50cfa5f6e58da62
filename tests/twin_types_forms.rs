//! The forms of types that have twin types, and where the values of twins live.

use futures::stream::{self, BoxStream};
use std::collections::HashSet;
use std::error::Error as StdError;
use std::fmt::{self, Debug, Display};
use std::io;
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use sync_bridge::{BridgeError, RuntimeBridge, TwinType, sync_bridge};

type Result<T, E = BridgeError> = std::result::Result<T, E>;

/// Generic over types, lifetimes and constants, with bounds and defaults.
#[sync_bridge]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Page<'a, T, const N: usize = 2>
where
    T: Clone + Send,
{
    title: &'a str,
    rows: [T; N],
}

#[sync_bridge(twin = BlockingPage, twins(Row))]
impl<'a, T, const N: usize> Page<'a, T, N>
where
    T: Clone + Send + Sync,
{
    pub(crate) const SIZE: usize = N;

    pub(crate) fn new(title: &'a str, rows: [T; N]) -> Self {
        Self { title, rows }
    }

    pub(crate) fn title(&self) -> &'a str {
        self.title
    }

    pub(crate) async fn row(&self, index: usize) -> Result<Option<Row<'a, T>>> {
        tokio::task::yield_now().await;
        Ok(self.rows.get(index).map(|value| Row { title: self.title, value: value.clone() }))
    }

    pub(crate) fn rows(&self) -> BoxStream<'_, Result<Row<'a, T>>> {
        Box::pin(stream::iter(self.rows.iter().map(|value| Ok(Row { title: self.title, value: value.clone() }))))
    }

    pub(crate) async fn with<U: Clone + Send>(self, value: U) -> Result<Page<'a, U, 1>> {
        tokio::task::yield_now().await;
        Ok(Page { title: self.title, rows: [value] })
    }
}

#[sync_bridge]
pub(crate) struct Row<'a, T> {
    title: &'a str,
    value: T,
}

#[sync_bridge(twin = BlockingRow)]
impl<T: Display> Row<'_, T> {
    pub(crate) async fn text(&self) -> Result<String> {
        tokio::task::yield_now().await;
        Ok(format!("{}: {}", self.title, self.value))
    }
}

#[test]
fn generic_types() -> Result<()> {
    let title = String::from("title");
    let page = BlockingPage::new(&title, [1, 2]);
    assert_eq!(BlockingPage::<'static, u8, 5>::SIZE, 5);
    assert_eq!(page.title(), "title");
    assert_eq!(page.row(1)?.unwrap().text()?, "title: 2");
    assert!(page.row(2)?.is_none());
    let texts: Vec<_> = page.rows().map(|row| row.and_then(|row| row.text())).collect::<Result<_>>()?;
    assert_eq!(texts, ["title: 1", "title: 2"]);
    assert_eq!(HashSet::from([page.clone(), page.clone()]).len(), 1);
    let other: BlockingPage<'_, &str, 1> = page.with("value")?;
    assert_eq!(other.row(0)?.unwrap().text()?, "title: value");
    Ok(())
}

/// A value that borrows from another twin, exclusively.
#[sync_bridge]
pub(crate) struct Connection {
    log: Vec<String>,
    rolled_back: Arc<AtomicUsize>,
}

#[sync_bridge]
pub(crate) struct Transaction<'c> {
    connection: &'c mut Connection,
    is_done: bool,
}

#[sync_bridge(twin = BlockingConnection, twins(Transaction))]
impl Connection {
    pub(crate) fn open(rolled_back: Arc<AtomicUsize>) -> Self {
        Self { log: Vec::new(), rolled_back }
    }

    pub(crate) async fn begin(&mut self) -> Result<Transaction<'_>> {
        tokio::task::yield_now().await;
        self.log.push("begin".to_owned());
        Ok(Transaction { connection: self, is_done: false })
    }

    pub(crate) fn log(&self) -> &[String] {
        &self.log
    }
}

#[sync_bridge(twin = BlockingTransaction, twins(Transaction))]
impl Transaction<'_> {
    pub(crate) async fn execute(&mut self, sql: &str) -> Result<&mut Self> {
        tokio::task::yield_now().await;
        self.connection.log.push(sql.to_owned());
        Ok(self)
    }

    pub(crate) async fn nested(&mut self) -> Result<Transaction<'_>> {
        tokio::task::yield_now().await;
        Ok(Transaction { connection: self.connection, is_done: false })
    }

    pub(crate) async fn commit(mut self) -> Result<()> {
        tokio::task::yield_now().await;
        self.connection.log.push("commit".to_owned());
        self.is_done = true;
        Ok(())
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        // As a driver does, which sends the rollback from a task.
        if !self.is_done {
            let rolled_back = self.connection.rolled_back.clone();
            tokio::spawn(async move { rolled_back.fetch_add(1, Ordering::SeqCst) });
        }
    }
}

#[test]
fn value_that_borrows_is_dropped_inside() -> Result<()> {
    let rolled_back = Arc::default();
    let mut connection = BlockingConnection::open(Arc::clone(&rolled_back));
    let mut transaction = connection.begin()?;
    transaction.execute("one")?.execute("two")?;
    transaction.nested()?.execute("three")?;
    transaction.commit()?;
    assert_eq!(connection.log(), ["begin", "one", "two", "three", "commit"]);
    drop(connection.begin()?);
    while rolled_back.load(Ordering::SeqCst) < 2 {
        std::thread::yield_now();
    }
    Ok(())
}

/// An enum, and what is in it.
#[sync_bridge(twin = SyncBody)]
#[derive(Debug, Default)]
#[non_exhaustive]
pub(crate) enum Body {
    #[default]
    Empty,
    Text(String),
}

#[sync_bridge(twin = SyncBody)]
impl Body {
    pub(crate) async fn length(&self) -> Result<usize> {
        tokio::task::yield_now().await;
        Ok(match self {
            Self::Empty => 0,
            Self::Text(text) => text.len(),
        })
    }
}

#[test]
fn enum_with_named_twin() -> Result<()> {
    assert_eq!(SyncBody::default().length()?, 0);
    assert_eq!(SyncBody::from_async(Body::Text("text".to_owned())).length()?, 4);
    Ok(())
}

/// A derive above the attribute, and an impl by hand: the twin has the traits all the same.
#[derive(Clone, PartialEq, PartialOrd)]
#[sync_bridge(forward(Display, Error, From<u8>, TryFrom<&'static str>, FromStr, AsRef<u8>))]
pub(crate) struct Code(u8);

impl Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.0)
    }
}

impl Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "code {}", self.0)
    }
}

impl StdError for Code {}

impl From<u8> for Code {
    fn from(code: u8) -> Self {
        tokio::runtime::Handle::current();
        Self(code)
    }
}

impl TryFrom<&'static str> for Code {
    type Error = io::Error;

    fn try_from(text: &'static str) -> io::Result<Self> {
        text.parse().map(Self).map_err(io::Error::other)
    }
}

impl FromStr for Code {
    type Err = io::Error;

    fn from_str(text: &str) -> io::Result<Self> {
        text.parse().map(Self).map_err(io::Error::other)
    }
}

impl AsRef<u8> for Code {
    fn as_ref(&self) -> &u8 {
        &self.0
    }
}

#[test]
fn traits_are_forwarded() {
    let code = BlockingCode::from(7);
    assert_eq!(code.clone(), code);
    assert!(code < BlockingCode::from(8));
    assert_eq!(format!("{code} {code:?}"), "code 7 <7>");
    assert_eq!("9".parse::<BlockingCode>().unwrap().as_ref(), &9);
    assert!(BlockingCode::try_from("x").is_err());
    let error: Box<dyn StdError> = Box::new(code);
    assert!(error.source().is_none());
}

/// A twin in a module of the user's, with the name of the original.
mod blocking {
    use super::{Client, Session};
    use sync_bridge::sync_bridge;

    #[sync_bridge(remote = Client)]
    #[derive(Clone, Debug)]
    pub(crate) struct Api;

    #[sync_bridge(remote = super::Session)]
    pub(crate) struct Session2;

    // The names are those of the originals.
    const _: fn(&Client, &Session) = |_, _| ();
}

#[derive(Clone, Debug)]
pub(crate) struct Client(Arc<Mutex<u8>>);

pub(crate) struct Session(Client);

#[sync_bridge(twin = blocking::Api, twins(Session = blocking::Session2))]
impl Client {
    #[must_use]
    pub(crate) fn new() -> Self {
        Self(Arc::default())
    }

    pub(crate) async fn session(&self) -> Result<Session> {
        tokio::task::yield_now().await;
        Ok(Session(self.clone()))
    }

    #[cfg(unix)]
    pub(crate) async fn count(&self, #[cfg(unix)] step: u8, #[cfg(not(unix))] step: u16) -> Result<u8> {
        tokio::task::yield_now().await;
        let mut count = self.0.lock().unwrap();
        *count += step;
        Ok(*count)
    }

    #[cfg(not(unix))]
    pub(crate) async fn count(&self) -> Result<u8> {
        compile_error!()
    }
}

#[sync_bridge(twin = blocking::Session2, twins(Client = blocking::Api))]
impl Session {
    pub(crate) fn client(&self) -> Client {
        self.0.clone()
    }

    pub(crate) async fn of(client: &Client) -> Result<Self> {
        client.session().await
    }
}

#[test]
fn twin_in_a_module() -> Result<()> {
    let client = blocking::Api::new();
    assert_eq!(client.count(2)?, 2);
    assert_eq!(client.session()?.client().count(3)?, 5);
    assert_eq!(blocking::Session2::of(&client)?.client().count(1)?, 6);
    Ok(())
}

#[cfg(any())]
#[sync_bridge]
struct Missing(compile_error!());

/// Each value may have a bridge of its own.
#[sync_bridge]
pub(crate) struct Own;

#[sync_bridge(twin = BlockingOwn)]
impl Own {
    #[bridge(bridge = RuntimeBridge::builder().thread_name("own").worker_threads(1).build().unwrap())]
    pub(crate) async fn connect() -> Result<Self> {
        tokio::task::yield_now().await;
        Ok(Self)
    }

    #[bridge(bridge = bridge)]
    pub(crate) fn on(bridge: &RuntimeBridge) -> Self {
        let _ = bridge;
        Self
    }

    #[bridge(timeout = "5s")]
    pub(crate) async fn thread(&self) -> Result<Option<String>> {
        let name = tokio::spawn(async { std::thread::current().name().map(str::to_owned) }).await;
        Ok(name.unwrap())
    }

    pub(crate) async fn take(self, other: &Self) -> Result<Option<String>> {
        other.thread().await
    }

    pub(crate) async fn first_of(value: &Self) -> Result<Option<String>> {
        value.thread().await
    }
}

#[test]
fn bridge_of_constructor_and_of_arguments() -> std::result::Result<(), Box<dyn StdError>> {
    assert_eq!(BlockingOwn::connect()?.thread()?.as_deref(), Some("own"));
    let bridge = RuntimeBridge::builder().thread_name("on").build()?;
    let on = BlockingOwn::on(&bridge);
    assert_eq!(on.thread()?.as_deref(), Some("on"));
    assert_eq!(BlockingOwn::first_of(&on)?.as_deref(), Some("on"));
    assert_eq!(BlockingOwn::connect()?.take(&on)?.as_deref(), Some("own"));
    Ok(())
}

/// A value that tells where it was dropped.
#[sync_bridge]
pub(crate) struct Told(mpsc::Sender<bool>);

#[sync_bridge(twin = BlockingTold)]
#[expect(clippy::unused_self, reason = "as methods are")]
impl Told {
    pub(crate) async fn consume(self) -> Result<()> {
        tokio::task::yield_now().await;
        Ok(())
    }

    #[bridge(passthrough)]
    pub(crate) fn has_runtime_in_passthrough(&self) -> bool {
        tokio::runtime::Handle::try_current().is_ok()
    }

    pub(crate) fn has_runtime(&self) -> bool {
        tokio::runtime::Handle::try_current().is_ok()
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        let _ = self.0.send(tokio::runtime::Handle::try_current().is_ok());
    }
}

#[test]
fn value_is_dropped_inside_on_any_thread() -> Result<()> {
    let (sender, told) = mpsc::channel();
    let twin = || BlockingTold::from_async(Told(sender.clone()));
    drop(twin());
    std::thread::spawn({
        let twin = twin();
        move || drop(twin)
    })
    .join()
    .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async { drop(twin()) });
    twin().consume()?;
    assert!(twin().has_runtime());
    assert!(!twin().has_runtime_in_passthrough());
    drop(std::panic::catch_unwind(|| {
        let _twin = twin();
        std::panic::resume_unwind(Box::new(()));
    }));
    for _ in 0..7 {
        assert!(told.recv_timeout(Duration::from_secs(10)).unwrap());
    }
    // What is taken out is the caller's.
    drop(twin().into_async());
    assert!(!told.recv().unwrap());
    Ok(())
}

#[test]
fn methods_run_without_a_bridge_that_has_ended() {
    let bridge = RuntimeBridge::new().unwrap();
    let (sender, told) = mpsc::channel();
    let twin = BlockingTold::from_async_on(Told(sender), &bridge);
    bridge.shutdown(Duration::ZERO);
    assert!(twin.has_runtime());
    assert!(matches!(twin.consume(), Err(BridgeError::WorkerDead)));
    told.recv().unwrap();
}

fn is_send_and_sync<T: Send + Sync>() {}

#[test]
fn twins_are_send_and_sync_where_their_types_are() {
    is_send_and_sync::<BlockingCode>();
    is_send_and_sync::<BlockingPage<'static, u8>>();
    is_send_and_sync::<blocking::Api>();
}

/// A destructor that panics ends with the twin.
#[sync_bridge]
pub(crate) struct Panicking;

impl Drop for Panicking {
    fn drop(&mut self) {
        std::panic::resume_unwind(Box::new("dropped"));
    }
}

#[test]
fn panic_of_destructor_is_not_passed_on() {
    drop(BlockingPanicking::from_async(Panicking));
}

/// A type whose fields are associated types of a parameter.
pub(crate) trait Manager: Send + Sync {
    type Conn;

    fn conn(&self) -> Self::Conn;
}

#[sync_bridge(bounds(M::Conn: Send))]
pub(crate) struct Pool<M: Manager> {
    manager: M,
    idle: Vec<M::Conn>,
}

#[sync_bridge(twin = BlockingPool, bounds(M::Conn: Send))]
impl<M: Manager> Pool<M> {
    pub(crate) fn new(manager: M) -> Self {
        Self { manager, idle: Vec::new() }
    }

    pub(crate) async fn get(&mut self) -> Result<M::Conn> {
        tokio::task::yield_now().await;
        Ok(self.idle.pop().unwrap_or_else(|| self.manager.conn()))
    }

    pub(crate) async fn put(&mut self, conn: M::Conn) -> Result<usize> {
        tokio::task::yield_now().await;
        self.idle.push(conn);
        Ok(self.idle.len())
    }
}

impl Manager for u8 {
    type Conn = u16;

    fn conn(&self) -> u16 {
        u16::from(*self) * 2
    }
}

#[test]
fn associated_types_are_bounded() -> Result<()> {
    let mut pool = BlockingPool::new(4);
    let conn = pool.get()?;
    assert_eq!(conn, 8);
    assert_eq!(pool.put(conn)?, 1);
    Ok(())
}
