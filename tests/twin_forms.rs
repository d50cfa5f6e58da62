//! The forms an async trait may have: each gets the same twin.

use std::io;
use std::sync::Arc;
use sync_bridge::sync_bridge;

/// Native `async fn`.
mod native {
    use super::*;

    #[sync_bridge]
    pub(crate) trait Store: Send + Sync {
        async fn get(&self, key: &str) -> io::Result<String>;

        async fn get_twice(&self, key: &str) -> io::Result<String> {
            let value = self.get(key).await?;
            tokio::task::yield_now().await;
            Ok(format!("{value}{value}"))
        }
    }

    pub(crate) struct Memory;

    #[sync_bridge]
    impl Store for Memory {
        async fn get(&self, key: &str) -> io::Result<String> {
            tokio::task::yield_now().await;
            Ok(key.to_owned())
        }
    }
}

/// `#[async_trait]` below `#[sync_bridge]`: it runs afterwards.
mod boxed_inside {
    use super::*;

    #[sync_bridge]
    #[async_trait::async_trait]
    pub(crate) trait Store: Send + Sync {
        async fn get(&self, key: &str) -> io::Result<String>;

        async fn get_twice(&self, key: &str) -> io::Result<String> {
            let value = self.get(key).await?;
            Ok(format!("{value}{value}"))
        }
    }

    pub(crate) struct Memory;

    #[sync_bridge]
    #[async_trait::async_trait]
    impl Store for Memory {
        async fn get(&self, key: &str) -> io::Result<String> {
            tokio::task::yield_now().await;
            Ok(key.to_owned())
        }
    }
}

/// `#[async_trait]` above `#[sync_bridge]`: it has already run.
mod boxed_outside {
    use super::*;

    #[async_trait::async_trait]
    #[sync_bridge]
    pub(crate) trait Store: Send + Sync {
        async fn get(&self, key: &str) -> io::Result<String>;

        async fn get_twice(&self, key: &str) -> io::Result<String> {
            let value = self.get(key).await?;
            Ok(format!("{value}{value}"))
        }
    }

    pub(crate) struct Memory;

    #[async_trait::async_trait]
    #[sync_bridge]
    impl Store for Memory {
        async fn get(&self, key: &str) -> io::Result<String> {
            tokio::task::yield_now().await;
            Ok(key.to_owned())
        }
    }
}

/// `-> impl Future`, with and without `Send`.
mod opaque {
    use super::*;

    #[sync_bridge]
    pub(crate) trait Store: Send + Sync {
        fn get(&self, key: &str) -> impl Future<Output = io::Result<String>> + Send;

        fn get_twice(&self, key: &str) -> impl Future<Output = io::Result<String>> {
            async move {
                let value = self.get(key).await?;
                Ok(format!("{value}{value}"))
            }
        }
    }

    pub(crate) struct Memory;

    #[sync_bridge]
    impl Store for Memory {
        fn get(&self, key: &str) -> impl Future<Output = io::Result<String>> + Send {
            let key = key.to_owned();
            async move { Ok(key) }
        }
    }
}

/// `#[async_trait(?Send)]`: the futures stay on one thread.
mod unsend {
    use super::*;
    use std::rc::Rc;

    #[sync_bridge]
    #[async_trait::async_trait(?Send)]
    pub(crate) trait Store: Send + Sync {
        async fn get(&self, key: &str) -> io::Result<String>;

        async fn get_twice(&self, key: &str) -> io::Result<String> {
            let value = Rc::new(self.get(key).await?);
            tokio::task::yield_now().await;
            Ok(format!("{value}{value}"))
        }
    }

    pub(crate) struct Memory;

    #[async_trait::async_trait(?Send)]
    #[sync_bridge]
    impl Store for Memory {
        async fn get(&self, key: &str) -> io::Result<String> {
            let key = Rc::new(key.to_owned());
            tokio::task::yield_now().await;
            Ok((*key).clone())
        }
    }
}

macro_rules! same_twin {
    ($($form:ident)*) => {$(
        #[test]
        fn $form() {
            use $form::{BlockingStore, Memory};

            fn generic<T: BlockingStore>(store: &T) -> String {
                store.get_twice_blocking("g").unwrap()
            }

            assert_eq!(Memory.get_blocking("a").unwrap(), "a");
            assert_eq!(Memory.get_twice_blocking("b").unwrap(), "bb");
            assert_eq!(generic(&Memory), "gg");
            let object: Arc<dyn BlockingStore> = Arc::new(Memory);
            assert_eq!(object.get_blocking("c").unwrap(), "c");
            assert_eq!(object.get_twice_blocking("d").unwrap(), "dd");
        }
    )*};
}

same_twin! { native boxed_inside boxed_outside opaque unsend }

/// The orders of `#[async_trait]` and `#[sync_bridge]` may differ between a trait and its impl.
mod mixed {
    #[async_trait::async_trait]
    #[sync_bridge::sync_bridge(error = panic)]
    pub(crate) trait Outside {
        async fn longest<'a>(&self, one: &'a str, other: &'a str) -> &'a str;
        async fn own<'s>(&'s self, filter: &(dyn Fn(&str) -> bool + Sync)) -> Option<&'s str>;
        async fn bound<'a, 'b: 'a, T: AsRef<str> + Send + 'b>(&self, one: &'a str, other: &'b T) -> &'a str;
        async fn path(&self, name: std::borrow::Cow<'_, str>) -> usize;
    }

    #[sync_bridge::sync_bridge(error = panic)]
    #[async_trait::async_trait]
    impl Outside for String {
        async fn longest<'a>(&self, one: &'a str, other: &'a str) -> &'a str {
            if one.len() > other.len() { one } else { other }
        }

        async fn own<'s>(&'s self, filter: &(dyn Fn(&str) -> bool + Sync)) -> Option<&'s str> {
            filter("own").then_some(self.as_str())
        }

        async fn bound<'a, 'b: 'a, T: AsRef<str> + Send + 'b>(&self, one: &'a str, _: &'b T) -> &'a str {
            one
        }

        async fn path(&self, name: std::borrow::Cow<'_, str>) -> usize {
            name.len()
        }
    }

    #[sync_bridge::sync_bridge(error = panic)]
    #[async_trait::async_trait]
    pub(crate) trait Inside {
        async fn longest<'a>(&self, one: &'a str, other: &'a str) -> &'a str;
        async fn own<'s>(&'s self, filter: &(dyn Fn(&str) -> bool + Sync)) -> Option<&'s str>;
    }

    #[async_trait::async_trait]
    #[sync_bridge::sync_bridge(error = panic)]
    impl Inside for String {
        async fn longest<'a>(&self, one: &'a str, other: &'a str) -> &'a str {
            if one.len() > other.len() { one } else { other }
        }

        async fn own<'s>(&'s self, filter: &(dyn Fn(&str) -> bool + Sync)) -> Option<&'s str> {
            filter("own").then_some(self.as_str())
        }
    }
}

#[test]
fn orders_of_async_trait_differ() {
    use mixed::{BlockingInside, BlockingOutside};
    let text = String::from("own");
    assert_eq!(BlockingOutside::longest_blocking(&text, "ab", "c"), "ab");
    assert_eq!(BlockingOutside::own_blocking(&text, &|text| text == "own"), Some("own"));
    assert_eq!(BlockingOutside::bound_blocking(&text, "ab", &"c"), "ab");
    assert_eq!(BlockingOutside::path_blocking(&text, "four".into()), 4);
    assert_eq!(BlockingInside::longest_blocking(&text, "ab", "c"), "ab");
    assert_eq!(BlockingInside::own_blocking(&text, &|_| false), None);
}
