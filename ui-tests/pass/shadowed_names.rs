//! Names of the user's do not get into generated code, nor do names of ours get into the user's.

#![no_implicit_prelude]
#![allow(dead_code, non_camel_case_types, non_snake_case, unused_macros)]

mod core {}
mod diagnostic {}
mod std {}
mod sync_bridge {}
mod tokio {}

struct Result;
struct Option;
struct Ok;
struct Err;
struct Send;
struct Sync;
struct Sized;
struct Future;
struct BridgeRef;
struct OwnedBridgeRef;
struct BridgeError;
struct RuntimeBridge;
struct Implementor;
struct u16;

fn call() {}
fn finish() {}
fn returnable() {}

macro_rules! unreachable {
    () => {};
}

trait Probe {
    fn finish(self) -> bool;
    fn into_owned(self) -> bool;
}

#[::sync_bridge::sync_bridge]
trait Store: ::std::marker::Sync {
    async fn get(&self, bridge: u8, runtime: u8, future: u8, this: u8) -> ::std::io::Result<u8>;

    async fn twice(&self, bridge: u8, build: u8) -> ::std::io::Result<u8> {
        let value = self.get(bridge, build, 0, 0).await?;
        ::std::io::Result::Ok(value)
    }

    async fn named(&self, Implementor: Implementor) -> ::std::io::Result<Implementor> {
        ::std::io::Result::Ok(Implementor)
    }
}

struct Memory {
    bridge: ::sync_bridge::RuntimeBridge,
}

#[::sync_bridge::sync_bridge(bridge = self.bridge)]
impl Store for Memory {
    async fn get(&self, bridge: u8, runtime: u8, future: u8, this: u8) -> ::std::io::Result<u8> {
        ::std::io::Result::Ok(bridge + runtime + future + this)
    }
}

/// A name that the facade has in another crate.
mod facade {
    pub(crate) use ::sync_bridge::__private;
}

#[::sync_bridge::sync_bridge(crate = crate::facade, error = panic)]
trait Renamed {
    async fn get(&self) -> u8;
}

#[::sync_bridge::sync_bridge(crate = crate::facade, error = panic)]
impl Renamed for Memory {
    async fn get(&self) -> u8 {
        7
    }
}

type Bytes = ::futures_util::stream::BoxStream<'static, ::std::io::Result<u8>>;

#[::sync_bridge::sync_bridge]
trait Adapters: ::std::marker::Sync {
    fn list(&self) -> ::futures_util::stream::BoxStream<'_, ::std::io::Result<u8>>;

    async fn open(
        &self,
        call: &u8,
    ) -> ::std::io::Result<impl ::futures_util::Stream<Item = ::std::io::Result<u8>> + ::std::marker::Send>;

    #[bridge(collect = ::std::io::Result<::std::vec::Vec<u8>>)]
    fn all(&self) -> Bytes;

    #[bridge(task, timeout = "5s")]
    async fn start(&self) -> ::std::io::Result<(u8, ::std::vec::Vec<::tokio::task::JoinHandle<u8>>)>;

    #[bridge(read, write, error = wrap)]
    fn connect(&self) -> impl ::tokio::io::AsyncRead + ::tokio::io::AsyncWrite + ::std::marker::Send;

    #[bridge(passthrough)]
    fn call(&self, call: u8) -> u8 {
        call
    }

    async fn put(
        &self,
        call: u8,
        #[bridge(iter)] part: ::futures_util::stream::BoxStream<'_, u8>,
        #[bridge(iter)] output: ::futures_util::stream::BoxStream<'_, u8>,
    ) -> ::std::io::Result<u8> {
        let _ = (part, output);
        ::std::io::Result::Ok(call)
    }
}

#[::sync_bridge::sync_bridge(bridge = self.bridge)]
impl Adapters for Memory {
    fn list(&self) -> ::futures_util::stream::BoxStream<'_, ::std::io::Result<u8>> {
        ::std::boxed::Box::pin(::futures_util::stream::iter([::std::io::Result::Ok(1)]))
    }

    async fn open(
        &self,
        call: &u8,
    ) -> ::std::io::Result<impl ::futures_util::Stream<Item = ::std::io::Result<u8>> + ::std::marker::Send> {
        ::std::io::Result::Ok(::futures_util::stream::iter([::std::io::Result::Ok(*call)]))
    }

    #[bridge(collect = ::std::io::Result<::std::vec::Vec<u8>>)]
    fn all(&self) -> Bytes {
        ::std::boxed::Box::pin(::futures_util::stream::iter([::std::io::Result::Ok(2)]))
    }

    #[bridge(task, timeout = "5s")]
    async fn start(&self) -> ::std::io::Result<(u8, ::std::vec::Vec<::tokio::task::JoinHandle<u8>>)> {
        ::std::io::Result::Ok((3, ::std::vec![::tokio::spawn(async { 4 })]))
    }

    #[bridge(read, write, error = wrap)]
    fn connect(&self) -> impl ::tokio::io::AsyncRead + ::tokio::io::AsyncWrite + ::std::marker::Send {
        ::tokio::io::duplex(1).0
    }
}

