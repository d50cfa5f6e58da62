//! `bridge = argument`: a bridge that the caller of a twin passes in, seen from inside the future by the id of its
//! runtime. The methods have no `self`, or one that has no bridge.

use std::sync::Arc;
use sync_bridge::{RuntimeBridge, sync_bridge};
use tokio::runtime::{Handle, Id};

mod support;

use support::watched;

/// Has a bridge in a field, and lends it.
#[derive(Clone)]
pub(crate) struct Context {
    bridge: RuntimeBridge,
    shared: Arc<RuntimeBridge>,
}

impl Context {
    fn new() -> Self {
        let bridge = RuntimeBridge::new().unwrap();
        Self { shared: Arc::new(bridge.clone()), bridge }
    }

    fn lent(&self) -> &RuntimeBridge {
        &self.bridge
    }

    fn id(&self) -> Id {
        self.bridge.block_on_with(|| async { Handle::current().id() }).unwrap()
    }
}

async fn id() -> Id {
    tokio::task::yield_now().await;
    Handle::current().id()
}

/// All ways to name an argument, in methods of a type that is yet to be made.
struct Client(Id);

#[sync_bridge(error = panic)]
impl Client {
    #[bridge(bridge = bridge)]
    pub(crate) async fn connect(bridge: &RuntimeBridge, _url: &str) -> Self {
        let _ = bridge;
        Self(id().await)
    }

    #[bridge(bridge = bridge)]
    pub(crate) async fn taken(bridge: RuntimeBridge) -> Self {
        drop(bridge);
        Self(id().await)
    }

    #[bridge(bridge = *bridge)]
    pub(crate) async fn counted(bridge: Arc<RuntimeBridge>) -> Self {
        drop(bridge);
        Self(id().await)
    }

    #[bridge(bridge = context.bridge)]
    pub(crate) async fn field<'a>(context: &'a Context, url: &'a str) -> (Self, &'a str) {
        let _ = context;
        (Self(id().await), url)
    }

    #[bridge(bridge = context.shared)]
    pub(crate) async fn field_of_taken(context: Context) -> (Self, Context) {
        (Self(id().await), context)
    }

    #[bridge(bridge = context.bridge)]
    pub(crate) async fn field_of_exclusive(context: &mut Context) -> Self {
        context.shared = Arc::new(context.bridge.clone());
        Self(id().await)
    }

    #[bridge(bridge = context.lent())]
    pub(crate) async fn method(&self, context: &Context) -> Id {
        let _ = context;
        id().await
    }

    #[bridge(bridge = context.lent())]
    pub(crate) async fn method_of_taken(self, context: Context) -> Id {
        drop(context);
        id().await
    }

    #[bridge(bridge = &context.bridge, enter)]
    pub(crate) fn entered(context: &Context) -> Id {
        let _ = context;
        Handle::current().id()
    }
}

#[test]
fn argument_of_an_inherent_method() {
    watched(|| {
        let mut context = Context::new();
        let expected = context.id();
        assert_eq!(Client::connect_blocking(&context.bridge, "url").0, expected);
        assert_eq!(Client::taken_blocking(context.bridge.clone()).0, expected);
        assert_eq!(Client::counted_blocking(Arc::clone(&context.shared)).0, expected);
        let (client, url) = Client::field_blocking(&context, "url");
        assert_eq!((client.0, url), (expected, "url"));
        assert_eq!(Client::field_of_taken_blocking(context.clone()).0.0, expected);
        assert_eq!(Client::field_of_exclusive_blocking(&mut context).0, expected);
        assert_eq!(client.method_blocking(&context), expected);
        assert_eq!(client.method_of_taken_blocking(context.clone()), expected);
        assert_eq!(Client::entered_blocking(&context), expected);
    });
}

/// On a function the option of the attribute may name an argument itself.
mod functions {
    use super::*;

    #[sync_bridge(error = panic, bridge = bridge)]
    pub(crate) async fn fetch(bridge: &RuntimeBridge) -> Id {
        let _ = bridge;
        id().await
    }

    #[sync_bridge(error = panic, bridge = context.bridge)]
    pub(crate) async fn taken(context: Context, mut url: String) -> (Id, String) {
        drop(context);
        url.push('!');
        (id().await, url)
    }

    /// Not the argument, though it has the name.
    mod other {
        use super::*;

        pub(crate) struct Same(pub(crate) Context);

        #[sync_bridge(error = panic, bridge = self.0.bridge)]
        impl Same {
            pub(crate) async fn of_block(&self, bridge: u8) -> (Id, u8) {
                (id().await, bridge)
            }

            #[bridge(bridge = context.bridge)]
            pub(crate) async fn of_method(&self, context: &Context) -> Id {
                let _ = context;
                id().await
            }
        }
    }

    pub(crate) use other::Same;
}

#[test]
fn argument_of_a_function() {
    watched(|| {
        let context = Context::new();
        assert_eq!(functions::fetch_blocking(&context.bridge), context.id());
        assert_eq!(functions::taken_blocking(context.clone(), "url".to_owned()), (context.id(), "url!".to_owned()));
        let same = functions::Same(Context::new());
        assert_eq!(same.of_block_blocking(7), (same.0.id(), 7));
        assert_eq!(same.of_method_blocking(&context), context.id());
    });
}

