#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub use sync_bridge_core::{
    BlockingIo, BlockingIter, BridgeError, BridgedTask, Builder, CallOptions, CallerKind, FlattenResults,
    FlattenResultsWith, Flavor, IterStream, LostResponse, Metrics, Overflow, PanicOnError, PrefetchIter, RuntimeBridge,
    Scope, ScopedTask, Shutdown, SlowCall,
};

/// Writes the blocking twin of an async trait, and of each implementation of it; or of inherent methods, or of a function.
///
/// The annotated item stays as it is; the twin is written beside it. A twin may be called from any thread, also from
/// one that drives an async runtime: [`RuntimeBridge`] sees to that.
///
/// ```
/// use std::io;
/// use sync_bridge::sync_bridge;
///
/// #[sync_bridge]
/// trait Store: Sync {
///     async fn get(&self, key: &str) -> io::Result<Vec<u8>>;
///
///     async fn size(&self, key: &str) -> io::Result<usize> {
///         Ok(self.get(key).await?.len())
///     }
/// }
///
/// struct Files;
///
/// #[sync_bridge]
/// impl Store for Files {
///     async fn get(&self, key: &str) -> io::Result<Vec<u8>> {
///         tokio::fs::read(key).await
///     }
/// }
///
/// let store: &dyn BlockingStore = &Files;
/// assert_eq!(store.get_blocking("Cargo.toml")?.len(), store.size_blocking("Cargo.toml")?);
/// # Ok::<(), io::Error>(())
/// ```
///
/// # On a trait
///
/// `trait Store` and `trait AsyncStore` both get `trait BlockingStore`, in the same module and as visible. For each
/// async method it has a method whose name ends in `_blocking`, with the same generics, receiver, arguments and output:
/// `get_blocking` for `get`, and `type_blocking` for `type_` or `r#type`.
/// Synchronous methods are left where they are, if they are not marked. The twin may be used as `dyn`, where its
/// signatures allow that: its methods are no longer async.
///
/// The twin has the associated types of the trait, and its constants (with which no trait can be used as `dyn`). Of the
/// supertraits it has those that only mark a type or print it (`Send`, `Sync`, `Sized`, `Unpin`, `Debug`, `Display`,
/// lifetimes); or all of them, where a signature names an associated type of one. If one of these is natively async, the
/// twin cannot be used as `dyn`: declare the type in the trait itself, or use `#[async_trait]`. A method that takes
/// `&self` makes `Sync` a supertrait of the twin, one that takes `&mut self` or `self`, `Send`, and one that takes
/// `Arc<Self>`, both: another thread may serve the call.
///
/// To the compiler these are other types than those of the trait, though the same for every implementor: it says
/// "expected `__BlockingStoreBase::Error`, found `Store::Error`". Code that is generic over an implementor of one of the two
/// traits never meets that. Where it asks for both, it says that they agree:
///
/// ```
/// use std::io;
/// use sync_bridge::sync_bridge;
///
/// #[sync_bridge]
/// trait Repo {
///     type Id;
///     async fn get(&self, id: Self::Id) -> io::Result<String>;
/// }
///
/// fn first<R: Repo + BlockingRepo<Id = <R as Repo>::Id>>(repo: &R, ids: Vec<<R as Repo>::Id>) -> io::Result<String> {
///     let first = ids.into_iter().next().ok_or(io::ErrorKind::NotFound)?;
///     repo.get_blocking(first)
/// }
/// #
/// # #[sync_bridge]
/// # impl Repo for () {
/// #     type Id = u8;
/// #     async fn get(&self, id: u8) -> io::Result<String> {
/// #         Ok(id.to_string())
/// #     }
/// # }
/// # assert_eq!(first(&(), vec![7])?, "7");
/// # Ok::<(), io::Error>(())
/// ```
///
/// A method with a default body has a default in the twin, which runs the async one. So an implementation may leave it
/// out, and it works on the concrete type, in generic code and through `dyn`. The default of a native `async fn` is
/// built and run on one thread of the bridge, because nothing can prove its future to be `Send`; what is passed to it
/// must be `Send`, the future need not be.
///
/// A type without an async side can implement the twin by hand, if the twin has no defaults and no associated items.
/// Otherwise it takes these from the async trait, so that one has to be implemented.
///
/// # On an implementation
///
/// `impl Store for Files` also gets `impl BlockingStore for Files`. The path of the twin is that of the trait, with
/// another last name: `impl store::Store for Files` implements `store::BlockingStore`. The futures of the methods must be
/// `Send`; where one is not, the compiler says so at the method, and names the variable and the `.await`.
///
/// ## `twin = path`
///
/// The twin is an existing synchronous trait with methods of the same names. Its synchronous methods, and its associated
/// types and constants, are answered by those of the block. A method that the block leaves out is the synchronous
/// trait's own business.
///
/// ```
/// use std::io;
/// use sync_bridge::sync_bridge;
///
/// mod sync {
///     pub trait Store {
///         type Error;
///         fn name(&self) -> &str;
///         fn get(&self, key: &str) -> Result<String, Self::Error>;
///     }
/// }
///
/// trait Store {
///     type Error;
///     fn name(&self) -> &str;
///     async fn get(&self, key: &str) -> Result<String, Self::Error>;
/// }
///
/// struct Echo;
///
/// #[sync_bridge(twin = sync::Store)]
/// impl Store for Echo {
///     type Error = io::Error;
///
///     fn name(&self) -> &str {
///         "echo"
///     }
///
///     async fn get(&self, key: &str) -> Result<String, Self::Error> {
///         Ok(key.to_owned())
///     }
/// }
///
/// let store: &dyn sync::Store<Error = io::Error> = &Echo;
/// assert_eq!(store.name(), "echo");
/// assert_eq!(store.get("key")?, "key");
/// # Ok::<(), io::Error>(())
/// ```
///
/// `#[bridge(skip)]` keeps an item of the block out of the twin: a method, an associated type or a constant that the
/// synchronous trait has not. Where both traits are imported, `self.get(…)` is ambiguous: do not import the synchronous
/// one where the async methods call one another, or write `<Self as Store>::get(self, …)`.
///
/// ## `twin = path, generated`
///
/// On a trait, `twin = Name` gives its twin that name. Each implementation then says `twin = path::Name, generated`, with
/// the generic arguments, if there are any: the twin is no trait written by hand.
///
/// # For every implementor
///
/// A trait with `blanket` has its twin implemented for all that implement it: no implementation needs the attribute, and
/// none may have it. `dyn Store` is an implementor, where the trait can be one; `Arc`, `Box` and references are where they
/// implement the trait. Methods that take `self` by value are left out of `dyn`.
///
/// ```
/// use std::io;
/// use std::sync::Arc;
/// use sync_bridge::sync_bridge;
///
/// #[sync_bridge(blanket)]
/// #[async_trait::async_trait]
/// trait Store: Send + Sync {
///     async fn get(&self, key: &str) -> io::Result<String>;
/// }
///
/// struct Echo;
///
/// #[async_trait::async_trait]
/// impl Store for Echo {
///     async fn get(&self, key: &str) -> io::Result<String> {
///         Ok(key.to_owned())
///     }
/// }
///
/// let store: Arc<dyn Store> = Arc::new(Echo);
/// assert_eq!(store.get_blocking("key")?, "key");
/// # Ok::<(), io::Error>(())
/// ```
///
/// Whether the future of a native `async fn` is `Send` cannot be known here: it is built and run on one thread of the
/// bridge, and what is passed to the method must be `Send`. With `-> impl Future<Output = …> + Send`, or `#[async_trait]`,
/// it is known. `bridge = …` may be said on the trait, and call methods of it on `self`.
///
/// ## `remote = path`
///
/// For a trait of another crate, write a mirror of it: the signatures of those methods that are to have a twin. They
/// become the twin, which every implementor of the remote trait has. The mirror itself is not there afterwards, so it may
/// have the name of the remote trait: a mirror `Store` becomes `BlockingStore`.
///
/// ```
/// use std::io;
/// use sync_bridge::sync_bridge;
///
/// mod remote {
///     # use std::io;
///     #[async_trait::async_trait]
///     pub trait Store {
///         async fn get(&self, key: &str) -> io::Result<String>;
///         async fn put(&self, key: &str, value: String) -> io::Result<()>;
///     }
/// }
///
/// #[sync_bridge(remote = remote::Store)]
/// trait Store {
///     /// The value of `key`.
///     async fn get(&self, key: &str) -> io::Result<String>;
/// }
///
/// fn read(store: &(dyn remote::Store + Sync)) -> io::Result<String> {
///     store.get_blocking("key")
/// }
/// ```
///
/// `implementors = path` names another trait, all of whose implementors implement the async one. For an extension trait,
/// such as `impl<S: Store> StoreExt for S` has, say `remote = StoreExt, implementors = Store`: then the compiler knows
/// which futures these are, and so whether they are `Send`. The same goes for `blanket`, together with `send`.
///
/// In a mirror, `async fn` means that the future of the remote is `Send`, as those of `#[async_trait]` are; of a native
/// one that promises nothing, write `-> impl Future<Output = …>` or say `local`. Associated types and constants that are
/// needed are declared; the bounds of a type, and the supertraits of the mirror, narrow down which implementors have the
/// twin. A signature that does not match is an error of the compiler's, at that signature.
///
/// # On an inherent impl, and on a function
///
/// The twin stands beside its original, as visible, and is named after it: `fetch_blocking` for `fetch`. It has the
/// generics and the `where` clause of the impl. Synchronous methods are left alone.
///
/// ```
/// use std::io;
/// use sync_bridge::sync_bridge;
///
/// struct Client<T>(T);
///
/// #[sync_bridge]
/// impl<T: AsRef<str> + Sync> Client<T> {
///     async fn fetch(&self, path: &str) -> io::Result<String> {
///         Ok(format!("{}/{path}", self.0.as_ref()))
///     }
/// }
///
/// #[sync_bridge]
/// async fn fetch(path: &str) -> io::Result<String> {
///     Client("localhost").fetch(path).await
/// }
///
/// assert_eq!(Client("example").fetch_blocking("a")?, "example/a");
/// assert_eq!(fetch_blocking("b")?, "localhost/b");
/// # Ok::<(), io::Error>(())
/// ```
///
/// In a generic impl, or a generic function, it may be unknown whether the future of a type parameter's native `async
/// fn` is `Send`: say `local`.
///
/// # What is accepted
///
/// `async fn`, `-> impl Future<Output = …>`, and `#[async_trait]`, above this attribute or below it. A box of
/// `#[async_trait]` is `Send`, or with `?Send`, runs on one thread of the bridge. Every receiver but `Rc<Self>`; borrowed
/// arguments, generics, lifetimes, `where`, any argument pattern. Documentation, `#[cfg]`, lint levels, and on a trait
/// `#[deprecated]` and `#[must_use]`, are carried over to the twin; other attributes are not.
///
/// So are `BoxFuture`, `LocalBoxFuture` and boxes of a `dyn Future<Output = …>`, with or without a `Pin`; and `-> impl
/// IntoFuture<Output = …>`, whose future runs on one thread of the bridge unless `IntoFuture: Send` stands beside its
/// output. A method that returns a stream has a twin that iterates over it. One whose return type is an alias of a
/// future or a stream looks like a synchronous one: it is marked with `#[bridge(future)]` or `#[bridge(iter)]`, and one
/// that is not is an error of its implementation. An alias that has one of these names and stands for another future is
/// marked as well.
///
/// # Options of the attribute
///
/// | option | on | meaning |
/// |---|---|---|
/// | `error = …` | everywhere | how a failure of the bridge reaches the caller, see below |
/// | `blanket` | trait | the twin is there for every implementor |
/// | `remote = path` | trait | the trait is a mirror of that one, see above |
/// | `implementors = path` | trait with `blanket` or `remote` | the twin is there for the implementors of that trait, who implement the async one too |
/// | `bridge = expression` | impl, function, trait with `blanket` or `remote` | the [`RuntimeBridge`] that serves the calls, instead of the process-wide one |
/// | `twin = path` | impl of a trait | the existing synchronous trait to implement; with `generated`, the twin of the trait under another name |
/// | `twin = Name` | trait | the name of the twin |
/// | `suffix = "…"` | everywhere | what the names of the twin's methods end in, instead of `_blocking`; it may be empty on a trait and its implementations, which have to say the same |
/// | `local` | everywhere | the futures need not be `Send`: each is built and run on one thread of the bridge, and what is passed to it must be `Send` |
/// | `send` | everywhere | the futures are `Send`, also where the attribute cannot know; the compiler checks it |
/// | `crate = path` | everywhere | where this crate is found, if not at `::sync_bridge` |
///
/// ## `error`
///
/// A call can fail where the future alone could not: its future panics, the bridge is shut down, the call would
/// deadlock. This reaches the caller in one of four ways.
///
/// | rule | the twin of `async fn get(&self) -> T` |
/// |---|---|
/// | `convert`, the default | `fn get_blocking(&self) -> T`, where `T` is a `Result<_, E>` in any alias, and `E: From<BridgeError>` |
/// | `wrap` | `fn get_blocking(&self) -> Result<T, BridgeError>` |
/// | `panic` | `fn get_blocking(&self) -> T`, which panics, with the future's own payload if it panicked |
/// | `some::function` | as `convert`, with the error made by this `fn(BridgeError) -> E`; one of a trait is `<Error as From<_>>::from` |
///
/// ```
/// use sync_bridge::{BridgeError, sync_bridge};
///
/// #[sync_bridge(error = wrap)]
/// trait Counter {
///     async fn count(&self) -> usize;
/// }
///
/// #[sync_bridge(error = wrap)]
/// impl Counter for Vec<u8> {
///     async fn count(&self) -> usize {
///         assert!(!self.is_empty(), "nothing to count");
///         self.len()
///     }
/// }
///
/// assert_eq!(vec![1, 2].count_blocking()?, 2);
/// let error: BridgeError = vec![].count_blocking().unwrap_err();
/// assert_eq!(error.panic_message(), Some("nothing to count"));
/// # Ok::<(), BridgeError>(())
/// ```
///
/// The rule is said on the trait, for its defaults, and on each implementation, for its methods. If they disagree about
/// `wrap`, the signatures differ, and the compiler says that the method has an incompatible type for the trait. If
/// they disagree otherwise, each method follows the rule of the block it is in. A function that is named `convert`,
/// `wrap` or `panic` is given as `self::wrap`.
///
/// ## `bridge`
///
/// The expression may use `self`, and is evaluated once for each call, before the arguments move. It gives a
/// [`RuntimeBridge`], a reference to one, or an `Arc` of one. A field or a static is borrowed. The defaults that the
/// implementation leaves out use the same bridge; only one that has no receiver uses the process-wide bridge, if the
/// expression needs `self`.
///
/// ```
/// use sync_bridge::{RuntimeBridge, sync_bridge};
///
/// #[sync_bridge(error = panic)]
/// trait Answer {
///     async fn answer(&self) -> u8;
/// }
///
/// struct Client {
///     bridge: RuntimeBridge,
/// }
///
/// #[sync_bridge(error = panic, bridge = self.bridge)]
/// impl Answer for Client {
///     async fn answer(&self) -> u8 {
///         42
///     }
/// }
///
/// let client = Client { bridge: RuntimeBridge::new()? };
/// assert_eq!(client.answer_blocking(), 42);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Options of a method
///
/// They stand in `#[bridge(…)]`, on the trait and on each implementation alike. If these disagree, the compiler says that a
/// method is not a member of the twin, is missing from its implementation, or has an incompatible type. Where the attribute
/// of the block is behind a feature, so may be the options: `#[cfg_attr(feature = "blocking", bridge(skip))]`, under the
/// same condition.
///
/// | option | the twin |
/// |---|---|
/// | `skip` | does without the method; on a macro call within the block, without what that makes |
/// | `rename = "name"` | has it under this name |
/// | `error = …` | treats a failure of the bridge by another rule than the block's |
/// | `timeout = "5s"` | waits no longer: `1h 30m`, `250ms`, whole numbers with the units `ns`, `us`, `ms`, `s`, `m`, `h` |
/// | `future` | waits for a future that is behind an alias, or for a type of which `.await` makes one |
/// | `iter` | returns an iterator over a stream; where the type says that it is one, the option may be left out |
/// | `collect = Type` | returns the items of a stream, collected in one call |
/// | `task` | returns a [`BridgedTask`] for a `JoinHandle` |
/// | `read`, `write` | returns a [`BlockingIo`]: `Read` for an `AsyncRead`, `Write` for an `AsyncWrite`; both for what is both |
/// | `passthrough` | has the synchronous method as it is, under the same name |
///
/// ```
/// use sync_bridge::sync_bridge;
///
/// #[sync_bridge(error = panic)]
/// trait Clock {
///     #[bridge(rename = "wait_for_tick")]
///     async fn tick(&self) -> u8;
///
///     #[bridge(error = wrap, timeout = "5s")]
///     async fn adjust(&self) -> u8;
///
///     #[bridge(skip)]
///     async fn drift(&self) -> f64;
/// }
///
/// #[sync_bridge(error = panic)]
/// impl Clock for u8 {
///     #[bridge(rename = "wait_for_tick")]
///     async fn tick(&self) -> u8 {
///         *self
///     }
///
///     #[bridge(error = wrap, timeout = "5s")]
///     async fn adjust(&self) -> u8 {
///         *self
///     }
///
///     #[bridge(skip)]
///     async fn drift(&self) -> f64 {
///         0.0
///     }
/// }
///
/// assert_eq!(3_u8.wait_for_tick(), 3);
/// assert_eq!(3_u8.adjust_blocking()?, 3);
/// # Ok::<(), sync_bridge::BridgeError>(())
/// ```
///
/// ## Streams, tasks, readers and writers
///
/// Only async code can use these, so the twin returns blocking adapters of them, made on the bridge that serves the call.
/// The method may be synchronous: it is called inside the bridge, so that it may arm a timer or spawn a task. The value
/// stands alone, or in a `Result`, an `Option`, a `Vec` or a tuple; an alias of `Result` is known by a name that ends in
/// `Result`, and by its first type argument. A `timeout` is that of the call, and of each item and each operation after
/// it; for a task there is [`BridgedTask::wait_timeout`].
///
/// ```
/// use std::io;
/// use futures::stream::{self, BoxStream, Stream, StreamExt};
/// use sync_bridge::sync_bridge;
/// use tokio::task::JoinHandle;
///
/// #[sync_bridge]
/// trait Store {
///     fn list(&self) -> BoxStream<'_, io::Result<String>>;
///
///     #[bridge(collect = io::Result<Vec<u8>>)]
///     async fn read(&self, key: &str) -> io::Result<BoxStream<'_, io::Result<u8>>>;
///
///     #[bridge(task)]
///     fn compact(&self) -> JoinHandle<usize>;
///
///     async fn write(&self, #[bridge(iter)] parts: impl Stream<Item = u8> + Send) -> io::Result<usize>;
/// }
///
/// struct Memory;
///
/// #[sync_bridge]
/// impl Store for Memory {
///     fn list(&self) -> BoxStream<'_, io::Result<String>> {
///         stream::iter(["a", "b"]).map(|key| Ok(key.to_owned())).boxed()
///     }
///
///     #[bridge(collect = io::Result<Vec<u8>>)]
///     async fn read(&self, key: &str) -> io::Result<BoxStream<'_, io::Result<u8>>> {
///         Ok(stream::iter(key.as_bytes().to_vec()).map(Ok).boxed())
///     }
///
///     #[bridge(task)]
///     fn compact(&self) -> JoinHandle<usize> {
///         tokio::spawn(async { 2 })
///     }
///
///     async fn write(&self, #[bridge(iter)] parts: impl Stream<Item = u8> + Send) -> io::Result<usize> {
///         Ok(parts.count().await)
///     }
/// }
///
/// for key in Memory.list_blocking() {
///     let key = key?;
///     assert_eq!(Memory.read_blocking(&key)?, key.as_bytes());
/// }
/// assert_eq!(Memory.compact_blocking().wait()?, 2);
/// assert_eq!(Memory.write_blocking(vec![1, 2, 3])?, 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **An iterator** tells of a failure of the bridge by its last item: with `convert` as an error of the items, which are
/// `Result`s; with `wrap` each item is a `Result<_, BridgeError>`; with `panic`, `next` panics. A stream that is
/// returned alone needs no other place for a failure, so a call that cannot be made at all gives an iterator with that one
/// item. A [`BoxStream`](https://docs.rs/futures/latest/futures/stream/type.BoxStream.html) keeps its type: the twin returns
/// `FlattenResults<BlockingIter<BoxStream<'_, T>>>`. An `impl Stream` has no name, so it is boxed: the twin can be used as
/// `dyn` where the original cannot.
///
/// What an `impl Stream` captures, its box borrows: every argument, and whatever the generics of the block stand for.
/// `use<…>`, or a lifetime such as `+ 'static`, limits that for both. Before edition 2024, an `impl Stream` captures less
/// outside of traits: say `use<>` if its iterator is to outlive the borrow of `self`. Where each parameter of a trait has a
/// default, an implementation still names them, for the box to borrow: `impl Store<String> for Memory`, not `impl Store for
/// Memory`.
///
/// **`collect = Type`** drains the stream in one call, without a switch of threads for each item. If `Type` is a `Result`,
/// the first error ends that; and if the method returns a `Result` of a stream, the two are made one, with `From`, where
/// both have a name that ends in `Result`.
///
/// **A task** tells of a failure of the bridge when it is waited for, if its handle is returned alone.
///
/// **An argument** with `#[bridge(iter)]` is a stream of the method, and an iterator of the twin: for an `impl Stream`, any
/// `IntoIterator` whose iterator is `Send + 'static`; for a box, a `Box<dyn Iterator + Send>`, so that the twin can be used
/// as `dyn`. The iterator is asked on a blocking thread of the bridge, and may block.
///
/// ## `passthrough`
///
/// A synchronous method is left where it is, unless the twin is to have it too. It then has the same name in both traits:
/// where both are imported, `store.name()` is ambiguous. `rename` gives it another. What it returns is of no concern, so that
/// a method may hand its stream or its future to async code, in the twin as in the original.
///
/// # Lints
///
/// A twin says what its original says, and may be called by nobody. So it allows what its original need not:
/// `clippy::all`, `pedantic` and `nursery`, `dead_code`, `deprecated`, `elided_lifetimes_in_paths`,
/// `explicit_outlives_requirements`, `single_use_lifetimes`, `unreachable_pub`, `unused_lifetimes` and
/// `unused_qualifications`. Under `#![forbid(…)]` of one of these the compiler refuses that, with `E0453`: use
/// `#![deny(…)]`.
///
/// # Errors of the compiler
///
/// Each error that the attribute words ends in a code, such as `SB006`. The repository's `docs/diagnostics.md` explains
/// it, with an example that fails and its fix.
#[doc(inline)]
pub use sync_bridge_macros::sync_bridge;

#[doc(hidden)]
pub use sync_bridge_core::__private;
