//! `bounds(…)`.

use super::*;

struct Tagged<T>(PhantomData<T>, u8);

#[sync_bridge(private, bounds(T:))]
impl<T> Tagged<T> {
    #[bridge(bounds(T: Send + Sync))]
    async fn get(&self) -> io::Result<u8> {
        Ok(held(self).await.1)
    }

    // Nothing of `T` is in the future.
    async fn number(number: u8) -> io::Result<u8> {
        Ok(held(number).await)
    }

    #[bridge(bounds(K: Send, impl Display: Send))]
    async fn text<K: AsRef<str>>(key: K, other: impl Display) -> io::Result<String> {
        let (key, other) = held((key, other)).await;
        Ok(format!("{}{other}", key.as_ref()))
    }
}

struct Text(Cell<&'static str>);

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self.0.get()
    }
}

impl Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.get())
    }
}

#[test]
fn bounds_replace_guesses() -> io::Result<()> {
    assert_eq!(Tagged::<u8>(PhantomData, 3).get_blocking()?, 3);
    assert_eq!(Tagged::<Rc<u8>>::number_blocking(3)?, 3);
    let text = || Text(Cell::new("a"));
    assert_eq!(Tagged::<Rc<u8>>::text_blocking(text(), text())?, "aa");
    Ok(())
}
