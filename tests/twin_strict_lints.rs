//! A generated twin trips no lint that its original passes: of the compiler's here, and of clippy's where that is run.

#![allow(async_fn_in_trait, clippy::unused_async)]
#![deny(
    missing_docs,
    nonstandard_style,
    unused,
    unused_qualifications,
    single_use_lifetimes,
    unreachable_pub,
    unsafe_code,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    let_underscore_drop,
    non_ascii_idents,
    trivial_casts,
    unused_lifetimes,
    unused_results,
    clippy::all,
    clippy::pedantic
)]

use futures::stream::{BoxStream, Stream, empty};
use std::error::Error;
use std::io;
use std::pin::Pin;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::task::JoinHandle;

/// A store.
#[sync_bridge::sync_bridge]
pub trait Store: Sync {
    /// The limit.
    const LIMIT: usize;
    /// The error.
    type Error: From<sync_bridge::BridgeError> + Send;

    /// Gets.
    ///
    /// # Errors
    ///
    /// If the key is missing.
    async fn get(&self, key: &str) -> Result<String, Self::Error>;

    /// Gets, by name.
    ///
    /// # Errors
    ///
    /// If the key is missing.
    #[must_use = "it is a result"]
    async fn named<'a>(&'a self, one: &'a str, _: u8) -> Result<&'a str, Self::Error> {
        tokio::task::yield_now().await;
        Ok(one)
    }

    /// A name that ends in an underscore.
    ///
    /// # Errors
    ///
    /// Never.
    async fn type_(&self) -> Result<u8, Self::Error> {
        Ok(1)
    }

    /// Old.
    ///
    /// # Errors
    ///
    /// Never.
    #[deprecated = "use `get`"]
    async fn old(&self) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// A type.
#[derive(Debug)]
pub struct Memory;

#[sync_bridge::sync_bridge]
impl Store for Memory {
    const LIMIT: usize = 1;
    type Error = io::Error;

    async fn get(&self, key: &str) -> Result<String, io::Error> {
        Ok(key.to_owned())
    }
}

/// Boxed.
#[async_trait::async_trait]
#[sync_bridge::sync_bridge(error = wrap)]
pub trait Boxed: Send + Sync {
    /// Gets.
    async fn get<'a>(&self, key: &'a str, other: &str) -> &'a str;

    /// Gets twice.
    async fn twice(&self, key: &str) -> usize {
        self.get(key, "").await.len() * 2
    }
}

#[async_trait::async_trait]
#[sync_bridge::sync_bridge(error = wrap)]
impl Boxed for Memory {
    async fn get<'a>(&self, key: &'a str, _: &str) -> &'a str {
        key
    }
}

/// Expects.
#[sync_bridge::sync_bridge(error = panic)]
#[expect(non_camel_case_types, reason = "it is a test")]
pub trait misnamed: Sync {
    /// Gets.
    #[expect(non_snake_case)]
    async fn getOne(&self) -> u8;

    /// Gets.
    #[cfg_attr(all(), expect(non_snake_case), doc = "More.")]
    async fn getOther(&self) -> u8 {
        2
    }
}

#[sync_bridge::sync_bridge(error = panic)]
impl misnamed for Memory {
    async fn getOne(&self) -> u8 {
        1
    }
}

/// Blanket.
#[sync_bridge::sync_bridge(blanket, error = panic)]
pub trait Blanket {
    /// The row.
    type Row<'a>: Send
    where
        Self: 'a;

    /// Gets.
    async fn row<'a>(&'a self, key: &'a str) -> Self::Row<'a>;

    /// Takes.
    #[must_use]
    async fn take(self) -> usize
    where
        Self: Sized;

    /// Has a default.
    async fn length(&self, key: &str) -> usize {
        key.len()
    }
}

impl Blanket for Memory {
    type Row<'a> = &'a str;

    async fn row<'a>(&'a self, key: &'a str) -> &'a str {
        tokio::task::yield_now().await;
        key
    }

    async fn take(self) -> usize {
        tokio::task::yield_now().await;
        3
    }
}

/// As another crate has it.
pub mod remote {
    /// A queue.
    pub trait Queue<T> {
        /// The error.
        type Error;

        /// Pushes.
        fn push(&mut self, value: T) -> impl Future<Output = Result<(), Self::Error>> + Send;
    }
}

/// Mirrored.
#[sync_bridge::sync_bridge(remote = remote::Queue<T>)]
pub trait Queue<T> {
    /// The error.
    type Error: From<sync_bridge::BridgeError> + Send;

    /// Pushes.
    ///
    /// # Errors
    ///
    /// If it is full.
    async fn push(&mut self, value: T) -> Result<(), Self::Error>;
}

impl<T: Send> remote::Queue<T> for Vec<T> {
    type Error = io::Error;

    async fn push(&mut self, value: T) -> Result<(), Self::Error> {
        tokio::task::yield_now().await;
        self.push(value);
        Ok(())
    }
}

/// A client.
#[derive(Clone, Debug)]
pub struct Client<'a, T>(pub &'a T);

