//! The twin of every implementor.

use super::*;

#[sync_bridge(blanket)]
trait Blanket<K> {
    type Row;
    async fn get<T: AsRef<str>>(&self, key: K, of: T) -> io::Result<Option<Self::Row>>;
    async fn put(&mut self, key: &K, row: Self::Row, of: impl Display) -> io::Result<()>;
}

impl<K, R: Clone> Blanket<K> for Vec<R> {
    type Row = R;
    async fn get<T: AsRef<str>>(&self, key: K, of: T) -> io::Result<Option<R>> {
        let (_, of) = held((key, of)).await;
        Ok(<[R]>::get(self, of.as_ref().len()).cloned())
    }
    async fn put(&mut self, _: &K, row: R, of: impl Display) -> io::Result<()> {
        drop(held(of.to_string()).await);
        self.push(row);
        Ok(())
    }
}

#[test]
fn every_implementor() -> io::Result<()> {
    let mut rows = Vec::new();
    rows.put_blocking(&"key", 7, NotSync(Cell::new(1)))?;
    assert_eq!(BlockingBlanket::get_blocking(&rows, "key", "")?, Some(7));
    Ok(())
}