/// Items made by a macro, from names of its own and of its caller's.
macro_rules! define {
    ($trait:ident, $method:ident, $arg:ident) => {
        #[::sync_bridge::sync_bridge(error = panic)]
        trait $trait {
            async fn $method(&self, $arg: u8, arg: u8) -> u8;

            async fn fixed(&self) -> u8 {
                self.$method(3, 2).await
            }
        }

        #[::sync_bridge::sync_bridge(error = panic, bridge = self.bridge)]
        impl $trait for Memory {
            async fn $method(&self, $arg: u8, arg: u8) -> u8 {
                $arg - arg
            }
        }
    };
}

define!(AsyncMade, subtract, arg);

/// Every other form.
#[::sync_bridge::sync_bridge(blanket, error = panic, bridge = self.bridge())]
trait Blanket {
    type Send;

    fn bridge(&self) -> &::sync_bridge::RuntimeBridge;
    async fn get(&self, bridge: u8, implementor: u16) -> u8;

    async fn wrapped(&self, bridge_ref: u8) -> u8 {
        bridge_ref
    }
}

impl Blanket for Memory {
    type Send = u8;

    fn bridge(&self) -> &::sync_bridge::RuntimeBridge {
        &self.bridge
    }

    async fn get(&self, bridge: u8, _: u16) -> u8 {
        bridge
    }
}

mod remote {
    pub(crate) trait Store {
        type Sized: ::std::marker::Send;
        fn get(&self, bridge: u8) -> impl ::std::future::Future<Output = ::std::io::Result<u8>> + ::std::marker::Send;
        fn take(self) -> impl ::std::future::Future<Output = Self::Sized>;
    }

    impl Store for super::Memory {
        type Sized = u8;

        async fn get(&self, bridge: u8) -> ::std::io::Result<u8> {
            ::std::io::Result::Ok(bridge)
        }

        async fn take(self) -> u8 {
            6
        }
    }
}

#[::sync_bridge::sync_bridge(remote = remote::Store, error = wrap, twin = Box)]
trait Mirror {
    type Sized: ::std::marker::Send;
    async fn get(&self, bridge: u8) -> ::std::io::Result<u8>;
    fn take(self) -> impl ::std::future::Future<Output = Self::Sized>;
}

#[::sync_bridge::sync_bridge(error = wrap, bridge = &self.bridge)]
impl Memory {
    pub async fn call(&self, bridge: u8, Self_: u8) -> u8 {
        bridge + Self_
    }
}

#[::sync_bridge::sync_bridge(error = wrap)]
async fn private(bridge: u8, private: u8, call: u8) -> u8 {
    bridge + private + call
}

fn main() {
    let memory = Memory { bridge: ::sync_bridge::RuntimeBridge::new().unwrap() };
    ::std::assert_eq!(BlockingStore::get_blocking(&memory, 1, 2, 3, 4).unwrap(), 10);
    ::std::assert_eq!(memory.twice_blocking(1, 2).unwrap(), 3);
    ::std::assert_eq!(BlockingRenamed::get_blocking(&memory), 7);
    ::std::assert_eq!(memory.subtract_blocking(5, 3), 2);
    ::std::assert_eq!(::std::iter::Iterator::count(memory.list_blocking()), 1);
    ::std::assert_eq!(::std::iter::Iterator::count(memory.open_blocking(&5).unwrap()), 1);
    ::std::assert_eq!(memory.all_blocking().unwrap(), [2]);
    let (three, tasks) = memory.start_blocking().unwrap();
    ::std::assert_eq!((three, tasks.len()), (3, 1));
    ::std::assert!(memory.connect_blocking().is_ok());
    ::std::assert_eq!(BlockingAdapters::call(&memory, 6), 6);
    let none = || ::std::boxed::Box::new(::std::iter::empty());
    ::std::assert_eq!(memory.put_blocking(7, none(), none()).unwrap(), 7);
    ::std::assert_eq!(BlockingBlanket::get_blocking(&memory, 4, u16), 4);
    ::std::assert_eq!(memory.wrapped_blocking(5), 5);
    ::std::assert_eq!(Box::get_blocking(&memory, 6).unwrap().unwrap(), 6);
    ::std::assert_eq!(memory.call_blocking(1, 2).unwrap(), 3);
    ::std::assert_eq!(memory.take_blocking().unwrap(), 6);
    ::std::assert_eq!(private_blocking(1, 2, 3).unwrap(), 6);
}