#[sync_bridge::sync_bridge]
impl<'a, T> Client<'a, T>
where
    T: Clone + Send + Sync,
{
    /// Connects.
    ///
    /// # Errors
    ///
    /// If nobody listens.
    pub async fn connect(address: &'a T) -> io::Result<Self> {
        tokio::task::yield_now().await;
        Ok(Self(address))
    }

    /// Fetches.
    ///
    /// # Errors
    ///
    /// If there is nothing.
    pub async fn fetch<'b>(&'b self, keys: &'b [u8]) -> io::Result<&'b u8> {
        tokio::task::yield_now().await;
        self.other(keys).await
    }

    pub(crate) async fn other<'b>(&self, keys: &'b [u8]) -> io::Result<&'b u8> {
        tokio::task::yield_now().await;
        keys.first().ok_or(io::ErrorKind::NotFound.into())
    }
}

/// Fetches.
#[sync_bridge::sync_bridge(error = wrap)]
#[must_use]
pub async fn fetch<'b>(client: &Client<'_, u8>, keys: &'b [u8]) -> Option<&'b u8> {
    tokio::task::yield_now().await;
    keys.get(usize::from(*client.0))
}

#[sync_bridge::sync_bridge(error = panic)]
async fn private() -> u8 {
    tokio::task::yield_now().await;
    4
}

/// Of a private trait, not every twin is called.
#[sync_bridge::sync_bridge(error = panic)]
trait Private: Sync {
    async fn called(&self) -> u8;

    async fn not_called(&self) -> u8 {
        self.called().await
    }
}

#[sync_bridge::sync_bridge(error = panic)]
impl Private for Memory {
    async fn called(&self) -> u8 {
        tokio::task::yield_now().await;
        self.not_called_either() + PrivateBlanket::called(self).await
    }

    async fn not_called(&self) -> u8 {
        Private::called(self).await
    }
}

#[sync_bridge::sync_bridge(error = panic, blanket)]
trait PrivateBlanket: Sync {
    async fn called(&self) -> u8;

    fn not_called_either(&self) -> u8 {
        2
    }
}

impl PrivateBlanket for Memory {
    async fn called(&self) -> u8 {
        tokio::task::yield_now().await;
        3
    }
}

/// Adapters.
#[sync_bridge::sync_bridge]
pub trait Adapters: Sync {
    /// Lists.
    fn list(&self, prefix: &str) -> impl Stream<Item = io::Result<u8>> + Send;

    /// Lists, in a box.
    fn boxed(&self) -> BoxStream<'_, io::Result<u8>> {
        Box::pin(empty())
    }

    /// Collects.
    ///
    /// # Errors
    ///
    /// Never.
    #[bridge(collect = io::Result<Vec<u8>>, timeout = "5s")]
    async fn all(&self) -> io::Result<BoxStream<'_, io::Result<u8>>>;

    /// Starts.
    #[bridge(task)]
    fn start(&self) -> JoinHandle<u8>;

    /// Opens.
    ///
    /// # Errors
    ///
    /// Never.
    #[bridge(read)]
    async fn open(&self) -> io::Result<&[u8]>;

    /// Puts.
    ///
    /// # Errors
    ///
    /// Never.
    async fn put<'a>(
        &'a self,
        key: &'a str,
        #[bridge(iter)] bytes: impl Stream<Item = u8> + Send,
    ) -> io::Result<&'a str>;

    /// Copies.
    ///
    /// # Errors
    ///
    /// If the reader or a writer fails.
    #[bridge(timeout = (limit).map(Duration::from_secs))]
    async fn copy<'a, R>(
        &mut self,
        limit: Option<u64>,
        #[bridge(read)] source: &'a mut R,
        #[bridge(write)] sink: Pin<Box<dyn AsyncWrite + Send>>,
        #[bridge(write)] log: impl AsyncWrite + Unpin + Send,
    ) -> io::Result<u64>
    where
        R: AsyncRead + Unpin + Send + 'a;

    /// The name.
    #[bridge(passthrough)]
    #[must_use]
    fn name(&self) -> &'static str {
        "name"
    }
}

#[sync_bridge::sync_bridge]
impl Adapters for Memory {
    fn list(&self, _: &str) -> impl Stream<Item = io::Result<u8>> + Send {
        empty()
    }

    #[bridge(collect = io::Result<Vec<u8>>, timeout = "5s")]
    async fn all(&self) -> io::Result<BoxStream<'_, io::Result<u8>>> {
        Ok(self.boxed())
    }

    #[bridge(task)]
    fn start(&self) -> JoinHandle<u8> {
        tokio::spawn(async { 5 })
    }

    #[bridge(read)]
    async fn open(&self) -> io::Result<&[u8]> {
        Ok(b"bytes")
    }

    async fn put<'a>(
        &'a self,
        key: &'a str,
        #[bridge(iter)] bytes: impl Stream<Item = u8> + Send,
    ) -> io::Result<&'a str> {
        drop(bytes);
        Ok(key)
    }

    #[bridge(timeout = (limit).map(Duration::from_secs))]
    async fn copy<'a, R>(
        &mut self,
        limit: Option<u64>,
        #[bridge(read)] source: &'a mut R,
        #[bridge(write)] mut sink: Pin<Box<dyn AsyncWrite + Send>>,
        #[bridge(write)] mut log: impl AsyncWrite + Unpin + Send,
    ) -> io::Result<u64>
    where
        R: AsyncRead + Unpin + Send + 'a,
    {
        log.write_u64(limit.unwrap_or_default()).await?;
        tokio::io::copy(source, &mut sink).await
    }
}

