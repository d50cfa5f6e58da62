//! Outputs that are a `Result`, and every receiver, pattern, lifetime and generic parameter.

use futures::future::BoxFuture;
use std::borrow::Cow;
use std::fmt::Display;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use sync_bridge::sync_bridge;
use tokio::task::yield_now;

type Answer<T> = io::Result<T>;

pub(crate) struct Point {
    x: u8,
    y: u8,
}

/// The methods in one form.
macro_rules! methods {
    ($form:ident, $module:ident) => {
        in_form! {
            $form, module_of_results, $module, [],
            {
                async fn by_ref(&self) -> Answer<usize>;
                async fn by_mut(&mut self, add: &str) -> Answer<()>;
                async fn by_value(self) -> Answer<String>;
                async fn by_mut_value(self) -> Answer<Self> where Self: Sized;
                async fn by_box(self: Box<Self>) -> Answer<usize>;
                async fn by_arc(self: Arc<Self>) -> Answer<usize>;
                async fn by_pin(self: Pin<&mut Self>) -> Answer<usize>;
                async fn by_typed_ref(self: &Self) -> Answer<usize>;
                async fn without(text: &str) -> Answer<Self> where Self: Sized;

                async fn patterns(&self, a: u8, b: u8, c: (u8, u8), d: Point, e: [(u8, u8); 2]) -> Answer<u8>;
                async fn names(&self, bridge: u8, runtime: u8, future: u8, this: u8, r#type: u8, arg: u8) -> Answer<u8>;
                async fn elided(&self, one: &str, other: &[&str]) -> Answer<usize>;
                async fn of_self(&self) -> Answer<&str>;
                async fn named<'a>(&self, one: &'a str, other: &str) -> Answer<&'a str>;
                async fn bounded<'a, 'b: 'a>(&'a self, one: &'b str) -> Answer<&'a str>;
                async fn generic<T: Display + Send, const N: usize>(&self, values: [T; N]) -> Answer<String>;
                async fn where_clause<T>(&self, value: T) -> Answer<T> where T: Clone + Send;
                async fn anonymous(&self, value: impl Display + Send) -> Answer<String>;
                async fn called<F>(&self, call: F) -> Answer<usize> where F: for<'x> Fn(&'x str) -> &'x str + Send;
                async fn called_dyn(&self, call: &(dyn for<'x> Fn(&'x str) -> usize + Sync)) -> Answer<usize>;
                async fn written_back(&self, into: &mut Vec<u8>) -> Answer<()>;
                async fn optional(&self, value: Option<&str>) -> Answer<Option<usize>>;
                async unsafe fn not_safe(&self, at: usize) -> Answer<u8>;
                async fn r#match(&self) -> Answer<u8>;

                async fn by_pinned_box(self: Pin<Box<Self>>) -> Answer<usize>;
                async fn hidden(&self, one: &'_ str, other: Cow<'_, str>) -> Answer<usize>;
                async fn called_anonymous(&self, call: impl for<'x> Fn(&'x str) -> usize + Send) -> Answer<usize>;
                async fn items(
                    &self,
                    items: impl IntoIterator<Item = (&u8, Cow<'_, str>), IntoIter: Send> + Send,
                    each: impl for<'x> Fn(&'x u8) -> u8 + Send,
                ) -> Answer<&str>;
                async fn higher_ranked<F>(&self, call: F) -> Answer<usize> where for<'x> F: Fn(&'x str) -> &'x str + Send;
                async fn nothing(&self, unit: ()) -> Answer<()>;
                fn opaque(&self, one: &str) -> impl Future<Output = Answer<usize>> + Send;
                fn boxed<'a>(&'a self, one: &'a str) -> BoxFuture<'a, Answer<&'a str>>;
                fn expanded<'a, 'b, 'fut>(
                    &'a self,
                    one: &'b str,
                ) -> Pin<Box<dyn Future<Output = Answer<usize>> + Send + 'fut>>
                where
                    'a: 'fut,
                    'b: 'fut,
                    Self: 'fut;
            }
            {
                async fn by_ref(&self) -> Answer<usize> {
                    yield_now().await;
                    Ok(self.0.len())
                }

                async fn by_mut(&mut self, add: &str) -> Answer<()> {
                    yield_now().await;
                    self.0.push_str(add);
                    Ok(())
                }

                async fn by_value(self) -> Answer<String> {
                    yield_now().await;
                    Ok(self.0)
                }

                async fn by_mut_value(mut self) -> Answer<Self> {
                    yield_now().await;
                    self.0.push('!');
                    Ok(self)
                }

                async fn by_box(self: Box<Self>) -> Answer<usize> {
                    yield_now().await;
                    Ok(self.0.len())
                }

                async fn by_arc(self: Arc<Self>) -> Answer<usize> {
                    yield_now().await;
                    Ok(Arc::strong_count(&self))
                }

                async fn by_pin(mut self: Pin<&mut Self>) -> Answer<usize> {
                    yield_now().await;
                    self.0.push('?');
                    Ok(self.0.len())
                }

                async fn by_typed_ref(self: &Self) -> Answer<usize> {
                    yield_now().await;
                    Ok(self.0.len())
                }

                async fn without(text: &str) -> Answer<Self> {
                    yield_now().await;
                    Ok(Value(text.to_owned()))
                }

                async fn patterns(
                    &self,
                    mut a: u8,
                    _: u8,
                    (c, _): (u8, u8),
                    Point { x, y: z }: Point,
                    [(d, _), e]: [(u8, u8); 2],
                ) -> Answer<u8> {
                    yield_now().await;
                    a += 1;
                    Ok(a + c + x + z + d + e.1)
                }

                async fn names(&self, bridge: u8, runtime: u8, future: u8, this: u8, r#type: u8, arg: u8) -> Answer<u8> {
                    yield_now().await;
                    Ok(bridge + runtime + future + this + r#type + arg)
                }

                async fn elided(&self, one: &str, other: &[&str]) -> Answer<usize> {
                    yield_now().await;
                    Ok(one.len() + other.concat().len())
                }

                async fn of_self(&self) -> Answer<&str> {
                    yield_now().await;
                    Ok(&self.0)
                }

                async fn named<'a>(&self, one: &'a str, _: &str) -> Answer<&'a str> {
                    yield_now().await;
                    Ok(one)
                }

                async fn bounded<'a, 'b: 'a>(&'a self, one: &'b str) -> Answer<&'a str> {
                    yield_now().await;
                    Ok(if self.0.is_empty() { &self.0 } else { one })
                }

                async fn generic<T: Display + Send, const N: usize>(&self, values: [T; N]) -> Answer<String> {
                    yield_now().await;
                    Ok(format!("{N}{}", values[0]))
                }

                async fn where_clause<T>(&self, value: T) -> Answer<T> where T: Clone + Send {
                    yield_now().await;
                    Ok(value.clone())
                }

                async fn anonymous(&self, value: impl Display + Send) -> Answer<String> {
                    yield_now().await;
                    Ok(value.to_string())
                }

                async fn called<F>(&self, call: F) -> Answer<usize> where F: for<'x> Fn(&'x str) -> &'x str + Send {
                    yield_now().await;
                    Ok(call(&self.0).len())
                }

                async fn called_dyn(&self, call: &(dyn for<'x> Fn(&'x str) -> usize + Sync)) -> Answer<usize> {
                    yield_now().await;
                    Ok(call(&self.0))
                }

                async fn written_back(&self, into: &mut Vec<u8>) -> Answer<()> {
                    yield_now().await;
                    into.extend(self.0.bytes());
                    Ok(())
                }

                async fn optional(&self, value: Option<&str>) -> Answer<Option<usize>> {
                    yield_now().await;
                    Ok(value.map(str::len))
                }

                async unsafe fn not_safe(&self, at: usize) -> Answer<u8> {
                    yield_now().await;
                    Ok(self.0.as_bytes()[at])
                }

                async fn r#match(&self) -> Answer<u8> {
                    yield_now().await;
                    Err(io::ErrorKind::NotFound.into())
                }

                async fn by_pinned_box(self: Pin<Box<Self>>) -> Answer<usize> {
                    yield_now().await;
                    Ok(self.0.len())
                }

                async fn hidden(&self, one: &'_ str, other: Cow<'_, str>) -> Answer<usize> {
                    yield_now().await;
                    Ok(one.len() + other.len())
                }

                async fn called_anonymous(&self, call: impl for<'x> Fn(&'x str) -> usize + Send) -> Answer<usize> {
                    yield_now().await;
                    Ok(call(&self.0))
                }

                async fn items(
                    &self,
                    items: impl IntoIterator<Item = (&u8, Cow<'_, str>), IntoIter: Send> + Send,
                    each: impl for<'x> Fn(&'x u8) -> u8 + Send,
                ) -> Answer<&str> {
                    let mut length = 0;
                    for (item, text) in items {
                        yield_now().await;
                        length += usize::from(each(item)) + text.len();
                    }
                    Ok(&self.0[length..])
                }

                async fn higher_ranked<F>(&self, call: F) -> Answer<usize> where for<'x> F: Fn(&'x str) -> &'x str + Send {
                    yield_now().await;
                    Ok(call(&self.0).len())
                }

                async fn nothing(&self, (): ()) -> Answer<()> {
                    yield_now().await;
                    Ok(())
                }

                fn opaque(&self, one: &str) -> impl Future<Output = Answer<usize>> + Send {
                    async {
                        yield_now().await;
                        Ok(self.0.len() + one.len())
                    }
                }

                fn boxed<'a>(&'a self, one: &'a str) -> BoxFuture<'a, Answer<&'a str>> {
                    Box::pin(async move {
                        yield_now().await;
                        Ok(if self.0.is_empty() { &self.0 } else { one })
                    })
                }

                fn expanded<'a, 'b, 'fut>(
                    &'a self,
                    one: &'b str,
                ) -> Pin<Box<dyn Future<Output = Answer<usize>> + Send + 'fut>>
                where
                    'a: 'fut,
                    'b: 'fut,
                    Self: 'fut,
                {
                    Box::pin(async move {
                        yield_now().await;
                        Ok(self.0.len() + one.len())
                    })
                }
            }
        }
    };
}

