//! The bounds of a twin are not those of its original, which takes what is not `Send`.

use std::cell::Cell;
use std::fmt::Debug;
use std::io;
use std::rc::Rc;
use sync_bridge::sync_bridge;

struct Pool<M>(M);

#[sync_bridge(private)]
impl<M: Debug> Pool<M> {
    async fn put<K: AsRef<str>>(&self, key: K, value: &impl Debug) -> io::Result<String> {
        tokio::task::yield_now().await;
        Ok(format!("{:?}{}{value:?}", self.0, key.as_ref()))
    }
}

#[sync_bridge]
async fn show(value: impl Debug) -> io::Result<String> {
    tokio::task::yield_now().await;
    Ok(format!("{value:?}"))
}

#[sync_bridge]
trait Store<K> {
    type Row;

    async fn get<F: Fn(&K) -> Self::Row>(&self, key: K, of: F) -> io::Result<Self::Row>;

    async fn first(&self, key: K) -> io::Result<(K, Option<Self::Row>)> {
        Ok((key, None))
    }
}

// The original is there for what is not `Send`, and its twin is not.
#[sync_bridge]
impl<K, M> Store<K> for Pool<M> {
    type Row = String;

    async fn get<F: Fn(&K) -> String>(&self, key: K, of: F) -> io::Result<String> {
        tokio::task::yield_now().await;
        Ok(of(&key))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let pool = Pool(Rc::new(1));
    let text = Rc::<str>::from("a");
    assert_eq!(pool.put(text.clone(), &Cell::new(2)).await?, "1aCell { value: 2 }");
    assert_eq!(show(text.clone()).await?, "\"a\"");
    assert_eq!(pool.get(text.clone(), |key| format!("{key}{text}")).await?, "aa");
    assert_eq!(pool.first(text.clone()).await?.0, text);
    Ok(())
}
