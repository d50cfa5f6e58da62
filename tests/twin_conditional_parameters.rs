//! Parameters under `#[cfg]`: the twin has them under the same condition, and passes each on.

// The macro writes the conditions, and each of them has one value.
#![allow(clippy::non_minimal_cfg, clippy::unused_async)]

use futures::stream::{BoxStream, StreamExt};
use std::io;
use sync_bridge::sync_bridge;

mod support;

use support::watched;

/// The given methods in each form of an item, with their calls in one of its combinations of conditions.
macro_rules! forms {
    ($module:ident, { $($sigs:tt)* } { $($bodies:tt)* }, $value:ident => { $($checks:tt)* }) => {
        mod $module {
            use super::*;

            form! { of_impl, $value => { $($checks)* }, {
                #[sync_bridge(error = panic)]
                trait Api { $($sigs)* }
                #[sync_bridge(error = panic)]
                impl Api for Value { $($bodies)* }
            } }

            form! { of_default, $value => { $($checks)* }, {
                #[sync_bridge(error = panic)]
                trait Api: Sync { $($bodies)* }
                #[sync_bridge(error = panic)]
                impl Api for Value {}
            } }

            form! { boxed_below, $value => { $($checks)* }, {
                #[sync_bridge(error = panic)]
                #[async_trait::async_trait]
                trait Api: Sync { $($bodies)* }
                #[sync_bridge(error = panic)]
                #[async_trait::async_trait]
                impl Api for Value { $($bodies)* }
            } }

            form! { boxed_above, $value => { $($checks)* }, {
                #[async_trait::async_trait]
                #[sync_bridge(error = panic)]
                trait Api: Sync { $($bodies)* }
                #[async_trait::async_trait]
                #[sync_bridge(error = panic)]
                impl Api for Value { $($bodies)* }
            } }

            form! { blanket, $value => { $($checks)* }, {
                #[sync_bridge(error = panic, blanket)]
                trait Api: Sync { $($sigs)* }
                impl Api for Value { $($bodies)* }
            } }

            form! { mirror, $value => { $($checks)* }, {
                mod remote {
                    #[async_trait::async_trait]
                    pub(crate) trait Api: Sync { $($bodies)* }
                }
                #[async_trait::async_trait]
                impl remote::Api for Value {}
                #[sync_bridge(error = panic, remote = remote::Api)]
                trait Api { $($sigs)* }
            } }

            form! { inherent, $value => { $($checks)* }, {
                #[sync_bridge(error = panic, private)]
                impl Value { $($bodies)* }
            } }
        }
    };
}

macro_rules! form {
    ($module:ident, $value:ident => { $($checks:tt)* }, { $($items:item)* }) => {
        mod $module {
            use super::*;

            struct Value;

            $($items)*

            #[test]
            fn every_argument_arrives() {
                let $value = Value;
                watched(move || { $($checks)* });
            }
        }
    };
}

/// Three conditions and a parameter that has two, in one of eight combinations.
macro_rules! combination {
    ($module:ident, $a:meta, $b:meta, $c:meta, ($($arguments:tt)*), $expected:expr) => {
        forms! {
            $module,
            {
                async fn sum(
                    &self,
                    #[cfg($a)] first: u32,
                    key: &str,
                    #[cfg($b)] second: u32,
                    #[cfg($c)] third: u32,
                    #[cfg($a)] #[cfg($b)] both: u32,
                ) -> (String, u32);
            }
            {
                async fn sum(
                    &self,
                    #[cfg($a)] first: u32,
                    key: &str,
                    #[cfg($b)] second: u32,
                    #[cfg($c)] third: u32,
                    #[cfg($a)] #[cfg($b)] both: u32,
                ) -> (String, u32) {
                    tokio::task::yield_now().await;
                    let mut sum = 0;
                    #[cfg($a)]
                    (sum += first);
                    #[cfg($b)]
                    (sum += second);
                    #[cfg($c)]
                    (sum += third);
                    #[cfg(all($a, $b))]
                    (sum += both);
                    sum += 1;
                    (key.to_owned(), sum)
                }
            },
            value => {
                assert_eq!(value.sum_blocking($($arguments)*), ("key".to_owned(), $expected));
            }
        }
    };
}

