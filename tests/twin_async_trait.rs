//! What `#[async_trait]` makes possible, and has to be undone for: traits used as `dyn`, and impls for pointers to them.

use async_trait::async_trait;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use sync_bridge::sync_bridge;

#[async_trait]
#[sync_bridge]
trait Store: Send + Sync + 'static {
    async fn get(&self, key: &str) -> io::Result<String>;

    async fn find<'a>(&'a self, names: HashMap<&'a str, Option<&str>>) -> io::Result<Option<&'a str>> {
        Ok(names.keys().next().copied())
    }

    async fn each<F>(&self, key: &str, mut each: F) -> io::Result<bool>
    where
        Self: Sized,
        F: for<'x> FnMut(&'x str) -> bool + Send,
    {
        Ok(each(&self.get(key).await?))
    }

    async fn opaque(&self, text: impl AsRef<str> + Send, (from, _): (usize, u8)) -> io::Result<String>
    where
        Self: Sized,
    {
        self.get(&text.as_ref()[from..]).await
    }

    /// It mentions `Self` and has no receiver: `#[async_trait]` asks for `Self: Send` here.
    async fn make() -> io::Result<Self>
    where
        Self: Sized + Default,
    {
        let made = Self::default();
        tokio::task::yield_now().await;
        Ok(made)
    }

    async fn boxed(self: Box<Self>) -> io::Result<String> {
        self.get("boxed").await
    }

    async fn counted(self: Arc<Self>) -> io::Result<String> {
        self.get("counted").await
    }
}

#[derive(Default)]
struct Echo;

#[async_trait]
#[sync_bridge]
impl Store for Echo {
    async fn get(&self, key: &str) -> io::Result<String> {
        tokio::task::yield_now().await;
        Ok(key.to_owned())
    }
}

#[sync_bridge]
#[async_trait]
impl Store for Box<dyn Store> {
    async fn get(&self, key: &str) -> io::Result<String> {
        (**self).get(key).await
    }
}

#[async_trait]
#[sync_bridge]
impl<T: Store + ?Sized> Store for Arc<T> {
    async fn get(&self, key: &str) -> io::Result<String> {
        (**self).get(key).await
    }

    async fn find<'a>(&'a self, names: HashMap<&'a str, Option<&str>>) -> io::Result<Option<&'a str>> {
        (**self).find(names).await
    }
}

#[test]
fn methods_with_added_lifetimes_and_bounds() -> io::Result<()> {
    assert_eq!(Echo.find_blocking(HashMap::from([("a", None)]))?, Some("a"));
    let mut seen = String::new();
    assert!(Echo.each_blocking("key", |text| {
        seen.push_str(text);
        true
    })?);
    assert_eq!(seen, "key");
    assert_eq!(Echo.opaque_blocking("text", (1, 0))?, "ext");
    Echo::make_blocking()?;
    Ok(())
}

#[test]
fn objects_of_the_async_trait_have_a_twin() -> io::Result<()> {
    let boxed: Box<dyn Store> = Box::new(Echo);
    assert_eq!(BlockingStore::get_blocking(&boxed, "key")?, "key");
    let counted: Arc<dyn Store> = Arc::new(Echo);
    assert_eq!(BlockingStore::find_blocking(&counted, HashMap::from([("a", Some("b"))]))?, Some("a"));
    Ok(())
}

#[test]
fn objects_of_the_twin_take_themselves() -> io::Result<()> {
    let boxed: Box<dyn BlockingStore> = Box::new(Echo);
    assert_eq!(boxed.boxed_blocking()?, "boxed");
    let counted: Arc<dyn BlockingStore> = Arc::new(Echo);
    assert_eq!(counted.counted_blocking()?, "counted");
    Ok(())
}

#[async_trait]
#[sync_bridge(error = panic)]
trait Bounded<'t, T: Sync>: Sync {
    async fn same(&self, value: &'t T) -> &'t T;

    async fn constant<const N: usize>(&self, bytes: [u8; N]) -> usize
    where
        Self: Sized,
    {
        bytes.len()
    }
}

#[async_trait]
#[sync_bridge(error = panic)]
impl<'t, T: Sync + 't> Bounded<'t, T> for () {
    async fn same(&self, value: &'t T) -> &'t T {
        value
    }
}

#[test]
fn generics_of_a_boxed_trait() {
    assert_eq!(().same_blocking(&3_u8), &3);
    assert_eq!(BlockingBounded::<u8>::constant_blocking(&(), [0; 4]), 4);
}