/// A module with `struct Value`, its methods in one form, and a test that calls each twin.
macro_rules! module_of_results {
    ($module:ident, { $($items:tt)* }) => {
        mod $module {
            use super::*;

            #[derive(Clone, Debug)]
            pub(crate) struct Value(String);

            $($items)*

            #[test]
            fn every_signature() -> io::Result<()> {
                let mut value = Value::without_blocking("abc")?;
                assert_eq!((value.by_ref_blocking()?, value.by_typed_ref_blocking()?), (3, 3));
                value.by_mut_blocking("d")?;
                assert_eq!(value.clone().by_value_blocking()?, "abcd");
                assert_eq!(value.clone().by_mut_value_blocking()?.0, "abcd!");
                assert_eq!(Box::new(value.clone()).by_box_blocking()?, 4);
                assert_eq!(Arc::new(value.clone()).by_arc_blocking()?, 1);
                assert_eq!(Pin::new(&mut value).by_pin_blocking()?, 5);
                assert_eq!(value.0, "abcd?");

                let sum = value.patterns_blocking(1, 100, (2, 100), Point { x: 3, y: 4 }, [(5, 100), (100, 6)])?;
                assert_eq!(sum, 1 + 1 + 2 + 3 + 4 + 5 + 6);
                assert_eq!(value.names_blocking(1, 2, 3, 4, 5, 6)?, 21);
                assert_eq!(value.elided_blocking("a", &["b", "c"])?, 3);
                assert_eq!(value.of_self_blocking()?, "abcd?");
                assert_eq!(value.named_blocking("one", &String::from("other"))?, "one");
                assert_eq!(value.bounded_blocking("one")?, "one");
                assert_eq!(value.generic_blocking([7, 8])?, "27");
                assert_eq!(value.where_clause_blocking('x')?, 'x');
                assert_eq!(value.anonymous_blocking(9)?, "9");
                assert_eq!(value.called_blocking(|text| &text[1..])?, 4);
                let add = String::from("add");
                assert_eq!(value.called_dyn_blocking(&|text| text.len() + add.len())?, 8);
                let mut into = vec![b'_'];
                value.written_back_blocking(&mut into)?;
                assert_eq!(into, b"_abcd?");
                assert_eq!(value.optional_blocking(Some("ab"))?, Some(2));
                // SAFETY: it panics if the index is out of bounds.
                assert_eq!(unsafe { value.not_safe_blocking(1) }?, b'b');
                assert_eq!(value.match_blocking().unwrap_err().kind(), io::ErrorKind::NotFound);

                assert_eq!(Box::pin(value.clone()).by_pinned_box_blocking()?, 5);
                assert_eq!(value.hidden_blocking("a", "bc".into())?, 3);
                assert_eq!(value.called_anonymous_blocking(str::len)?, 5);
                let (one, text) = (1, String::from("a"));
                assert_eq!(value.items_blocking([(&one, text.as_str().into())], |item| item + 1)?, "d?");
                assert_eq!(value.higher_ranked_blocking(|text| &text[2..])?, 3);
                value.nothing_blocking(())?;
                assert_eq!(value.opaque_blocking("one")?, 8);
                assert_eq!(value.boxed_blocking("one")?, "one");
                assert_eq!(value.expanded_blocking("one")?, 8);
                Ok(())
            }
        }
    };
}

methods!(native, as_native_trait);
methods!(boxed_below, as_async_trait_below);
methods!(boxed_above, as_async_trait_above);
methods!(not_send, as_async_trait_not_send);
methods!(existing, as_existing_twin);
methods!(existing_below, as_existing_twin_of_async_trait_below);
methods!(existing_above, as_existing_twin_of_async_trait_above);
methods!(blanket_not_send, as_blanket_of_async_trait_not_send);
methods!(blanket_native, as_blanket_of_native);
methods!(blanket_below, as_blanket_of_async_trait_below);
methods!(blanket_above, as_blanket_of_async_trait_above);
methods!(remote_native, as_mirror_of_native);
methods!(remote_boxed, as_mirror_of_async_trait);
methods!(inherent, as_inherent_impl);
