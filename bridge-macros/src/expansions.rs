//! Expansions worth reading, one of each form. They are compiled and run in the tests of the facade; here they are
//! looked at. With `INSTA_UPDATE=always`, each snapshot is written anew: review it as code.

use crate::attribute::sync_bridge;
use proc_macro2::TokenStream;
use quote::quote;

fn expanded(args: TokenStream, item: TokenStream) -> String {
    let output = sync_bridge(args, item);
    let file = syn::parse2(output.clone()).unwrap_or_else(|error| panic!("{error}: {output}"));
    prettyplease::unparse(&file)
}

/// Without the settings, a snapshot would begin with what it is the expansion of, which it shows anyway.
macro_rules! assert_expansion {
    ($args:expr, $item:expr $(,)?) => {
        insta::with_settings!({ omit_expression => true }, {
            insta::assert_snapshot!(expanded($args, $item));
        });
    };
}

#[test]
fn of_a_trait() {
    assert_expansion!(
        quote!(),
        quote! {
            /// A store.
            pub trait Store: Debug {
                type Error: From<BridgeError> + Send;

                /// Gets.
                #[must_use]
                async fn get(&self, key: &str) -> Result<Vec<u8>, Self::Error>;

                async fn head(&self, (key, _): (&str, u8)) -> Result<u64, Self::Error> {
                    Ok(0)
                }
            }
        },
    );
}

#[test]
fn of_an_impl() {
    assert_expansion!(
        quote!(bridge = self.bridge),
        quote! {
            impl<T: Sync> store::Store for S3<T> {
                type Error = Error;

                async fn get(&self, key: &str) -> Result<Vec<u8>, Error> {
                    todo!()
                }

                async fn close(self) -> io::Result<Option<&'static str>> {
                    todo!()
                }
            }
        },
    );
}

#[test]
fn of_an_impl_with_an_existing_twin() {
    assert_expansion!(
        quote!(twin_trait = sync::Store, error = failed),
        quote! {
            impl Store for S3 {
                type Error = Error;

                fn name(&self) -> &str {
                    "s3"
                }

                async fn get(&self, key: &str) -> Result<Vec<u8>, Self::Error> {
                    todo!()
                }
            }
        },
    );
}

#[test]
fn of_a_trait_for_every_implementor() {
    assert_expansion!(
        quote!(blanket, error = wrap),
        quote! {
            #[async_trait]
            pub(crate) trait Store<K = String>: Send + Sync {
                async fn get(&self, key: &K) -> Vec<u8>;
                async fn close(self: Box<Self>) {}
            }
        },
    );
}

#[test]
fn of_a_mirror() {
    assert_expansion!(
        quote!(remote = object_store::ObjectStore, twin = ObjectStore, suffix = "", error = panic),
        quote! {
            trait Mirror {
                type Error: Debug;

                async fn get<T: Into<Path>>(&self, path: T) -> Result<Vec<u8>, Self::Error>;
                fn list(self) -> impl Future<Output = usize>;
            }
        },
    );
}

#[test]
fn of_an_inherent_impl() {
    assert_expansion!(
        quote!(),
        quote! {
            #[cfg(feature = "client")]
            impl<T> Client<T>
            where
                T: Sync,
            {
                /// Fetches.
                pub async fn fetch<const N: usize>(&mut self, keys: [&str; N]) -> io::Result<Page<T>> {
                    todo!()
                }

                pub fn len(&self) -> usize {
                    0
                }
            }
        },
    );
}

#[test]
fn of_a_function() {
    assert_expansion!(
        quote!(error = wrap, local, bridge = BRIDGE),
        quote! {
            pub(crate) async unsafe fn fetch<'a>(key: &'a str) -> Option<&'a str> {
                None
            }
        },
    );
}

#[test]
fn of_what_lives_inside() {
    assert_expansion!(
        quote!(bridge = self.bridge),
        quote! {
            impl Database {
                #[bridge(enter)]
                pub fn open(&self, url: &str) -> io::Result<Pool> {
                    todo!()
                }

                #[bridge(keep)]
                pub async fn begin(&mut self) -> io::Result<Transaction<'_>> {
                    todo!()
                }
            }
        },
    );
}

#[test]
fn of_time_limits() {
    assert_expansion!(
        quote!(blanket, timeout = self.limit(key)),
        quote! {
            trait Store {
                async fn get(&self, key: &str, size: usize) -> io::Result<u8>;
                #[bridge(timeout = "5s")]
                fn list(&mut self, key: &str) -> BoxStream<'_, io::Result<u8>>;
                #[bridge(timeout = None)]
                async fn close(self) -> io::Result<()>;
            }
        },
    );
}

#[test]
fn of_readers_and_writers() {
    assert_expansion!(
        quote!(),
        quote! {
            impl Client {
                async fn copy<R, T>(
                    &self,
                    #[bridge(read)] source: &mut R,
                    kept: T,
                    #[bridge(write)] sink: Box<dyn AsyncWrite + Unpin + Send>,
                    #[bridge(write)] log: impl AsyncWrite + Send,
                ) -> io::Result<u64>
                where
                    R: AsyncRead + Unpin + Send,
                    T: Send,
                {
                    todo!()
                }
            }
        },
    );
}

#[test]
fn of_a_faulty_trait() {
    assert_expansion!(
        quote!(),
        quote! {
            trait Store {
                async fn get(&self) -> JoinHandle<u8>;
                async fn take(self) -> io::Result<u8>;
            }
        },
    );
}
