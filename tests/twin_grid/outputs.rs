//! Outputs that are no `Result`, under both rules that allow them: `panic`, which leaves them as they are, and `wrap`.

use futures::future::BoxFuture;
use std::fmt::Display;
use std::future::Future;
use std::io;
use std::pin::Pin;
use sync_bridge::sync_bridge;
use tokio::task::yield_now;

/// The methods in one form, under one rule.
macro_rules! methods {
    ($form:ident, $modules:ident, $rule:ident, $module:ident) => {
        in_form! {
            $form, $modules, $module, [error = $rule],
            {
                async fn new(text: &str) -> Self where Self: Sized;
                async fn unit(&mut self);
                async fn length(&self) -> usize;
                async fn maybe(&self, at: usize) -> Option<u8>;
                async fn borrowed(&self) -> &str;
                async fn of_argument<'a>(&self, text: &'a str) -> &'a str;
                async fn pair(&self, one: u8) -> (usize, [u8; 2]);
                async fn list(&self) -> Vec<Self> where Self: Sized;
                async fn nested(&self) -> Option<Result<usize, String>>;
                async fn erased(&self) -> Box<dyn Display + Send + Sync + '_>;
                async fn generic<T: Send + Default>(&self) -> T;
                async fn fallible(&self) -> io::Result<usize>;
                async fn this(self) -> Self where Self: Sized;
                fn opaque(&self) -> impl Future<Output = usize> + Send;
                fn boxed<'a>(&'a self, text: &'a str) -> BoxFuture<'a, (&'a str, usize)>;
                fn expanded<'a, 'fut>(&'a self) -> Pin<Box<dyn Future<Output = char> + Send + 'fut>>
                where
                    'a: 'fut,
                    Self: 'fut;
            }
            {
                async fn new(text: &str) -> Self {
                    yield_now().await;
                    Value(text.to_owned())
                }

                async fn unit(&mut self) {
                    yield_now().await;
                    self.0.push('!');
                }

                async fn length(&self) -> usize {
                    yield_now().await;
                    self.0.len()
                }

                async fn maybe(&self, at: usize) -> Option<u8> {
                    yield_now().await;
                    self.0.bytes().nth(at)
                }

                async fn borrowed(&self) -> &str {
                    yield_now().await;
                    &self.0
                }

                async fn of_argument<'a>(&self, text: &'a str) -> &'a str {
                    yield_now().await;
                    text
                }

                async fn pair(&self, one: u8) -> (usize, [u8; 2]) {
                    yield_now().await;
                    (self.0.len(), [one; 2])
                }

                async fn list(&self) -> Vec<Self> {
                    yield_now().await;
                    vec![self.clone(), self.clone()]
                }

                async fn nested(&self) -> Option<Result<usize, String>> {
                    yield_now().await;
                    Some(Err(self.0.clone()))
                }

                async fn erased(&self) -> Box<dyn Display + Send + Sync + '_> {
                    yield_now().await;
                    Box::new(&self.0)
                }

                async fn generic<T: Send + Default>(&self) -> T {
                    yield_now().await;
                    T::default()
                }

                async fn fallible(&self) -> io::Result<usize> {
                    yield_now().await;
                    Err(io::ErrorKind::NotFound.into())
                }

                async fn this(self) -> Self {
                    yield_now().await;
                    self
                }

                fn opaque(&self) -> impl Future<Output = usize> + Send {
                    async {
                        yield_now().await;
                        self.0.len()
                    }
                }

                fn boxed<'a>(&'a self, text: &'a str) -> BoxFuture<'a, (&'a str, usize)> {
                    Box::pin(async move {
                        yield_now().await;
                        (text, self.0.len())
                    })
                }

                fn expanded<'a, 'fut>(&'a self) -> Pin<Box<dyn Future<Output = char> + Send + 'fut>>
                where
                    'a: 'fut,
                    Self: 'fut,
                {
                    Box::pin(async move {
                        yield_now().await;
                        'x'
                    })
                }
            }
        }
    };
}

