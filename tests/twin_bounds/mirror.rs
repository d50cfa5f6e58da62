//! The twin of a trait of another crate.

use super::*;

mod remote {
    use super::*;

    #[async_trait::async_trait]
    pub(super) trait Remote<K> {
        type Row;
        async fn get<T: AsRef<str> + Send>(&self, key: &K, of: T) -> io::Result<Option<Self::Row>>;
    }

    #[async_trait::async_trait]
    impl<K: Sync> Remote<K> for u8 {
        type Row = u8;
        async fn get<T: AsRef<str> + Send>(&self, _: &K, of: T) -> io::Result<Option<u8>> {
            Ok(held(of).await.as_ref().len().try_into().ok())
        }
    }
}

#[sync_bridge(remote = remote::Remote<K>)]
trait Remote<K> {
    type Row;
    async fn get<T: AsRef<str> + Send>(&self, key: &K, of: T) -> io::Result<Option<Self::Row>>;
}

#[test]
fn mirror() -> io::Result<()> {
    assert_eq!(1_u8.get_blocking(&'k', "abc")?, Some(3));
    Ok(())
}
