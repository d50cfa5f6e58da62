//! Bodies in the trait, left out by the impl. An impl of a trait that was written by hand has none of them: they are that
//! trait's own business. Nor has an inherent impl.

use std::fmt::Display;
use std::io;
use sync_bridge::sync_bridge;
use tokio::task::yield_now;

type Answer<T> = io::Result<T>;

/// The methods in one form.
macro_rules! methods {
    ($form:ident, $module:ident) => {
        $form! {
            module_of_defaults, $module, [],
            {
                fn text(&self) -> &str;

                async fn required(&self) -> Answer<usize>;

                async fn length(&self) -> Answer<usize> {
                    yield_now().await;
                    Ok(self.text().len())
                }

                async fn sum(&self) -> Answer<usize> {
                    Ok(self.required().await? + self.length().await?)
                }

                async fn written_back(&mut self, into: &mut Vec<u8>) -> Answer<()> {
                    yield_now().await;
                    into.extend(self.text().bytes());
                    Ok(())
                }

                async fn longer<'a>(&'a self, other: &'a str) -> Answer<&'a str> {
                    yield_now().await;
                    Ok(if other.len() > self.text().len() { other } else { self.text() })
                }

                async fn generic<T: Display + Send, const N: usize>(&self, values: [T; N]) -> Answer<String>
                where
                    Self: Sized,
                {
                    yield_now().await;
                    Ok(format!("{}{N}{}", self.text(), values[0]))
                }

                async fn patterns(&self, (a, _): (u8, u8), mut b: u8) -> Answer<u8> {
                    yield_now().await;
                    b += a;
                    Ok(b)
                }

                async fn by_value(self) -> Answer<String>
                where
                    Self: Sized,
                {
                    yield_now().await;
                    Ok(self.text().to_owned())
                }

                async fn without() -> Answer<u8>
                where
                    Self: Sized,
                {
                    yield_now().await;
                    Ok(7)
                }

                async fn overridden(&self) -> Answer<&'static str> {
                    yield_now().await;
                    Ok("the default")
                }
            }
            {
                async fn required(&self) -> Answer<usize>;
                async fn length(&self) -> Answer<usize>;
                async fn sum(&self) -> Answer<usize>;
                async fn written_back(&mut self, into: &mut Vec<u8>) -> Answer<()>;
                async fn longer<'a>(&'a self, other: &'a str) -> Answer<&'a str>;
                async fn generic<T: Display + Send, const N: usize>(&self, values: [T; N]) -> Answer<String>
                where
                    Self: Sized;
                async fn patterns(&self, pair: (u8, u8), b: u8) -> Answer<u8>;
                async fn by_value(self) -> Answer<String>
                where
                    Self: Sized;
                async fn without() -> Answer<u8>
                where
                    Self: Sized;
                async fn overridden(&self) -> Answer<&'static str>;
            }
            {
                fn text(&self) -> &str {
                    &self.0
                }

                async fn required(&self) -> Answer<usize> {
                    yield_now().await;
                    Ok(100)
                }

                async fn overridden(&self) -> Answer<&'static str> {
                    yield_now().await;
                    Ok("the impl's own")
                }
            }
        }
    };
}

/// A module with `struct Value`, its methods in one form, and tests that call each twin: of the type, of a type parameter,
/// and of a `dyn`.
macro_rules! module_of_defaults {
    ($module:ident, { $($items:tt)* }) => {
        mod $module {
            use super::*;

            #[derive(Clone, Debug)]
            pub(crate) struct Value(String);

            $($items)*

            #[test]
            fn of_the_type() -> io::Result<()> {
                let mut value = Value("abc".into());
                assert_eq!((value.required_blocking()?, value.length_blocking()?, value.sum_blocking()?), (100, 3, 103));
                let mut into = Vec::new();
                value.written_back_blocking(&mut into)?;
                assert_eq!(into, b"abc");
                assert_eq!(value.longer_blocking("other")?, "other");
                assert_eq!(value.generic_blocking(['x'])?, "abc1x");
                assert_eq!(value.patterns_blocking((1, 100), 2)?, 3);
                assert_eq!(value.overridden_blocking()?, "the impl's own");
                assert_eq!(Value::without_blocking()?, 7);
                assert_eq!(value.by_value_blocking()?, "abc");
                Ok(())
            }

            fn of_any(value: impl BlockingApi) -> io::Result<String> {
                assert_eq!(value.generic_blocking([1])?, "abcd11");
                value.by_value_blocking()
            }

            fn of_dyn(value: &mut dyn BlockingApi) -> io::Result<usize> {
                let mut into = Vec::new();
                value.written_back_blocking(&mut into)?;
                assert_eq!(into, b"abcd");
                assert_eq!(value.longer_blocking("a")?, "abcd");
                assert_eq!(value.overridden_blocking()?, "the impl's own");
                value.sum_blocking()
            }

            #[test]
            fn of_what_is_known_by_its_twin_only() -> io::Result<()> {
                let mut value = Value("abcd".into());
                assert_eq!(of_dyn(&mut value)?, 104);
                assert_eq!(of_any(value)?, "abcd");
                Ok(())
            }
        }
    };
}

methods!(native, as_native_trait);
methods!(boxed_below, as_async_trait_below);
methods!(boxed_above, as_async_trait_above);
methods!(not_send, as_async_trait_not_send);
methods!(blanket_not_send, as_blanket_of_async_trait_not_send);
methods!(blanket_native, as_blanket_of_native);
methods!(blanket_below, as_blanket_of_async_trait_below);
methods!(blanket_above, as_blanket_of_async_trait_above);
methods!(remote_native, as_mirror_of_native);
methods!(remote_boxed, as_mirror_of_async_trait);
