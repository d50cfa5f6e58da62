//! `#[async_trait]`, and boxes.

use super::*;

// The future of a box is known, so nothing is asked of the arguments besides what is written.
#[sync_bridge]
#[async_trait::async_trait]
trait Boxed {
    async fn put<T: Display + Send>(&self, value: T) -> io::Result<usize>;
    async fn default<T: Send>(&self, value: T) -> io::Result<T> {
        Ok(held(value).await)
    }
    fn eager<'a>(&'a self, text: &'a Rc<str>) -> futures::future::BoxFuture<'a, io::Result<usize>>;
}

#[sync_bridge]
#[async_trait::async_trait]
impl<X: Debug + Send + Sync> Boxed for Vec<X> {
    async fn put<T: Display + Send>(&self, value: T) -> io::Result<usize> {
        Ok(held(value).await.to_string().len())
    }
    fn eager<'a>(&'a self, text: &'a Rc<str>) -> futures::future::BoxFuture<'a, io::Result<usize>> {
        let length = text.len();
        Box::pin(async move { Ok(held(length).await) })
    }
}

#[test]
fn boxed_futures_ask_nothing() -> io::Result<()> {
    let texts = vec!["a"];
    assert_eq!(texts.put_blocking(NotSync(Cell::new(12)))?, 2);
    assert_eq!(texts.default_blocking(Cell::new(1))?.get(), 1);
    assert_eq!(texts.eager_blocking(&Rc::from("abc"))?, 3);
    Ok(())
}
