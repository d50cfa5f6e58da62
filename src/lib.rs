#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub use sync_bridge_core::{
    AbortHandle, AsyncReader, AsyncWriter, Blocking, BlockingIo, BlockingIter, BridgeError, BridgedTask, Builder,
    ByteReader, CallOptions, CallerKind, FlattenResults, FlattenResultsWith, Flavor, IterStream, Kept, KeptLocal,
    LostResponse, Metrics, Overflow, PanicOnError, PrefetchIter, RuntimeBridge, Scope, ScopedTask, Shutdown, SlowCall,
    TwinType,
};

/// Generates the blocking twin of an async trait and its implementations, of a type, of inherent methods, or of a function.
///
/// The annotated item does not change. The attribute adds the twin next to it. [`RuntimeBridge`] makes it safe to call
/// a twin from any thread, including a thread that drives an async runtime.
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
/// The twin of `trait Store`, and of `trait AsyncStore`, is `trait BlockingStore`. It is in the same module and has the
/// same visibility. For each async method it has a method whose name ends in `_blocking`: `get_blocking` for `get`, and
/// `type_blocking` for `type_` or `r#type`. The generics, receiver, arguments and output are the same, and generic types
/// have the [bounds](#bounds) that another thread needs. The twin does not have a synchronous method unless the method is
/// marked. The twin can be used as `dyn` if its signatures allow that, because its methods are not async.
///
/// The twin has the associated types and the constants of the trait. A trait with constants cannot be used as `dyn`.
/// The twin keeps the supertraits that only mark a type or print it: `Send`, `Sync`, `Sized`, `Unpin`, `Debug`,
/// `Display` and lifetimes. It keeps all supertraits if a signature names an associated type of one. If one of these is
/// natively async, the twin cannot be used as `dyn`. In that case declare the type in the trait itself, or use
/// `#[async_trait]`.
///
/// A method whose signature has a `Self` by value, as in `Option<Self>`, has `Self: Sized` in the twin. A method with
/// `Self` as an argument of another type, as in `Sink<Self>`, has `Self: Store`, because `Sink` may need that. Code that
/// is generic over an implementor of the twin calls such a method only if it requires `Store` too. The types that ask
/// nothing of their arguments are those of the standard library, and each whose name ends in `Result`. The output of a
/// method with the error rule `convert` or a function counts as a `Result`.
///
/// Another thread may serve the call, so receivers add supertraits to the twin. A method that takes `&self` adds
/// `Sync`. A method that takes `&mut self` or `self` adds `Send`. A method that takes `Arc<Self>` adds both.
///
/// The compiler treats the associated types of the twin and of the trait as different types, although each implementor
/// has the same types in both. It reports "expected `__BlockingStoreBase::Error`, found `Store::Error`". Code that is
/// generic over an implementor of one of the two traits does not get this error. Code that requires both traits must
/// state that the types are equal, and of which trait a type or constant is:
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
/// A method with a default body also has a default in the twin, which runs the async default. An implementation may
/// leave out the method. The twin's default works on the concrete type, in generic code and through `dyn`. The bridge
/// builds and runs the default of a native `async fn` on one of its threads, because nothing can prove that the future
/// is `Send`. The future need not be `Send`, but the method's arguments must be.
///
/// A type without async methods can implement the twin by hand, if the twin has no defaults and no associated items.
/// Otherwise the twin takes these from the async trait, so the type must implement the async trait too.
///
/// # On an implementation
///
/// The attribute on `impl Store for Files` adds `impl BlockingStore for Files`. The path of the twin is the path of the
/// trait with another last segment: `impl store::Store for Files` implements `store::BlockingStore`. The impl may leave
/// all async methods to the defaults of the trait. The futures of the
/// methods must be `Send`. If a future is not `Send`, the compiler reports this at the method, and names the variable
/// and the `.await`.
///
/// ## `twin_trait = path`
///
/// The twin is an existing synchronous trait whose methods have the same names. The block also provides the synchronous
/// methods, associated types and constants of this trait. If the block leaves out a method, the default of the
/// synchronous trait applies.
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
/// #[sync_bridge(twin_trait = sync::Store)]
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
/// `#[bridge(skip)]` leaves an item of the block out of the twin. Use it for a method, an associated type or a constant
/// that the synchronous trait does not have. If both traits are imported, `self.get(…)` is ambiguous. Do not import the
/// synchronous trait where the async methods call one another, or write `<Self as Store>::get(self, …)`.
///
/// ## `twin_trait = path, generated`
///
/// On a trait, `twin = Name` sets the name of its twin. Each implementation then needs `twin_trait = path::Name, generated`,
/// with the generic arguments if there are any. `generated` means that the twin is not a hand-written trait.
///
/// # On a struct or an enum: a twin type
///
/// A client library often has a second type for blocking code: other types, the same method names. The attribute on a struct
/// or an enum writes such a *twin type*, `BlockingApi` for `Api`, or `Name` with `twin = Name`. The attribute on an impl with
/// `twin = BlockingApi` writes its methods. They have the names of the originals, without a suffix.
///
/// ```
/// use std::io;
/// use sync_bridge::{TwinType, sync_bridge};
///
/// #[sync_bridge]
/// #[derive(Clone, Debug)]
/// pub struct Api {
///     base: String,
/// }
///
/// #[sync_bridge]
/// #[derive(Debug)]
/// pub struct Repo {
///     path: String,
/// }
///
/// #[sync_bridge(twin = BlockingApi, twins(Repo))]
/// impl Api {
///     pub fn new(base: &str) -> Self {
///         Self { base: base.to_owned() }
///     }
///
///     pub fn repo(&self, name: &str) -> Repo {
///         Repo { path: format!("{}/{name}", self.base) }
///     }
///
///     pub async fn find(&self, name: &str) -> io::Result<Option<Repo>> {
///         Ok((name != "lost").then(|| self.repo(name)))
///     }
///
///     pub async fn merge(&self, into: &Repo, from: Repo) -> io::Result<String> {
///         Ok(format!("{} <- {}", into.path, from.path))
///     }
/// }
///
/// let api: BlockingApi = BlockingApi::new("base");
/// let lib: BlockingRepo = api.repo("lib");
/// let fork: BlockingRepo = api.find("fork")?.expect("it is there");
/// assert_eq!(api.merge(&lib, fork)?, "base/lib <- base/fork");
/// assert_eq!(lib.as_async().path, "base/lib");
/// # Ok::<(), io::Error>(())
/// ```
///
/// - All methods that are not private have a counterpart. An async method is a call of the bridge. A synchronous method runs on
///   the calling thread, with the runtime entered, so that it may spawn tasks. With `#[bridge(passthrough)]` it runs without.
///   Public constants are there as well.
/// - `twins(Repo, Cursor = blocking::Cursor)` lists the types that have twins too. The twin of `Repo` is `BlockingRepo` in the
///   same module, unless it is named. Where a method returns such a type, the twin returns its twin: alone, or in a `Result`, an
///   `Option`, a `Vec`, a tuple or a stream. Where a method takes one, also by `&` or `&mut`, the twin takes its twin. `Self` and
///   the type itself are mapped in the same way. A method with `&mut self -> &mut Self` returns its twin.
/// - A value that comes from another one uses its bridge. A function without a receiver uses the bridge of its first argument
///   that is a twin, or the one in `#[bridge(bridge = …)]`, or the process-wide one. [`TwinType`] leads from one type to the
///   other: `from_async`, `into_async`, `as_async`, `bridge`, `with_bridge`.
/// - The value is dropped with the runtime entered, on whichever thread that happens.
/// - The twin has `Clone`, `Debug`, `PartialEq`, `Eq`, `PartialOrd`, `Ord` and `Hash` if the async type has them. Those that a
///   `#[derive]` below the attribute names are in the documentation of the twin. `forward(Display, From<Config>)` adds others of
///   std's traits: `AsRef`, `Default`, `Display`, `Error`, `From`, `FromStr` and `TryFrom`. A derived `Default` is forwarded too.
///   `forward(!Debug)` leaves one out, which you can then write by hand.
/// - The async type must be `Send`. Each type parameter gets the bound `Send` in the twin. `bounds(M::Conn: Send)`, on the type and
///   on its impls, is for what else is needed.
///
/// The attribute on the impl of a trait, again with `twin = BlockingApi`, is for the traits of the async type:
///
/// | the impl, for `Api` | the twin has |
/// |---|---|
/// | of an async trait `Store` with a twin | `BlockingStore`; `twin_trait = path` names a hand-written trait instead |
/// | of `Stream` | `Iterator` |
/// | of `AsyncRead`, `AsyncBufRead`, `AsyncWrite`, `AsyncSeek` of tokio | `Read`, `BufRead`, `Write`, `Seek` |
/// | of `Sink` | `send`, `feed`, `flush` and `close` |
/// | of `IntoFuture` or `Future` | `run(self)` |
///
/// `forward(…)` on the type does the same for all but the first: `forward(AsyncRead, Sink<Bytes>)`, and where the twin has another
/// item or another error than the async type, `forward(Stream<Item = Result<Row, Error>>)`. A value that is not `Unpin` cannot be
/// polled in the twin, which may move. Name a box as the async type then: `remote = Pin<Box<path::to::Rows>>`, as below.
///
/// The twin also implements the async trait. This impl is hidden, and calls that of the async type. The defaults of
/// `BlockingStore` go through it.
///
/// # A twin type in another module, or of another crate
///
/// With `remote = path` the item is a unit struct, and becomes the twin of the type at `path`. A module `blocking` can then have
/// the names of the async types:
///
/// ```
/// use std::io;
/// use sync_bridge::sync_bridge;
///
/// pub struct Api;
///
/// pub mod blocking {
///     use sync_bridge::sync_bridge;
///
///     #[sync_bridge(remote = super::Api)]
///     pub struct Api;
/// }
///
/// #[sync_bridge(twin = blocking::Api)]
/// impl Api {
///     pub fn new() -> Self {
///         Self
///     }
///
///     pub async fn fetch(&self) -> io::Result<u8> {
///         Ok(7)
///     }
/// }
///
/// fn main() -> io::Result<()> {
///     assert_eq!(blocking::Api::new().fetch()?, 7);
///     Ok(())
/// }
/// ```
///
/// If the type is of another crate, the methods are declared: an impl with `remote = path` has signatures without bodies. They
/// are those of the twin, so `Response` is the twin here. A method with a body is your own method of the twin.
///
/// ```
/// # mod http {
/// #     #[derive(Clone)]
/// #     pub struct Client;
/// #     pub struct Response(pub u16);
/// #     #[derive(Debug)]
/// #     pub struct Error;
/// #     impl Client {
/// #         pub fn new() -> Self { Self }
/// #         pub async fn get(&self, _: &str) -> Result<Response, Error> { Ok(Response(200)) }
/// #     }
/// #     impl Response {
/// #         pub fn status(&self) -> u16 { self.0 }
/// #         pub async fn text(self) -> Result<String, Error> { Ok("text".to_owned()) }
/// #     }
/// # }
/// use sync_bridge::{BridgeError, sync_bridge};
///
/// /// `http::Error` has no place for a failure of the bridge.
/// #[derive(Debug)]
/// pub enum Error {
///     Http(http::Error),
///     Bridge(BridgeError),
/// }
///
/// impl From<http::Error> for Error {
///     fn from(error: http::Error) -> Self {
///         Self::Http(error)
///     }
/// }
///
/// impl From<BridgeError> for Error {
///     fn from(error: BridgeError) -> Self {
///         Self::Bridge(error)
///     }
/// }
///
/// #[sync_bridge(remote = http::Client)]
/// #[derive(Clone)]
/// pub struct Client;
///
/// #[sync_bridge(remote = http::Response)]
/// pub struct Response;
///
/// #[sync_bridge(remote = http::Client, twins(Response))]
/// impl Client {
///     pub fn new() -> Self;
///     pub async fn get(&self, url: &str) -> Result<Response, Error>;
///
///     pub fn text(&self, url: &str) -> Result<String, Error> {
///         self.get(url)?.text()
///     }
/// }
///
/// #[sync_bridge(remote = http::Response)]
/// impl Response {
///     pub fn status(&self) -> u16;
///     pub async fn text(self) -> Result<String, Error>;
/// }
///
/// let client = Client::new();
/// assert_eq!(client.get("/")?.status(), 200);
/// assert_eq!(client.text("/")?, "text");
/// # Ok::<(), Error>(())
/// ```
///
/// The error of a signature may be another one than that of the method. It is then made with `From`.
///
/// # For every implementor
///
/// With `blanket` on a trait, every implementor of the trait implements the twin. No implementation needs the
/// attribute, and none may have it. `dyn Store` implements the twin if the trait can be used as `dyn`. `Arc`, `Box` and
/// references implement the twin if they implement the trait. Methods that take `self` by value are not available on
/// `dyn`.
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
/// The attribute cannot know whether the future of a native `async fn` is `Send`. The bridge builds and runs such a
/// future on one of its threads, and the arguments of the method must be `Send`. With
/// `-> impl Future<Output = …> + Send`, or with `#[async_trait]`, it knows. The trait may have `bridge = …`. The
/// expression may call methods of the trait on `self`.
///
/// ## `remote = path`
///
/// For a trait of another crate, write a mirror: a trait with the signatures of the methods that need a twin. The
/// attribute replaces the mirror with the twin, and implements the twin for every implementor of the remote trait. The
/// mirror no longer exists afterwards, so it may have the name of the remote trait: a mirror `Store` becomes
/// `BlockingStore`.
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
/// `implementors = path` names another trait, all of whose implementors implement the async trait. Use it for an
/// extension trait. If the other crate has `impl<S: Store> StoreExt for S`, write
/// `remote = StoreExt, implementors = Store`. The compiler then knows the types of the futures, and so whether they are
/// `Send`. The same applies to `blanket` together with `send`.
///
/// In a mirror, `async fn` means that the future of the remote method is `Send`, as with `#[async_trait]`. If the
/// remote method is a native `async fn` that does not promise this, write `-> impl Future<Output = …>` or use `local`.
/// Declare the associated types and constants that the signatures need. The bounds of an associated type, and the
/// supertraits of the mirror, limit which implementors have the twin. The bounds of `type Row<'a>` limit them to
/// implementors without borrows. For others, leave these bounds out, and write `where Self::Row<'a>: Send` at the method.
/// A type that is generic over types can only have bounds that it has in the remote trait. If a signature does not
/// match, the compiler reports an error at that signature.
///
/// If the mirror has generic parameters, these are the arguments of the remote trait, unless the path has arguments:
/// `remote = foreign::Table` on `trait Table<K>` means `foreign::Table<K>`.
///
/// # On an inherent impl, and on a function
///
/// The twin is next to the original and has the same visibility. Its name is the name of the original with the suffix:
/// `fetch_blocking` for `fetch`. It has the generics and the `where` clause of the impl, and the [bounds](#bounds) that
/// it needs besides. Synchronous methods do not get a twin.
///
/// In an inherent impl, a private method does not get a twin either. A method with `pub(crate)` or `pub(super)` does.
/// To give a private method a twin, mark it with `#[bridge(twin)]`, or with any other option except `skip`. With
/// `private` on the impl, every private async method has a twin. A function has a twin, whatever its visibility.
///
/// ```
/// use std::io;
/// use sync_bridge::sync_bridge;
///
/// struct Client<T>(T);
///
/// #[sync_bridge]
/// impl<T: AsRef<str>> Client<T> {
///     pub async fn fetch(&self, path: &str) -> io::Result<String> {
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
/// In a generic impl or function, it may be unknown whether the future of a type parameter's native `async fn` is
/// `Send`. Use `local` in this case.
///
/// # What is accepted
///
/// These forms of an async method are accepted:
///
/// - `async fn` and `-> impl Future<Output = …>`.
/// - `#[async_trait]`, above this attribute or below it. Its futures are `Send`. With `?Send` they run on one thread of
///   the bridge.
/// - `BoxFuture`, `LocalBoxFuture` and boxes of a `dyn Future<Output = …>`, with or without a `Pin`.
/// - `-> impl IntoFuture<Output = …>`. Its future runs on one thread of the bridge unless `IntoFuture: Send`
///   follows the output.
/// - A method that returns a stream. Its twin iterates over the stream.
///
/// Every receiver except `Rc<Self>` is accepted. So are borrowed arguments, generics, lifetimes, `where` clauses and
/// any argument pattern. The twin gets the documentation, `#[cfg]` and lint levels of the original, and on a trait
/// `#[deprecated]` and `#[must_use]`. It does not get other attributes. It needs no `#[tracing::instrument]`, because the
/// original that it calls has the span.
///
/// An attribute of another macro may change how a method is called. `#[builder]` of the crate `bon` makes a builder of the
/// arguments. The twin cannot call such a method. With `#[bridge(calls = path)]` it calls another async function, which
/// has the same arguments and the same output. Or leave the method out with `#[bridge(skip)]`, and wait for the future
/// of the builder with [`Blocking::wait_blocking`]. If the other macro runs first, as `#[bon]` above the attribute does, the
/// block has a synchronous method in place of the async one, and no twin of it.
///
/// The documentation of a twin leaves out Rust code, because that is async code, and the tests of the documentation would
/// run it twice. It also leaves out a section of examples that has such code. Other code stays, such as `text` or
/// `toml`. Documentation from `include_str!` is left out as a whole. The last paragraph links to the original.
///
/// A parameter may have a `#[cfg]`. The twin has the parameter under the same condition, and passes it on. A method may
/// have up to three different conditions on its parameters.
///
/// A method whose return type is an alias of a future or a stream, or a type that `.await` turns into a future, looks like a
/// synchronous method. Mark it with `#[bridge(future)]` or `#[bridge(iter)]`. If it is not marked, this is a compile error.
/// Also mark a method whose return type is an alias with one of the names above that stands for another future.
///
/// # Options of the attribute
///
/// | option | on | meaning |
/// |---|---|---|
/// | `error = …` | everywhere | how a failure of the bridge reaches the caller, see below |
/// | `blanket` | trait | every implementor of the trait implements the twin |
/// | `remote = path` | trait, unit struct, inherent impl | a mirror of the trait, a twin of the type, or methods of the type at `path`, see above |
/// | `implementors = path` | trait with `blanket` or `remote` | the implementors of the trait at `path` implement the twin; they also implement the async trait |
/// | `bridge = expression` | impl, function, trait with `blanket` or `remote` | the [`RuntimeBridge`] that serves the calls, instead of the process-wide one |
/// | `twin_trait = path` | impl of a trait | the existing synchronous trait to implement; with `generated`, the generated twin under another name |
/// | `twin = Name` | trait, struct, enum | the name of the twin |
/// | `twin = path` | impl | the twin type of the type of the impl, see above |
/// | `twins(Name, Name = path, …)` | inherent impl of a twin type | the types in signatures that have twin types |
/// | `forward(Trait, …)` | struct, enum | the traits of the async type that its twin has too |
/// | `suffix = "…"` | everywhere | the suffix of the twin's method names, instead of `_blocking`; it may be empty on a trait and its implementations, which must all have the same suffix |
/// | `items(…)` | everywhere | the options of methods, arguments and other items, see below |
/// | `timeout = …` | everywhere | the time limit of each method that has none of its own, see below |
/// | `futures(Name, …)` | everywhere | each method that returns one of these types, alone, has `#[bridge(future)]` without saying so, see below |
/// | `bounds(T: Send, …)` | everywhere, except with `twin_trait = path` | the bounds of generic types in the twin, see below |
/// | `local` | everywhere | the futures need not be `Send`: each is built and run on one thread of the bridge, and its arguments must be `Send` |
/// | `send` | everywhere | the futures are `Send`, even where the attribute cannot know; the compiler checks it |
/// | `private` | inherent impl | the private methods have twins, too |
/// | `crate = path` | everywhere | the path of this crate, if it is not `::sync_bridge` |
///
/// ## `error`
///
/// A call can fail in ways that the future alone cannot: the future panics, the bridge is shut down, or the call would
/// deadlock. A rule selects how this failure reaches the caller.
///
/// | rule | the twin of `async fn get(&self) -> T` |
/// |---|---|
/// | `convert`, the default | `fn get_blocking(&self) -> T`, where `T` is a `Result<_, E>` or an alias of one, and `E: From<BridgeError>` |
/// | `wrap` | `fn get_blocking(&self) -> Result<T, BridgeError>` |
/// | `panic` | `fn get_blocking(&self) -> T`, which panics, with the payload of the future's panic if there is one |
/// | `some::function` | as `convert`, but this `fn(BridgeError) -> E` makes the error; write a trait's function as `<Error as From<_>>::from` |
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
/// The rule on the trait applies to the trait's defaults. The rule on an implementation applies to its methods. If only
/// one of them is `wrap`, the signatures differ, and the compiler reports that the method has an incompatible type for
/// the trait. If they differ in another way, each method follows the rule of its own block. Write a function that is
/// named `convert`, `wrap` or `panic` with a path, such as `self::wrap`.
///
/// ## `bridge`
///
/// The expression may use `self`. It is evaluated once for each call, before the arguments move. Its value is a
/// [`RuntimeBridge`], a reference to one, or an `Arc` of one. A field or a static is borrowed. Default methods that the
/// implementation leaves out use the same bridge. If the expression needs `self`, a default method without a receiver
/// uses the process-wide bridge.
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
/// With `#[bridge(bridge = expression)]` on a method, or with the option on a function, the expression may also name the
/// arguments. A constructor can take its bridge in this way. If the call moves the argument, the twin clones the bridge
/// first.
///
/// ```
/// use std::io;
/// use sync_bridge::{RuntimeBridge, sync_bridge};
///
/// struct Client {
///     bridge: RuntimeBridge,
/// }
///
/// #[sync_bridge(bridge = self.bridge)]
/// impl Client {
///     #[bridge(bridge = bridge)]
///     pub async fn connect(bridge: &RuntimeBridge) -> io::Result<Self> {
///         Ok(Self { bridge: bridge.clone() })
///     }
///
///     pub async fn get(&self) -> io::Result<u8> {
///         Ok(42)
///     }
/// }
///
/// #[sync_bridge(bridge = client.bridge)]
/// async fn get_twice(client: &Client) -> io::Result<u8> {
///     Ok(2 * client.get().await?)
/// }
///
/// let client = Client::connect_blocking(&RuntimeBridge::new()?)?;
/// assert_eq!(get_twice_blocking(&client)?, 84);
/// # Ok::<(), io::Error>(())
/// ```
///
/// # Options of a method
///
/// Write these options in `#[bridge(…)]`, on the trait and on each implementation. If the trait and an implementation
/// have different options, the compiler reports that a method is not a member of the twin, is missing from its
/// implementation, or has an incompatible type. If the attribute of the block depends on a feature, the options may
/// depend on it too: `#[cfg_attr(feature = "blocking", bridge(skip))]`. The condition must be the same.
///
/// The attribute of the block may have all these options, in `items(…)`: `items(tick(skip), adjust(timeout = "5s"))`.
/// The options of an argument follow its name in the same way: `items(write(parts(iter)))`. A block whose attribute
/// depends on a feature then has the condition in one place.
///
/// | option | the twin |
/// |---|---|
/// | `skip` | omits the method; on a macro call within the block, omits what the macro generates |
/// | `twin` | has the method of an inherent impl even if the method is private |
/// | `rename = "name"` | has the method under this name |
/// | `calls = path` | calls this async function, not the method; it has the same arguments and output |
/// | `bridge = expression` | uses this bridge, not the one of the block; the expression may name the arguments |
/// | `error = …` | uses this error rule, not the rule of the block |
/// | `timeout = "5s"` | has this time limit, such as `1h 30m` or `250ms`: whole numbers with the units `ns`, `us`, `ms`, `s`, `m`, `h` |
/// | `timeout = expression` | has the time limit that the expression evaluates to, see below |
/// | `bounds(T: Send, …)` | has these bounds, see below |
/// | `future` | waits for a future whose type is an alias, or for a type that `.await` turns into a future |
/// | `iter` | returns an iterator over a stream; not needed if the type shows that it is a stream |
/// | `collect = Type` | returns the items of a stream, collected in one call |
/// | `task` | returns a [`BridgedTask`] for a `JoinHandle` |
/// | `read`, `write` | returns a [`BlockingIo`]: `Read` for an `AsyncRead`, `Write` for an `AsyncWrite`, both for a type that is both; with `read`, also `Read` for a stream of bytes |
/// | `as_is` | returns the output unchanged, although only async code can use it, see below |
/// | `keep` | returns a [`Kept`], which drops the value inside the bridge |
/// | `enter` | runs the synchronous method inside the bridge |
/// | `passthrough` | has the same synchronous method, under the same name |
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
/// ## Bounds
///
/// Another thread may run a call, so what the future holds must be `Send`. In the twin, generic types have the bounds that
/// this needs. The original does not get them: async code can call it with a value that is not `Send`.
///
/// - A type parameter, of the method or of the block, is `Send`. So are an `impl Trait` in an argument, an associated type
///   that the signature or a bound names, such as `M::Conn`, and the iterator of an `IntoIterator`. In
///   `<M::Conn as Connection>::Row` this is the whole type, and not also `M::Conn`.
/// - It is also `Sync` if the signature has it behind a `&`, which includes the type in `&self`, or in an `Arc`.
/// - It is also `Sync` if it has a bound by a trait that is used by reference, such as `AsRef`, `Display`, `Hash`,
///   `Serialize` or `Fn`. A type parameter for which you have written `Send` does not get this bound.
///
/// Fewer bounds are needed in these cases:
///
/// - With `local`, and with `#[async_trait(?Send)]`, only the types of the arguments and of the output are bounded.
/// - If the type of a future says that it is `Send`, only the types of the output are bounded. `BoxFuture` and
///   `#[async_trait]` say so. `-> impl Future<Output = …> + Send` says so too, except in a trait: its implementation may
///   be an `async fn`.
/// - A synchronous method with `enter`, and an implementation with `twin_trait = path`, get no bounds.
///
/// In an inherent impl, each method of the twin has its own bounds. In an implementation of a trait, the parameters of the
/// impl are bounded in its header. The twin of a trait bounds the trait's own parameters, its associated types, and a `Self`
/// in the arguments or the output, only where a default method needs it: each implementor of the twin must meet these
/// bounds.
///
/// `bounds(…)` replaces the bounds of the types that it names. An empty list removes them. The option of a method goes
/// before that of its block. A trait and its implementations need the same bounds on the parameters of a method.
///
/// ```
/// use std::{fmt::Debug, io, marker::PhantomData, rc::Rc};
/// use sync_bridge::sync_bridge;
///
/// trait Connect {
///     type Conn: Debug;
///     fn connect(&self) -> io::Result<Self::Conn>;
/// }
///
/// struct Pool<C, Tag>(C, PhantomData<fn() -> Tag>);
///
/// // `C` is `Send` and `Sync` in the twin. `Tag` need not be, because the pool has no value of it. That the futures
/// // hold a `C::Conn` cannot be seen in the signatures.
/// #[sync_bridge(bounds(C::Conn: Send, Tag:))]
/// impl<C: Connect, Tag> Pool<C, Tag> {
///     pub async fn ping(&self) -> io::Result<String> {
///         let conn = self.0.connect()?;
///         tokio::task::yield_now().await;
///         Ok(format!("{conn:?}"))
///     }
///
///     // `key` is held, and not used by reference across an await.
///     #[bridge(bounds(impl AsRef<str>: Send))]
///     pub async fn get(&self, key: impl AsRef<str>) -> io::Result<usize> {
///         tokio::task::yield_now().await;
///         Ok(key.as_ref().len())
///     }
/// }
/// #
/// # impl Connect for u8 {
/// #     type Conn = u8;
/// #     fn connect(&self) -> io::Result<u8> {
/// #         Ok(*self)
/// #     }
/// # }
///
/// let pool = Pool::<_, Rc<str>>(7, PhantomData);
/// assert_eq!(pool.ping_blocking()?, "7");
/// assert_eq!(pool.get_blocking("key")?, 3);
/// # Ok::<(), io::Error>(())
/// ```
///
/// ## Time limits
///
/// `timeout = expression` takes any expression whose value is a `Duration`, or an `Option<Duration>`. It may use `self`
/// and the arguments. With `None` the call has no limit of its own. The limits of the bridge and of the enclosing calls
/// still apply.
///
/// The thread that calls the twin evaluates the expression, once in each call, before it calls the method. What the
/// expression borrows or locks is free again when the call starts. If the expression panics, the twin panics.
///
/// On a block, `timeout` is the limit of each method that has no `timeout`. On a trait it applies to the defaults, and an
/// implementation has its own. `#[bridge(timeout = None)]` on a method makes an exception.
///
/// ```
/// use std::{io, time::Duration};
/// use sync_bridge::sync_bridge;
///
/// struct Client {
///     limit: Duration,
/// }
///
/// #[sync_bridge(timeout = self.limit)]
/// impl Client {
///     pub async fn get(&self, path: &str) -> io::Result<String> {
///         Ok(path.to_owned())
///     }
///
///     #[bridge(timeout = within.unwrap_or(2 * self.limit))]
///     pub async fn find(&self, path: &str, within: Option<Duration>) -> io::Result<String> {
///         # let _ = (path, within);
///         std::future::pending().await
///     }
///
///     #[bridge(timeout = None)]
///     pub async fn watch(&self) -> io::Result<()> {
///         Ok(())
///     }
/// }
///
/// let client = Client { limit: Duration::from_secs(5) };
/// assert_eq!(client.get_blocking("a")?, "a");
/// let outcome = client.find_blocking("a", Some(Duration::from_millis(5)));
/// assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::TimedOut);
/// client.watch_blocking()?;
/// # Ok::<(), io::Error>(())
/// ```
///
/// ## Streams, tasks, readers and writers
///
/// Only async code can use these types, so the twin returns blocking adapters for them. The adapters use the bridge
/// that serves the call. The method may be synchronous. The bridge calls it inside its own context, so the method may
/// create a timer or spawn a task.
///
/// The value may be the whole output, or be in a `Result`, an `Option`, a `Vec` or a tuple. A type whose name ends in
/// `Result` counts as an alias of `Result` that holds its first type argument. A `timeout` applies to the call, and to
/// each later item or operation. For a task, use [`BridgedTask::wait_timeout`].
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
/// An output that only async code can use is a compile error: a `Sink`, a receiver of a tokio channel, a future in a tuple.
/// So is a stream, a reader or a writer that is not marked. Such types are found alone, and in a `Result`, an `Option`, a
/// `Vec`, a `Box` or a tuple. All others are returned as they are, also a `tokio::time::Interval`. So are types that blocking
/// code can use on every thread: a `Vec<u8>`, although it is an `AsyncWrite`, the sender of a channel, a
/// `watch::Receiver` and an [`AbortHandle`]. The compiler decides this by the type. A name counts in one case: a type whose
/// name ends in `Sender` is accepted. See
/// [SB028](https://github.com/sync-bridge/sync-bridge/blob/main/docs/diagnostics.md).
///
/// **An iterator** reports a failure of the bridge in its last item. With `convert`, the items are `Result`s and the
/// last item has the converted error. With `wrap`, each item is a `Result<_, BridgeError>`. With `panic`, `next`
/// panics. Only the time limit of [`next_timeout`](BlockingIter::next_timeout) does not end the iterator. If the method
/// returns only a stream and the call itself fails, the iterator has one item, which is the failure.
///
/// The twin of a [`BoxStream`](https://docs.rs/futures/latest/futures/stream/type.BoxStream.html) keeps that type: it
/// returns `FlattenResults<BlockingIter<BoxStream<'_, T>>>`. So does the twin of every stream whose type has a name. The
/// methods of such a stream remain reachable: the iterator has `get_ref`, `get_mut` and `into_inner`. An `impl Stream` has
/// no name, so the twin boxes it. The twin can then be used as `dyn` even if the original cannot.
///
/// The box borrows what the `impl Stream` captures: every argument, and the types of the block's generics. `use<…>`, or
/// a lifetime such as `+ 'static`, limits this for both. Before edition 2024, an `impl Stream` outside of traits
/// captures less. Write `use<>` if its iterator has to outlive the borrow of `self`. If every parameter of a trait has
/// a default, an implementation must still name the parameters, because the box borrows them: write
/// `impl Store<String> for Memory`, not `impl Store for Memory`.
///
/// **`collect = Type`** reads the whole stream in one call, without a thread switch for each item. If `Type` is a
/// `Result`, the first error ends the call. If the method returns a `Result` of a stream, and both types have a name
/// that ends in `Result`, the twin returns one `Result` and converts the error with `From`.
///
/// **`read`** also applies to a stream of bytes whose type shows its items: a `BoxStream`, an `impl Stream<Item = …>` or a box of
/// a `dyn Stream<Item = …>`. The twin returns a `BlockingIo` of a [`ByteReader`], which implements [`Read`](std::io::Read)
/// and [`BufRead`](std::io::BufRead). The items are `Result`s of something with bytes, such as `Bytes` or `Vec<u8>`. Each
/// error type that converts into a `Box<dyn Error + Send + Sync>` is accepted. If the type of the stream does not show its
/// items, use `as_is`, and give the stream to [`ByteReader::new`].
///
/// **`as_is`** is for an output that blocking code has a use for all the same: a type that happens to be a stream, the future
/// that drives a connection and is spawned by the caller, a subscription with methods of its own. The twin of an async
/// method waits for the method and returns its output. A synchronous method is copied, as with `passthrough`; on an
/// inherent impl it is left alone. Blocking code can wait for what it gets with the trait [`Blocking`].
///
/// **`futures(Name, …)`** on the block lists types that are futures, or that `.await` turns into one. A name without generic
/// arguments is enough: `Call` stands for `Call<u64>` and for `rpc::Call`, and `rpc::Call` only for the latter. The twin
/// waits for each output that is such a type alone. A method with `skip`, `passthrough` or an option for its output goes by
/// that option. The trait and each of its implementations need the list.
///
/// ```
/// use std::io;
/// use futures::future::{BoxFuture, FutureExt};
/// use sync_bridge::{Blocking, RuntimeBridge, sync_bridge};
/// use tokio::sync::mpsc;
///
/// struct Request(u8);
///
/// impl IntoFuture for Request {
///     type Output = io::Result<u8>;
///     type IntoFuture = BoxFuture<'static, io::Result<u8>>;
///
///     fn into_future(self) -> Self::IntoFuture {
///         async move { Ok(self.0) }.boxed()
///     }
/// }
///
/// struct Client;
///
/// #[sync_bridge(futures(Request))]
/// impl Client {
///     pub fn height(&self) -> Request {
///         Request(7)
///     }
///
///     pub fn price(&self) -> Request {
///         Request(8)
///     }
///
///     /// The events, and the future that receives them.
///     #[bridge(as_is)]
///     pub async fn subscribe(&self) -> io::Result<(mpsc::Receiver<u8>, BoxFuture<'static, ()>)> {
///         let (sender, events) = mpsc::channel(1);
///         Ok((events, async move { sender.send(1).await.unwrap_or_default() }.boxed()))
///     }
/// }
///
/// assert_eq!(Client.height_blocking()? + Client.price_blocking()?, 15);
/// let (mut events, driver) = Client.subscribe_blocking()?;
/// let _task = RuntimeBridge::global()?.spawn(driver);
/// assert_eq!(events.recv().wait_blocking()?, Some(1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **A task** reports a failure of the bridge when the caller waits for it, if the method returns only the handle.
///
/// **An argument** with `#[bridge(iter)]` is a stream in the method and an iterator in the twin. For an `impl Stream`,
/// the twin takes any `IntoIterator` whose iterator is `Send + 'static`. For a box, it takes a
/// `Box<dyn Iterator + Send>`, so that the twin can be used as `dyn`. The iterator runs on a blocking thread of the
/// bridge, and may block.
///
/// An argument with `#[bridge(read)]` is an `AsyncRead` in the method, and a [`Read`](std::io::Read) in the twin. With
/// `#[bridge(write)]` it is an `AsyncWrite` in the method, and a [`Write`](std::io::Write) in the twin:
///
/// | the method takes | the twin takes |
/// |---|---|
/// | `impl AsyncRead`, in a `Box` or a `Pin<Box<_>>`, or by `&mut` or `Pin<&mut _>` | `impl Read + Send + 'static` |
/// | the same with a type parameter `R: AsyncRead` of the method | `R`, with the bounds `Read + Send + 'static` |
/// | the same with a `dyn AsyncRead` | `Box<dyn Read + Send>` |
///
/// The method gets an [`AsyncReader`] or an [`AsyncWriter`], which are `Unpin` and `Send`. Each read and write runs on a
/// blocking thread of the bridge. No byte is read that the method has not asked for. At most 64 KiB wait for the writer.
/// The method sees the errors of the reader and the writer unchanged. Their panic is the panic of the call.
///
/// When the future has ended, the call waits until the writer has all bytes. If the writer then has an error that the
/// method has not seen, the call fails with [`BridgeError::NotWritten`]. The thread that makes the call drops the reader
/// and the writer at its end.
///
/// A call that ends early, by a time limit or a token, does not wait for a reader or a writer that blocks. Its thread is
/// busy until the operation returns. It then makes no other operation, and drops the reader or the writer. They are
/// therefore `'static`: a call could not lend what it only borrows. Clone a `File` with `try_clone`, or share what the
/// writer fills in an `Arc`.
///
/// ```
/// use std::fs::File;
/// use std::io;
/// use sync_bridge::sync_bridge;
/// use tokio::io::{AsyncRead, AsyncWrite, copy};
///
/// #[sync_bridge]
/// async fn transfer(
///     #[bridge(read)] source: &mut (impl AsyncRead + Unpin + Send),
///     #[bridge(write)] sink: &mut (impl AsyncWrite + Unpin + Send),
/// ) -> io::Result<u64> {
///     copy(source, sink).await
/// }
///
/// let manifest = File::open("Cargo.toml")?;
/// assert_eq!(transfer_blocking(manifest.try_clone()?, io::sink())?, manifest.metadata()?.len());
/// # Ok::<(), io::Error>(())
/// ```
///
/// ## Values that live inside the runtime
///
/// Some synchronous methods need a runtime, for example because they start a task. The twin of a method with `enter` runs
/// it on the calling thread, as [`RuntimeBridge::enter_with`] does. Neither the arguments nor the output have to be
/// `Send`. A `timeout` is not possible, because nothing ends a synchronous method early.
///
/// Some values need a runtime when they are dropped, for example a pooled connection. The twin of a method with `keep`
/// returns a [`Kept`] of the value, which is the whole output, or is in a `Result` or an `Option`. The method may be async
/// or synchronous. A synchronous one is called inside the bridge, too. The value must be `Send`, and its type must have a
/// name.
///
/// ```
/// use std::io;
/// use sync_bridge::{Kept, sync_bridge};
/// use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
///
/// /// Says good-bye from a task.
/// struct Session(UnboundedSender<&'static str>);
///
/// impl Drop for Session {
///     fn drop(&mut self) {
///         let words = self.0.clone();
///         tokio::spawn(async move { words.send("good-bye") });
///     }
/// }
///
/// struct Server(UnboundedSender<&'static str>);
///
/// #[sync_bridge]
/// impl Server {
///     #[bridge(enter)]
///     pub fn start() -> io::Result<Server> {
///         let (words, mut heard) = unbounded_channel();
///         tokio::spawn(async move { while let Some(word) = heard.recv().await { println!("{word}") } });
///         Ok(Server(words))
///     }
///
///     #[bridge(keep)]
///     pub async fn log_in(&self) -> io::Result<Session> {
///         Ok(Session(self.0.clone()))
///     }
/// }
///
/// let server = Server::start_blocking()?;
/// let session: Kept<Session> = server.log_in_blocking()?;
/// std::thread::spawn(move || drop(session)).join().unwrap();
/// # Ok::<(), io::Error>(())
/// ```
///
/// ## `passthrough`
///
/// By default the twin does not have a synchronous method. `passthrough` adds it to the twin, under the same name. If
/// both traits are imported, `store.name()` is ambiguous. `rename` gives the twin's method another name. The method may
/// return any type, including a stream or a future for async code.
///
/// # Lints
///
/// A twin repeats the signature of its original, and may have no callers. It therefore allows these lints:
/// `clippy::all`, `pedantic` and `nursery`, `dead_code`, `deprecated`, `elided_lifetimes_in_paths`,
/// `explicit_outlives_requirements`, `single_use_lifetimes`, `unreachable_pub`, `unused_lifetimes` and
/// `unused_qualifications`. Under `#![forbid(…)]` of one of these, the compiler rejects the twin with `E0453`. Use
/// `#![deny(…)]` instead.
///
/// # Errors of the compiler
///
/// Each error message of the attribute has a code, such as `SB006`. The repository's `docs/diagnostics.md` explains
/// each code, with an example that fails and its fix.
#[doc(inline)]
pub use sync_bridge_macros::sync_bridge;

#[doc(hidden)]
pub use sync_bridge_core::__private;
