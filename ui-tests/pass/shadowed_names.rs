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
struct Chosen;
struct Detached;
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
    fn detach(self) -> bool;
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

fn main() {
    let memory = Memory { bridge: ::sync_bridge::RuntimeBridge::new().unwrap() };
    ::std::assert_eq!(BlockingStore::get_blocking(&memory, 1, 2, 3, 4).unwrap(), 10);
    ::std::assert_eq!(memory.twice_blocking(1, 2).unwrap(), 3);
    ::std::assert_eq!(BlockingRenamed::get_blocking(&memory), 7);
    ::std::assert_eq!(memory.subtract_blocking(5, 3), 2);
}