/// A module with `struct Value`, its methods in one form, and a test that calls each twin; `$plain!` makes an output of
/// what the twin returns.
macro_rules! module {
    ($module:ident, $plain:ident, { $($items:tt)* }) => {
        mod $module {
            use super::*;

            #[derive(Clone, Debug)]
            pub(crate) struct Value(String);

            $($items)*

            #[test]
            fn every_output() {
                let mut value = $plain!(Value::new_blocking("abc"));
                $plain!(value.unit_blocking());
                assert_eq!($plain!(value.length_blocking()), 4);
                assert_eq!($plain!(value.maybe_blocking(1)), Some(b'b'));
                assert_eq!($plain!(value.borrowed_blocking()), "abc!");
                assert_eq!($plain!(value.of_argument_blocking("one")), "one");
                assert_eq!($plain!(value.pair_blocking(7)), (4, [7, 7]));
                assert_eq!($plain!(value.list_blocking())[1].0, "abc!");
                assert_eq!($plain!(value.nested_blocking()), Some(Err("abc!".to_owned())));
                assert_eq!($plain!(value.erased_blocking()).to_string(), "abc!");
                assert_eq!($plain!(value.generic_blocking::<u8>()), 0);
                assert_eq!($plain!(value.fallible_blocking()).unwrap_err().kind(), io::ErrorKind::NotFound);
                assert_eq!($plain!(value.opaque_blocking()), 4);
                assert_eq!($plain!(value.boxed_blocking("one")), ("one", 4));
                assert_eq!($plain!(value.expanded_blocking()), 'x');
                assert_eq!($plain!(value.this_blocking()).0, "abc!");
            }
        }
    };
}

macro_rules! module_of_outputs {
    ($module:ident, { $($items:tt)* }) => {
        module! { $module, as_it_is, { $($items)* } }
    };
}

macro_rules! module_of_results {
    ($module:ident, { $($items:tt)* }) => {
        module! { $module, unwrapped, { $($items)* } }
    };
}

macro_rules! as_it_is {
    ($output:expr) => {
        $output
    };
}

macro_rules! unwrapped {
    ($output:expr) => {
        $output.unwrap()
    };
}

mod panic {
    use super::*;

    methods!(native, module_of_outputs, panic, as_native_trait);
    methods!(boxed_below, module_of_outputs, panic, as_async_trait_below);
    methods!(boxed_above, module_of_outputs, panic, as_async_trait_above);
    methods!(not_send, module_of_outputs, panic, as_async_trait_not_send);
    methods!(existing, module_of_outputs, panic, as_existing_twin);
    methods!(existing_below, module_of_outputs, panic, as_existing_twin_of_async_trait_below);
    methods!(existing_above, module_of_outputs, panic, as_existing_twin_of_async_trait_above);
    methods!(blanket_not_send, module_of_outputs, panic, as_blanket_of_async_trait_not_send);
    methods!(blanket_native, module_of_outputs, panic, as_blanket_of_native);
    methods!(blanket_below, module_of_outputs, panic, as_blanket_of_async_trait_below);
    methods!(blanket_above, module_of_outputs, panic, as_blanket_of_async_trait_above);
    methods!(remote_native, module_of_outputs, panic, as_mirror_of_native);
    methods!(remote_boxed, module_of_outputs, panic, as_mirror_of_async_trait);
    methods!(inherent, module_of_outputs, panic, as_inherent_impl);
}

mod wrap {
    use super::*;

    methods!(native, module_of_results, wrap, as_native_trait);
    methods!(boxed_below, module_of_results, wrap, as_async_trait_below);
    methods!(boxed_above, module_of_results, wrap, as_async_trait_above);
    methods!(not_send, module_of_results, wrap, as_async_trait_not_send);
    methods!(existing, module_of_results, wrap, as_existing_twin);
    methods!(existing_below, module_of_results, wrap, as_existing_twin_of_async_trait_below);
    methods!(existing_above, module_of_results, wrap, as_existing_twin_of_async_trait_above);
    methods!(blanket_not_send, module_of_results, wrap, as_blanket_of_async_trait_not_send);
    methods!(blanket_native, module_of_results, wrap, as_blanket_of_native);
    methods!(blanket_below, module_of_results, wrap, as_blanket_of_async_trait_below);
    methods!(blanket_above, module_of_results, wrap, as_blanket_of_async_trait_above);
    methods!(remote_native, module_of_results, wrap, as_mirror_of_native);
    methods!(remote_boxed, module_of_results, wrap, as_mirror_of_async_trait);
    methods!(inherent, module_of_results, wrap, as_inherent_impl);
}
