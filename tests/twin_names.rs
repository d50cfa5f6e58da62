//! Arguments with the names of constants, statics and unit structs that are in scope: where a trait declares a method
//! without a body such a name is no pattern, and it is none in the twin either. And methods with the names of keywords.

#![allow(dead_code, non_camel_case_types, non_upper_case_globals)]

use futures::StreamExt;
use futures::stream::BoxStream;
use std::io;
use sync_bridge::sync_bridge;

struct key;
const size: u8 = 1;
static count: u8 = 2;
struct bridge;

pub(crate) struct Value;

mod implementor {
    use super::Value;
    use futures::stream::BoxStream;
    use std::io;

    impl super::Api for Value {
        async fn get(&self, key: &str, size: usize, count: usize, bridge: usize) -> io::Result<usize> {
            Ok(key.len() + size + count + bridge)
        }
        fn list(&self, size: u8) -> BoxStream<'_, u8> {
            Box::pin(futures::stream::iter(0..size))
        }
        async fn sum(&self, count: BoxStream<'static, u8>) -> io::Result<u8> {
            use futures::StreamExt;
            Ok(count.fold(0, async |sum, item| sum + item).await)
        }
        fn length(&self, key: &str) -> usize {
            key.len()
        }
    }
}

#[sync_bridge(blanket)]
pub(crate) trait Api {
    async fn get(&self, key: &str, size: usize, count: usize, bridge: usize) -> io::Result<usize>;
    #[bridge(iter, error = panic)]
    fn list(&self, size: u8) -> BoxStream<'_, u8>;
    async fn sum(&self, #[bridge(iter)] count: BoxStream<'static, u8>) -> io::Result<u8>;
    #[bridge(passthrough)]
    fn length(&self, key: &str) -> usize;
}

mod mirror {
    use super::*;

    #[sync_bridge(remote = Api, suffix = "_mirrored", local)]
    pub(crate) trait Mirror {
        async fn get(&self, key: &str, size: usize, count: usize, bridge: usize) -> io::Result<usize>;
    }

    #[test]
    fn of_mirror() -> io::Result<()> {
        assert_eq!(Value.get_mirrored("abc", 10, 100, 1000)?, 1113);
        Ok(())
    }
}

#[test]
fn of_blanket() -> io::Result<()> {
    assert_eq!(Value.get_blocking("abc", 10, 100, 1000)?, 1113);
    assert_eq!(Value.list_blocking(3).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(Value.sum_blocking(Box::new([1, 2].into_iter()))?, 3);
    assert_eq!(BlockingApi::length(&Value, "abc"), 3);
    Ok(())
}

mod with_default {
    use super::*;

    #[sync_bridge]
    pub(crate) trait Api {
        async fn get(&self, key: &str) -> io::Result<usize>;

        /// Its own names are patterns already, and cannot be those. That of the twin's bridge is ours.
        async fn get_twice(&self, text: &str) -> io::Result<usize> {
            let stream = futures::stream::iter([text, text]);
            stream.fold(Ok(0), async |sum, text| Ok(sum? + self.get(text).await?)).await
        }
    }

    mod implementor {
        use super::super::Value;
        use sync_bridge::sync_bridge;

        #[sync_bridge(twin_trait = super::BlockingApi, generated)]
        impl super::Api for Value {
            async fn get(&self, key: &str) -> std::io::Result<usize> {
                Ok(key.len())
            }
        }
    }

    #[test]
    fn of_default() -> io::Result<()> {
        assert_eq!(BlockingApi::get_blocking(&Value, "abc")?, 3);
        assert_eq!(Value.get_twice_blocking("abc")?, 6);
        Ok(())
    }
}

/// Two underscores in a row would not be in snake case.
#[deny(nonstandard_style)]
mod keywords {
    use super::*;

    #[sync_bridge]
    pub(crate) trait Keywords {
        async fn type_(&self) -> io::Result<u8>;

        async fn r#match(&self) -> io::Result<u8> {
            Ok(2)
        }

        async fn loop_(&self) -> io::Result<u8> {
            Ok(3)
        }
    }

    #[sync_bridge]
    impl Keywords for u8 {
        async fn type_(&self) -> io::Result<u8> {
            Ok(*self)
        }
    }

    #[sync_bridge(suffix = "Now")]
    #[allow(non_snake_case, clippy::unused_async)]
    async fn do_() -> io::Result<u8> {
        Ok(4)
    }

    #[test]
    fn of_keywords() -> io::Result<()> {
        assert_eq!((1.type_blocking()?, 1.match_blocking()?, 1.loop_blocking()?), (1, 2, 3));
        assert_eq!(do_Now()?, 4);
        Ok(())
    }
}