/// The same signatures in each form of a trait and its twin.
macro_rules! form {
    ($name:ident, { $($items:item)* }) => {
        mod $name {
            use super::*;

            pub(crate) struct Value;

            $($items)*

            #[test]
            fn argument() {
                watched(|| {
                    let mut context = Context::new();
                    let expected = context.id();
                    assert_eq!(Value.shared_blocking(&context), expected);
                    assert_eq!(Value.exclusive_blocking(&mut context), expected);
                    assert_eq!(Value.taken_blocking(context.clone()), expected);
                    assert_eq!(Value::none_blocking(&context), expected);
                });
            }
        }
    };
}

/// Their methods, with or without bodies.
macro_rules! methods {
    ($form:ident! { $($form_of:tt)* }) => {
        $form! { $($form_of)* {
            #[bridge(bridge = context.bridge)]
            async fn shared(&self, context: &Context) -> Id;
            #[bridge(bridge = context.bridge)]
            async fn exclusive(&mut self, context: &mut Context) -> Id;
            #[bridge(bridge = context.bridge)]
            async fn taken(self, context: Context) -> Id where Self: Sized;
            #[bridge(bridge = context.bridge)]
            async fn none(context: &Context) -> Id where Self: Sized;
        } {
            #[bridge(bridge = context.bridge)]
            async fn shared(&self, context: &Context) -> Id {
                let _ = context;
                id().await
            }
            #[bridge(bridge = context.bridge)]
            async fn exclusive(&mut self, context: &mut Context) -> Id {
                let _ = context;
                id().await
            }
            #[bridge(bridge = context.bridge)]
            async fn taken(self, context: Context) -> Id where Self: Sized {
                drop(context);
                id().await
            }
            #[bridge(bridge = context.bridge)]
            async fn none(context: &Context) -> Id where Self: Sized {
                let _ = context;
                id().await
            }
        } }
    };
}

macro_rules! of_impl {
    ({ $($sigs:tt)* } { $($bodies:tt)* }) => {
        form! { of_impl, {
            #[sync_bridge(error = panic)]
            trait Api { $($sigs)* }
            #[sync_bridge(error = panic)]
            impl Api for Value { $($bodies)* }
        } }
    };
}
methods! { of_impl! {} }

macro_rules! of_default {
    ({ $($sigs:tt)* } { $($bodies:tt)* }) => {
        form! { of_default, {
            #[sync_bridge(error = panic)]
            trait Api: Send + Sync { $($bodies)* }
            #[sync_bridge(error = panic)]
            impl Api for Value {}
        } }
    };
}
methods! { of_default! {} }

macro_rules! of_boxed {
    ({ $($sigs:tt)* } { $($bodies:tt)* }) => {
        form! { of_boxed, {
            #[sync_bridge(error = panic)]
            #[async_trait::async_trait]
            trait Api: Send + Sync { $($bodies)* }
            #[async_trait::async_trait]
            #[sync_bridge(error = panic)]
            impl Api for Value { $($bodies)* }
        } }
    };
}
methods! { of_boxed! {} }

macro_rules! of_blanket {
    ({ $($sigs:tt)* } { $($bodies:tt)* }) => {
        form! { of_blanket, {
            #[sync_bridge(error = panic, blanket)]
            trait Api: Send + Sync { $($sigs)* }
            #[sync_bridge(error = panic, twin_trait = Unused)]
            impl Api for Value { $($bodies)* }
            #[allow(dead_code)]
            trait Unused {
                fn shared(&self, context: &Context) -> Id;
                fn exclusive(&mut self, context: &mut Context) -> Id;
                fn taken(self, context: Context) -> Id;
                fn none(context: &Context) -> Id;
            }
        } }
    };
}
methods! { of_blanket! {} }

macro_rules! of_mirror {
    ({ $($sigs:tt)* } { $($bodies:tt)* }) => {
        form! { of_mirror, {
            mod remote {
                use super::*;

                #[sync_bridge(error = panic, twin = Other)]
                #[async_trait::async_trait]
                pub(crate) trait Api: Send + Sync { $($bodies)* }
            }
            #[sync_bridge(error = panic, remote = remote::Api)]
            trait Api { $($sigs)* }
            #[async_trait::async_trait]
            impl remote::Api for Value {}
        } }
    };
}
methods! { of_mirror! {} }

/// A trait's default, where the impl has another bridge for the rest.
mod besides {
    use super::*;

    pub(crate) struct Owner(pub(crate) Context);

    #[sync_bridge(error = panic)]
    pub(crate) trait Api {
        #[bridge(bridge = context.bridge)]
        async fn given(&self, context: &Context) -> Id {
            let _ = context;
            id().await
        }

        async fn own(&self) -> Id {
            id().await
        }
    }

    #[sync_bridge(error = panic, bridge = self.0.bridge)]
    impl Api for Owner {}
}

#[test]
fn argument_instead_of_the_bridge_of_the_block() {
    use besides::{BlockingApi, Owner};

    watched(|| {
        let (owner, context) = (Owner(Context::new()), Context::new());
        // A thread that drives a runtime hands the call to the bridge.
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            assert_eq!(owner.given_blocking(&context), context.id());
            assert_eq!(owner.own_blocking(), owner.0.id());
        });
    });
}
