use std::io;
use std::rc::Rc;
use sync_bridge::sync_bridge;

struct Pool<M>(M);

#[sync_bridge(private)]
impl<M> Pool<M> {
    async fn put<K: AsRef<str>>(&self, key: K, value: impl Into<String>) -> io::Result<()> {
        drop((key, value.into()));
        Ok(())
    }
}

#[sync_bridge]
trait Store {
    async fn get<K: AsRef<str>>(&self, key: &K) -> io::Result<()>;
}

#[sync_bridge]
impl<M> Store for Pool<M> {
    async fn get<K: AsRef<str>>(&self, key: &K) -> io::Result<()> {
        drop(key);
        Ok(())
    }
}

struct Text(Rc<str>);

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.0.to_string()
    }
}

fn main() {
    let key = Rc::<str>::from("key");
    Pool(()).put_blocking(key.clone(), "value").unwrap();
    Pool(()).put_blocking("key", Text(key.clone())).unwrap();
    Pool(key.clone()).put_blocking("key", "value").unwrap();
    Pool(()).get_blocking(&key).unwrap();
    Pool(key).get_blocking(&"key").unwrap();
}

fn generic<M>(pool: &Pool<M>) -> io::Result<()> {
    pool.put_blocking("key", "value")
}
