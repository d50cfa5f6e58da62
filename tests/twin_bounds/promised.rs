//! `-> impl Future`.

use super::*;

// An impl may have an `async fn` for the future that the trait promises.
#[sync_bridge]
trait Promised<'a, K: 'a> {
    fn get<T: AsRef<str> + Send + Sync>(&self, key: T) -> impl Future<Output = io::Result<usize>> + Send;
    fn of(&self, key: &'a K) -> impl Future<Output = io::Result<&'a K>>;
}

#[sync_bridge]
impl<'b, K: 'b + Sync> Promised<'b, K> for u8 {
    async fn get<T: AsRef<str> + Send + Sync>(&self, key: T) -> io::Result<usize> {
        Ok(held(&key).await.as_ref().len())
    }
    async fn of(&self, key: &'b K) -> io::Result<&'b K> {
        Ok(held(key).await)
    }
}

#[test]
fn promised_futures() -> io::Result<()> {
    assert_eq!(BlockingPromised::<u8>::get_blocking(&1, "abc")?, 3);
    assert_eq!(1.of_blocking(&'k')?, &'k');
    Ok(())
}
