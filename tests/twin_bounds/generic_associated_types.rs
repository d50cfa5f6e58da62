//! Associated types with parameters.

use super::*;

#[sync_bridge]
trait Lend {
    type Lent<'a>
    where
        Self: 'a;
    type Of<T>;
    async fn lend<'a>(&'a self, at: usize) -> io::Result<Self::Lent<'a>>;
    async fn of<T: Clone>(&self, value: &T) -> io::Result<Self::Of<T>>;
}

#[sync_bridge]
impl<X> Lend for Vec<X> {
    type Lent<'a>
        = &'a X
    where
        Self: 'a;
    type Of<T> = Option<T>;
    async fn lend<'a>(&'a self, at: usize) -> io::Result<Self::Lent<'a>> {
        held(self).await.get(at).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
    async fn of<T: Clone>(&self, value: &T) -> io::Result<Option<T>> {
        Ok(Some(held(value).await.clone()))
    }
}

#[test]
fn types_with_parameters() -> io::Result<()> {
    assert_eq!(vec![1, 2].lend_blocking(1)?, &2);
    assert_eq!(vec![1].of_blocking(&'x')?, Some('x'));
    Ok(())
}

// Where a lifetime is meant for every one, the implementor can borrow nothing.
#[sync_bridge(blanket, bounds(for<'a> Self::Part<'a>: Send, Self: 'static))]
trait Parts {
    type Part<'a>
    where
        Self: 'a;
    async fn part(&self) -> io::Result<Self::Part<'_>>;
}

impl Parts for String {
    type Part<'a> = &'a str;
    async fn part(&self) -> io::Result<&str> {
        Ok(held(self).await)
    }
}

#[test]
fn bounds_for_every_lifetime() -> io::Result<()> {
    assert_eq!(String::from("a").part_blocking()?, "a");
    Ok(())
}