/// A client whose twin is a type.
#[sync_bridge::sync_bridge(forward(AsyncRead, AsyncWrite))]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Api {
    bytes: Vec<u8>,
}

/// The rows of a query.
#[sync_bridge::sync_bridge(bounds(T: Send + Sync))]
#[derive(Debug)]
pub struct Rows<'a, T>(&'a [T]);

#[sync_bridge::sync_bridge(twin = BlockingApi, twins(Rows))]
impl Api {
    /// The limit.
    pub const LIMIT: u8 = 7;

    /// Returns a client.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a byte.
    pub fn byte(&mut self, byte: u8) -> &mut Self {
        self.bytes.push(byte);
        self
    }

    /// Returns the rows.
    ///
    /// # Errors
    ///
    /// Never.
    pub async fn rows(&self) -> io::Result<Rows<'_, u8>> {
        tokio::task::yield_now().await;
        Ok(Rows(&self.bytes))
    }

    /// Returns the rows one by one.
    pub fn each(&self) -> impl Stream<Item = io::Result<Rows<'_, u8>>> + Send {
        empty()
    }

    /// Joins two clients.
    ///
    /// # Errors
    ///
    /// Never.
    pub async fn join(mut self, other: &Self, more: Option<Self>) -> io::Result<Self> {
        tokio::task::yield_now().await;
        self.bytes.extend_from_slice(&other.bytes);
        self.bytes.extend(more.unwrap_or_default().bytes);
        Ok(self)
    }
}

#[sync_bridge::sync_bridge(twin = BlockingRows)]
impl<T: Sync> Rows<'_, T> {
    /// Returns how many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

#[sync_bridge::sync_bridge(twin = BlockingApi, error = panic)]
impl Private for Api {
    async fn called(&self) -> u8 {
        Self::LIMIT
    }
}

impl AsyncRead for Api {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<io::Result<()>> {
        buffer.put_slice(&std::mem::take(&mut self.bytes));
        std::task::Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Api {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        bytes: &[u8],
    ) -> std::task::Poll<io::Result<usize>> {
        self.bytes.extend_from_slice(bytes);
        std::task::Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut std::task::Context<'_>) -> std::task::Poll<io::Result<()>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut std::task::Context<'_>) -> std::task::Poll<io::Result<()>> {
        std::task::Poll::Ready(Ok(()))
    }
}

#[test]
fn twin_types_work() -> Result<(), Box<dyn Error>> {
    use std::io::{Read, Write};

    let mut api = BlockingApi::new();
    assert_eq!(api.byte(1).byte(2).rows()?.count(), 2);
    assert_eq!(api.each().count(), 0);
    api = api.clone().join(&api, None)?;
    api.write_all(&[3])?;
    let mut bytes = [0; 5];
    api.read_exact(&mut bytes)?;
    assert_eq!(bytes, [1, 2, 1, 2, 3]);
    assert_eq!(api.called_blocking(), BlockingApi::LIMIT);
    Ok(())
}

#[test]
fn adapters_work() -> Result<(), Box<dyn Error>> {
    assert_eq!(Memory.list_blocking("").count() + Memory.boxed_blocking().count(), 0);
    assert_eq!(Memory.all_blocking()?, []);
    assert_eq!(Memory.start_blocking().wait()?, 5);
    assert_eq!(io::read_to_string(Memory.open_blocking()?)?, "bytes");
    assert_eq!(Memory.put_blocking("key", vec![1])?, "key");
    assert_eq!(BlockingAdapters::name(&Memory), "name");
    assert_eq!(Memory.copy_blocking(Some(5), &b"bytes"[..], Box::new(io::sink()), io::sink())?, 5);
    Ok(())
}

#[test]
fn every_form_passes_the_strictest_lints() -> Result<(), Box<dyn Error>> {
    assert_eq!(BlockingStore::get_blocking(&Memory, "key")?, "key");
    assert_eq!(Memory.named_blocking("name", 0)?, "name");
    assert_eq!(BlockingBoxed::twice_blocking(&Memory, "ab")?, 4);
    assert_eq!(Memory.getOne_blocking() + Memory.getOther_blocking(), 3);
    assert_eq!((Memory.row_blocking("row"), Memory.length_blocking("row"), Memory.take_blocking()), ("row", 3, 3));
    let mut queue = Vec::new();
    BlockingQueue::push_blocking(&mut queue, 3)?;
    let client = Client::connect_blocking(&queue[0])?;
    assert_eq!(*client.fetch_blocking(&[4, 5])?, 4);
    assert_eq!(fetch_blocking(&Client(&1), &[4, 5])?, Some(&5));
    assert_eq!(private_blocking(), 4);
    assert_eq!(BlockingPrivate::called_blocking(&Memory), 5);
    Ok(())
}
