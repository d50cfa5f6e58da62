//! Generic types that the originals do not bound by `Send` or `Sync`. Under `#[async_trait]` the originals need these bounds,
//! unless it has `?Send`, and an existing trait has the bounds that its author has written.

use std::fmt::Display;
use std::future::Future;
use std::io;
use std::sync::Arc;
use sync_bridge::sync_bridge;
use tokio::task::yield_now;

type Answer<T> = io::Result<T>;

macro_rules! methods {
    ($form:ident, $module:ident) => {
        in_form! {
            $form, module_of_conditional, $module, [],
            {
                async fn by_value<T: AsRef<str>>(&self, value: T) -> Answer<usize>;
                async fn by_reference<T: ?Sized + Display>(&mut self, value: &T) -> Answer<()>;
                async fn anonymous(&self, value: impl Display) -> Answer<String>;
                async fn behind(self: Arc<Self>, value: &impl Display, other: Option<Arc<impl Display>>) -> Answer<usize>;
                async fn constant<T, const N: usize>(self, values: [T; N]) -> Answer<T> where T: Clone, Self: Sized;
                async fn unbounded<T>(&self, value: T) -> Answer<(T, usize)>;
                async fn closures<F, Fut>(&self, call: F) -> Answer<u8> where F: Fn(u8) -> Fut, Fut: Future<Output = u8>;
                async fn once(&self, call: impl FnOnce() -> u8) -> Answer<u8>;
                async fn items<I: IntoIterator<Item = u8>>(&self, items: I) -> Answer<u32>;
                async fn anonymous_items(&self, items: impl IntoIterator<Item = impl Display>) -> Answer<String>;
                async fn projected<I>(&self, items: I) -> Answer<Option<I::Item>> where I: Iterator, I::Item: Clone;
                async fn lifetimes<'a, T: 'a>(&'a self, value: &'a T) -> Answer<&'a T>;
                fn future<'a, T: Display>(&'a self, value: &'a T) -> impl Future<Output = Answer<usize>>;
            }
            {
                async fn by_value<T: AsRef<str>>(&self, value: T) -> Answer<usize> {
                    let value = &value;
                    yield_now().await;
                    Ok(value.as_ref().len())
                }

                async fn by_reference<T: ?Sized + Display>(&mut self, value: &T) -> Answer<()> {
                    yield_now().await;
                    self.0 = value.to_string();
                    Ok(())
                }

                async fn anonymous(&self, value: impl Display) -> Answer<String> {
                    let value = &value;
                    yield_now().await;
                    Ok(value.to_string())
                }

                async fn behind(self: Arc<Self>, value: &impl Display, other: Option<Arc<impl Display>>) -> Answer<usize> {
                    yield_now().await;
                    Ok(value.to_string().len() + other.map_or(0, |other| other.to_string().len()))
                }

                async fn constant<T, const N: usize>(self, values: [T; N]) -> Answer<T> where T: Clone {
                    yield_now().await;
                    values.get(N / 2).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
                }

                async fn unbounded<T>(&self, value: T) -> Answer<(T, usize)> {
                    yield_now().await;
                    Ok((value, self.0.len()))
                }

                async fn closures<F, Fut>(&self, call: F) -> Answer<u8> where F: Fn(u8) -> Fut, Fut: Future<Output = u8> {
                    let call = &call;
                    Ok(call(1).await + call(2).await)
                }

                async fn once(&self, call: impl FnOnce() -> u8) -> Answer<u8> {
                    yield_now().await;
                    Ok(call())
                }

                async fn items<I: IntoIterator<Item = u8>>(&self, items: I) -> Answer<u32> {
                    let mut sum = 0;
                    for item in items {
                        yield_now().await;
                        sum += u32::from(item);
                    }
                    Ok(sum)
                }

                async fn anonymous_items(&self, items: impl IntoIterator<Item = impl Display>) -> Answer<String> {
                    let mut all = String::new();
                    for item in items {
                        let item = &item;
                        yield_now().await;
                        all += &item.to_string();
                    }
                    Ok(all)
                }

                async fn projected<I>(&self, mut items: I) -> Answer<Option<I::Item>> where I: Iterator, I::Item: Clone {
                    let first = items.next();
                    yield_now().await;
                    Ok(first.clone())
                }

                async fn lifetimes<'a, T: 'a>(&'a self, value: &'a T) -> Answer<&'a T> {
                    yield_now().await;
                    Ok(value)
                }

                fn future<'a, T: Display>(&'a self, value: &'a T) -> impl Future<Output = Answer<usize>> {
                    async move {
                        yield_now().await;
                        Ok(self.0.len() + value.to_string().len())
                    }
                }
            }
        }
    };
}

macro_rules! module_of_conditional {
    ($module:ident, { $($items:tt)* }) => {
        mod $module {
            use super::*;
            use std::cell::Cell;

            #[derive(Clone)]
            pub(crate) struct Value(String);

            $($items)*

            #[test]
            fn every_bound() -> io::Result<()> {
                let mut value = Value(String::new());
                assert_eq!(value.by_value_blocking("abc")?, 3);
                value.by_reference_blocking("abc")?;
                assert_eq!(value.anonymous_blocking('x')?, "x");
                assert_eq!(Arc::new(value.clone()).behind_blocking(&"ab", Some(Arc::new('c')))?, 3);
                assert_eq!(value.clone().constant_blocking([1, 2, 3])?, 2);
                assert_eq!(value.unbounded_blocking(Cell::new(1))?, (Cell::new(1), 3));
                assert_eq!(value.closures_blocking(|it| async move { yield_now().await; it })?, 3);
                let once = Cell::new(7);
                assert_eq!(value.once_blocking(move || once.get())?, 7);
                assert_eq!(value.items_blocking(vec![1, 2])?, 3);
                assert_eq!(value.anonymous_items_blocking(["a", "b"])?, "ab");
                assert_eq!(value.projected_blocking("xy".chars())?, Some('x'));
                assert_eq!(value.lifetimes_blocking(&'x')?, &'x');
                assert_eq!(value.future_blocking(&"de")?, 5);
                Ok(())
            }
        }
    };
}

methods!(native, as_native_trait);
methods!(not_send, as_async_trait_not_send);
methods!(blanket_native, as_blanket_of_native);
methods!(blanket_not_send, as_blanket_of_async_trait_not_send);
methods!(remote_native, as_mirror_of_native);
methods!(inherent, as_inherent_impl);
