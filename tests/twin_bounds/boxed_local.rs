//! `#[async_trait(?Send)]`.

use super::*;

// The arguments go to the thread of the future, and the output comes from it.
#[sync_bridge]
#[async_trait::async_trait(?Send)]
trait Local<K> {
    async fn put<T: Display>(&self, key: K, value: T) -> io::Result<(T, String)>;
    async fn default<T: Display>(&self, value: &T) -> io::Result<String> {
        Ok(held(Rc::new(value)).await.to_string())
    }
}

#[sync_bridge]
#[async_trait::async_trait(?Send)]
impl<X, Key: Debug + 'static> Local<Key> for Vec<X> {
    async fn put<T: Display>(&self, key: Key, value: T) -> io::Result<(T, String)> {
        let key = held(Rc::new(key)).await;
        let text = format!("{key:?}{value}");
        Ok((value, text))
    }
}

#[test]
fn local_boxes_ask_for_arguments() -> io::Result<()> {
    assert_eq!(vec![()].put_blocking(1, NotSync(Cell::new(2)))?.1, "12");
    assert_eq!(BlockingLocal::<u8>::default_blocking(&vec![()], &2)?, "2");
    Ok(())
}
