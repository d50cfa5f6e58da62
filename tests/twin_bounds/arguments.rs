//! Type parameters and `impl Trait` of methods and functions.

use super::*;

struct Client;

#[sync_bridge(private)]
impl Client {
    async fn put(&self, key: impl AsRef<str>) -> io::Result<usize> {
        Ok(held(&key).await.as_ref().len())
    }

    async fn query<T: ?Sized + AsRef<str>>(&self, q: &T) -> io::Result<usize> {
        Ok(held(q).await.as_ref().len())
    }

    async fn each<F, Fut>(&self, f: F) -> io::Result<()>
    where
        F: Fn(u8) -> Fut,
        Fut: Future<Output = ()>,
    {
        let f = &f;
        for number in 0..3 {
            f(number).await;
        }
        Ok(())
    }

    #[bridge(bounds(I::IntoIter: Send))]
    async fn all<I: IntoIterator<Item = u8>>(&self, items: I) -> io::Result<u32> {
        let mut sum = 0;
        for item in items {
            sum += u32::from(held(item).await);
        }
        Ok(sum)
    }

    async fn items<I: IntoIterator>(&self, items: I) -> io::Result<usize>
    where
        I::Item: AsRef<str>,
    {
        let mut sum = 0;
        for item in items {
            sum += held(&item).await.as_ref().len();
        }
        Ok(sum)
    }

    async fn every(&self, items: impl IntoIterator<Item = impl AsRef<str>>) -> io::Result<usize> {
        let mut sum = 0;
        for item in items {
            sum += held(&item).await.as_ref().len();
        }
        Ok(sum)
    }

    async fn behind(&self, one: &impl AsRef<str>, other: Arc<impl AsRef<str>>) -> io::Result<usize> {
        let (one, other) = held((one, other)).await;
        Ok(one.as_ref().len() + (*other).as_ref().len())
    }

    async fn inside<K: Into<u8>>(&self, one: Option<&[K]>, other: &Mutex<K>) -> io::Result<usize> {
        let (one, _) = held((one, other)).await;
        Ok(one.map_or(0, <[_]>::len))
    }

    async fn compared<T>(&self, one: T, other: T) -> io::Result<bool>
    where
        T: Ord + Hash,
    {
        Ok(held(&one).await == held(&other).await)
    }

    async fn borrowed<'a, T: Deref<Target = str>>(&self, text: &'a T) -> io::Result<&'a str> {
        Ok(held(text).await)
    }

    async fn called(&self, once: impl FnOnce() -> usize, many: impl FnMut(usize) -> usize) -> io::Result<usize> {
        let (once, mut many) = held((once, many)).await;
        Ok(many(once()))
    }

    async fn never_sent<T: Debug>(&self, _: PhantomData<T>) -> io::Result<&'static str> {
        Ok(held(std::any::type_name::<T>()).await)
    }
}

#[test]
fn methods_take_what_is_generic() -> io::Result<()> {
    assert_eq!(Client.put_blocking("abc")?, 3);
    assert_eq!(Client.query_blocking("abc")?, 3);
    Client.each_blocking(|_| async { yield_now().await })?;
    assert_eq!(Client.all_blocking(vec![1, 2, 3])?, 6);
    assert_eq!(Client.items_blocking(["a", "bc"])?, 3);
    assert_eq!(Client.every_blocking(["a", "bc"])?, 3);
    assert_eq!(Client.behind_blocking(&"a", Arc::new("bc"))?, 3);
    assert_eq!(Client.inside_blocking(Some(&[1_u8]), &Mutex::new(2))?, 1);
    assert!(Client.compared_blocking(1, 1)?);
    assert_eq!(Client.borrowed_blocking(&String::from("abc"))?, "abc");
    assert_eq!(Client.never_sent_blocking(PhantomData::<u8>)?, "u8");
    Ok(())
}

// `FnOnce` and `FnMut` are not used by reference.
#[test]
fn closures_need_not_be_sync() -> io::Result<()> {
    let (one, two) = (Cell::new(1), Cell::new(2));
    assert_eq!(Client.called_blocking(move || one.get(), move |it| it + two.get())?, 3);
    Ok(())
}

#[sync_bridge]
async fn connect<A: tokio::net::ToSocketAddrs>(addr: A) -> io::Result<u16> {
    let listener = tokio::net::TcpListener::bind(addr).await?;
    Ok(listener.local_addr()?.port())
}

#[test]
fn addresses_are_resolved() -> io::Result<()> {
    assert_ne!(connect_blocking("localhost:0")?, 0);
    Ok(())
}

// The future says that it is `Send`, so nothing is asked of what it was made of.
#[sync_bridge]
fn length(text: impl AsRef<str>) -> impl Future<Output = io::Result<usize>> + Send {
    let length = text.as_ref().len();
    async move { Ok(held(length).await) }
}

#[test]
fn future_that_is_known_asks_nothing() -> io::Result<()> {
    assert_eq!(length_blocking(Rc::<str>::from("abc"))?, 3);
    Ok(())
}

#[sync_bridge(local)]
async fn local<T: Debug>(value: T, of: PhantomData<fn() -> Rc<T>>) -> io::Result<String> {
    let (value, _) = held((Rc::new(value), of)).await;
    Ok(format!("{value:?}"))
}

#[test]
fn local_future_asks_for_its_arguments() -> io::Result<()> {
    assert_eq!(local_blocking(Cell::new(3), PhantomData)?, "Cell { value: 3 }");
    Ok(())
}
