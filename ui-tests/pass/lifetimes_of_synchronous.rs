//! The types of synchronous methods are asked about where their lifetimes have no names.

use std::io;
use sync_bridge::sync_bridge;

type Callback<F> = Box<F>;

#[sync_bridge]
trait Store {
    fn callback<'a>(&'a self) -> Option<Callback<dyn for<'x> Fn(&'x u8) -> &'x u8 + 'a>>;

    fn pointer(&self) -> Vec<Callback<for<'x> fn(&'x u8) -> &'x u8>>;

    async fn get(&self) -> io::Result<u8>;
}

#[sync_bridge]
impl Store for u8 {
    fn callback<'a>(&'a self) -> Option<Callback<dyn for<'x> Fn(&'x u8) -> &'x u8 + 'a>> {
        None
    }

    fn pointer(&self) -> Vec<Callback<for<'x> fn(&'x u8) -> &'x u8>> {
        Vec::new()
    }

    async fn get(&self) -> io::Result<u8> {
        Ok(*self)
    }
}

fn main() {
    assert!(3.callback().is_none() && 3.pointer().is_empty());
    assert_eq!(3.get_blocking().unwrap(), 3);
}
