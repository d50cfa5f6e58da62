//! Twins of traits, and of their impls.

use super::*;

#[sync_bridge]
trait Store<K> {
    type Row;

    async fn find<T: AsRef<str>, const N: usize>(&self, keys: [T; N], of: K) -> io::Result<Self::Row>;
    async fn put(&mut self, key: impl Display, value: Self::Row) -> io::Result<()>;
    async fn last(self: Arc<Self>, key: &K) -> io::Result<usize>;
    async fn each<F, Fut>(&self, f: F) -> io::Result<u8>
    where
        F: Fn(u8) -> Fut,
        Fut: Future<Output = u8>;

    async fn close(self) -> io::Result<()>
    where
        Self: Sized;

    async fn describe<T>(&self, key: K, of: T) -> io::Result<(K, String)>
    where
        T: Debug,
    {
        let (key, of) = held((Rc::new(key), of)).await;
        Ok((Rc::into_inner(key).unwrap(), format!("{of:?}")))
    }

    async fn first(&self, key: &K, rows: Vec<Self::Row>) -> io::Result<Option<Self::Row>> {
        let (_, rows) = held((key, rows)).await;
        Ok(rows.into_iter().next())
    }
}

struct Memory<R>(Vec<R>);

// The names and the places of the bounds are not those of the trait.
#[sync_bridge]
impl<R: Clone, Q> Store<Q> for Memory<R> {
    type Row = R;

    async fn find<Text, const COUNT: usize>(&self, keys: [Text; COUNT], of: Q) -> io::Result<R>
    where
        Text: AsRef<str>,
    {
        let (keys, _) = held((&keys, of)).await;
        self.0.get(keys[0].as_ref().len()).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    async fn put(&mut self, key: impl Display, value: Self::Row) -> io::Result<()> {
        let at = held(&key).await.to_string().len();
        self.0.insert(at, value);
        Ok(())
    }

    async fn last(self: Arc<Self>, key: &Q) -> io::Result<usize> {
        let (this, _) = held((self, key)).await;
        Ok(this.0.len())
    }

    async fn each<Call, Output>(&self, call: Call) -> io::Result<u8>
    where
        Output: Future<Output = u8>,
        Call: Fn(u8) -> Output,
    {
        let call = &call;
        Ok(call(1).await + call(2).await)
    }

    async fn close(self) -> io::Result<()> {
        drop(held(self).await);
        Ok(())
    }
}

fn generic<K: Clone, S: BlockingStore<K>>(mut store: S, key: &K, rows: Vec<S::Row>) -> io::Result<()> {
    for row in rows {
        store.put_blocking("", row)?;
    }
    store.find_blocking(["a"], key.clone())?;
    assert_eq!(store.describe_blocking(key.clone(), 'x')?.1, "'x'");
    assert!(store.first_blocking(key, Vec::new())?.is_none());
    assert_eq!(store.each_blocking(|it| async move { held(it).await })?, 3);
    let store = Arc::new(store);
    assert_eq!(Arc::clone(&store).last_blocking(key)?, 2);
    Arc::into_inner(store).unwrap().close_blocking()
}

#[test]
fn generic_code_calls_twins() -> io::Result<()> {
    generic(Memory(Vec::new()), &'k', vec!["one", "two"])
}

#[sync_bridge]
trait Get<K: ?Sized> {
    async fn get(&self, key: &K) -> io::Result<usize>;
    async fn both(&self, key: &K) -> io::Result<usize> {
        Ok(self.get(key).await? * 2)
    }
}

#[sync_bridge]
impl<T: AsRef<str>, K: AsRef<str> + ?Sized> Get<K> for Vec<T> {
    async fn get(&self, key: &K) -> io::Result<usize> {
        Ok(held((self, key)).await.0.iter().filter(|it| it.as_ref() == key.as_ref()).count())
    }
}

#[test]
fn objects_of_twins() -> io::Result<()> {
    let texts = vec!["a", "b"];
    let store: &dyn BlockingGet<str> = &texts;
    assert_eq!(store.get_blocking("a")?, 1);
    assert_eq!(store.both_blocking("a")?, 2);
    Ok(())
}

#[sync_bridge]
impl<T> Get<T> for () {
    async fn get(&self, key: &T) -> io::Result<usize> {
        Ok(size_of_val(held(key).await))
    }
}

// The twin alone asks for the conversion.
#[sync_bridge(bounds(Self::Error: From<BridgeError> + Send))]
trait Fallible {
    type Error;
    async fn check(&self) -> Result<u8, Self::Error> {
        Ok(held(1).await)
    }
}

impl Fallible for u8 {
    type Error = Rc<str>;
}

#[sync_bridge]
impl Fallible for u16 {
    type Error = io::Error;
    async fn check(&self) -> Result<u8, io::Error> {
        Ok(held(2).await)
    }
}

impl Fallible for u32 {
    type Error = io::Error;
}

impl BlockingFallible for u32 {}

#[test]
fn conversion_of_the_twin_alone() -> io::Result<()> {
    assert_eq!(2_u16.check_blocking()?, 2);
    assert_eq!(2_u32.check_blocking()?, 1);
    Ok(())
}

// Every method is left to its default.
#[sync_bridge]
trait Named {
    async fn name(&self) -> io::Result<String> {
        Ok(String::from(std::any::type_name_of_val(held(self).await)))
    }
}

impl<T> Named for Box<T> {}

impl<T: Sync> BlockingNamed for Box<T> {}

#[test]
fn defaults_alone() -> io::Result<()> {
    assert!(Box::new(1_u8).name_blocking()?.ends_with("u8>"));
    Ok(())
}

// A default sends the `Self` that it takes and gives back.
#[sync_bridge]
trait Config: Clone + Default + PartialEq {
    async fn load() -> io::Result<Self> {
        Ok(held(Self::default()).await)
    }

    async fn is_same(one: &Self, other: Vec<Self>) -> io::Result<bool> {
        Ok(held(other).await.contains(one))
    }
}

#[sync_bridge]
impl Config for u8 {}

impl Config for Rc<u8> {}

#[sync_bridge(blanket)]
trait Copied: Clone {
    async fn copied(&self) -> io::Result<Option<Self>>;
}

impl Copied for u8 {
    async fn copied(&self) -> io::Result<Option<u8>> {
        Ok(held(Some(*self)).await)
    }
}

#[test]
fn implementors_in_signatures_are_bounded() -> io::Result<()> {
    assert_eq!(u8::load_blocking()?, 0);
    assert!(u8::is_same_blocking(&1, vec![2, 1])?);
    assert_eq!(7_u8.copied_blocking()?, Some(7));
    Ok(())
}