combination!(none, any(), any(), any(), ("key"), 1);
combination!(first, all(), any(), any(), (10, "key"), 11);
combination!(second, any(), all(), any(), ("key", 100), 101);
combination!(first_and_second, all(), all(), any(), (10, "key", 100, 10_000), 10_111);
combination!(third, any(), any(), all(), ("key", 1000), 1001);
combination!(first_and_third, all(), any(), all(), (10, "key", 1000), 1011);
combination!(second_and_third, any(), all(), all(), ("key", 100, 1000), 1101);
combination!(every, all(), all(), all(), (10, "key", 100, 1000, 10_000), 11_111);

/// With options, of the method and of the parameters themselves.
mod options {
    use super::*;
    use std::time::Duration;
    use sync_bridge::RuntimeBridge;

    pub(crate) struct Client;

    #[sync_bridge]
    impl Client {
        #[bridge(timeout = "1h")]
        pub(crate) async fn count<T: Send + 'static>(
            &self,
            #[cfg(all())]
            #[bridge(iter)]
            items: BoxStream<'_, T>,
            #[cfg(any())]
            #[bridge(read)]
            reader: impl tokio::io::AsyncRead + Send + Unpin,
            #[cfg_attr(any(), cfg(any()))] add: usize,
        ) -> io::Result<usize> {
            Ok(items.count().await + add)
        }

        // Where the parameter is not there, neither is its option.
        #[bridge(bridge = bridge)]
        pub(crate) async fn connect(
            bridge: &RuntimeBridge,
            #[cfg(any())]
            #[cfg_attr(any(), bridge(iter))]
            items: BoxStream<'static, u8>,
        ) -> io::Result<Self> {
            let _ = bridge;
            Ok(Self)
        }
    }

    #[sync_bridge(timeout = limit)]
    pub(crate) async fn wait(#[cfg(all())] limit: Duration, #[cfg(any())] limit: Option<Duration>) -> io::Result<()> {
        let _ = limit;
        std::future::pending().await
    }

    pub(crate) trait Existing {
        fn add(&self, one: u8, #[cfg(any())] other: u8) -> u8;
        fn name(&self, #[cfg(any())] prefix: &str, suffix: &str) -> String;
    }

    pub(crate) trait Api {
        async fn add(&self, one: u8, #[cfg(any())] other: u8) -> u8;
        fn name(&self, #[cfg(any())] prefix: &str, suffix: &str) -> String;
    }

    #[sync_bridge(twin_trait = Existing, error = panic)]
    impl Api for Client {
        async fn add(&self, one: u8, #[cfg(any())] other: u8) -> u8 {
            one + 1
        }

        fn name(&self, #[cfg(any())] prefix: &str, suffix: &str) -> String {
            format!("client{suffix}")
        }
    }

    #[sync_bridge]
    pub(crate) trait Passed {
        #[bridge(passthrough)]
        fn name(&self, #[cfg(any())] prefix: &str, suffix: &str) -> String;

        async fn get(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[sync_bridge]
    impl Passed for Client {
        #[bridge(passthrough)]
        fn name(&self, #[cfg(any())] prefix: &str, suffix: &str) -> String {
            format!("passed{suffix}")
        }
    }
}

#[test]
fn options_of_conditional_parameters() -> io::Result<()> {
    use options::{BlockingPassed, Client, Existing};
    use sync_bridge::RuntimeBridge;

    let client = Client::connect_blocking(&RuntimeBridge::new()?)?;
    assert_eq!(client.count_blocking(Box::new([1, 2].into_iter()), 3)?, 5);
    let error = options::wait_blocking(std::time::Duration::from_millis(5)).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert_eq!((Existing::add(&client, 1), Existing::name(&client, "!").as_str()), (2, "client!"));
    assert_eq!(BlockingPassed::name(&client, "?"), "passed?");
    client.get_blocking()
}
