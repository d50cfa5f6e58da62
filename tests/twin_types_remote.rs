//! Twin types of other people's types: the signatures are those of the twins.

use sync_bridge::{BridgeError, RuntimeBridge, TwinType};

/// Somebody else's crate.
#[expect(clippy::unused_self, reason = "as methods of clients are")]
mod foreign {
    use futures::stream::{self, BoxStream, Stream};
    use std::fmt;
    use std::time::Duration;

    #[derive(Debug)]
    pub(crate) struct Error(pub(crate) String);

    impl fmt::Display for Error {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(&self.0)
        }
    }

    #[derive(Clone, Debug)]
    pub(crate) struct Client {
        limit: Option<Duration>,
    }

    #[derive(Debug)]
    pub(crate) struct Request {
        pub(crate) path: String,
    }

    #[derive(Debug)]
    pub(crate) struct Response {
        pub(crate) body: String,
    }

    #[derive(Debug)]
    pub(crate) struct RequestBuilder<'a> {
        client: &'a Client,
        path: String,
    }

    #[derive(Debug)]
    pub(crate) struct Pool<T>(pub(crate) Vec<T>);

    impl Client {
        pub(crate) fn new() -> Self {
            tokio::runtime::Handle::current();
            Self { limit: None }
        }

        pub(crate) fn with_limit(mut self, limit: Duration) -> Self {
            self.limit = Some(limit);
            self
        }

        pub(crate) fn limit(&self) -> Option<Duration> {
            self.limit
        }

        pub(crate) async fn execute(&self, request: Request) -> Result<Response, Error> {
            tokio::time::sleep(Duration::from_millis(1)).await;
            if request.path.is_empty() {
                return Err(Error("no path".to_owned()));
            }
            Ok(Response { body: request.path })
        }

        pub(crate) fn get(&self, path: &str) -> RequestBuilder<'_> {
            RequestBuilder { client: self, path: path.to_owned() }
        }

        pub(crate) fn responses(&self) -> BoxStream<'_, Result<Response, Error>> {
            Box::pin(stream::iter([Ok(Response { body: "one".to_owned() })]))
        }

        pub(crate) fn all(&self) -> impl Stream<Item = Response> + use<> {
            stream::iter(["one", "two"].map(|body| Response { body: body.to_owned() }))
        }

        pub(crate) async fn both(&self) -> (Response, Option<Response>) {
            tokio::task::yield_now().await;
            (Response { body: "one".to_owned() }, None)
        }
    }

    impl RequestBuilder<'_> {
        pub(crate) fn query(mut self, query: &str) -> Self {
            self.path = format!("{}?{query}", self.path);
            self
        }

        pub(crate) async fn send(self) -> Result<Response, Error> {
            self.client.execute(Request { path: self.path }).await
        }
    }

    impl Response {
        pub(crate) fn length(&self) -> usize {
            self.body.len()
        }

        pub(crate) async fn text(self) -> Result<String, Error> {
            tokio::task::yield_now().await;
            Ok(self.body)
        }
    }

    impl<T: Clone> Pool<T> {
        pub(crate) async fn first(&mut self) -> Option<T> {
            tokio::task::yield_now().await;
            self.0.first().cloned()
        }
    }
}

mod blocking {
    use super::foreign;
    use futures::stream::{BoxStream, Stream};
    use std::fmt;
    use std::time::Duration;
    use sync_bridge::{BridgeError, TwinType, sync_bridge};

    /// The error of the blocking client, which has a place for a failure of the bridge.
    #[derive(Debug)]
    pub(crate) enum Error {
        Foreign(foreign::Error),
        Bridge(BridgeError),
    }

    impl From<foreign::Error> for Error {
        fn from(error: foreign::Error) -> Self {
            Self::Foreign(error)
        }
    }

    impl From<BridgeError> for Error {
        fn from(error: BridgeError) -> Self {
            Self::Bridge(error)
        }
    }

    impl fmt::Display for Error {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self {
                Self::Foreign(error) => error.fmt(f),
                Self::Bridge(error) => error.fmt(f),
            }
        }
    }

    #[sync_bridge(remote = foreign::Client)]
    #[derive(Clone, Debug)]
    pub(crate) struct Client;

    #[sync_bridge(remote = foreign::Response)]
    pub(crate) struct Response;

    #[sync_bridge(remote = foreign::RequestBuilder<'a>)]
    pub(crate) struct RequestBuilder<'a>;

    #[sync_bridge(remote = foreign::Pool<T>)]
    pub(crate) struct Pool<T>;

    #[sync_bridge(remote = foreign::Client, twins(Response, RequestBuilder))]
    impl Client {
        pub(crate) fn new() -> Self;
        pub(crate) fn with_limit(self, limit: Duration) -> Self;
        pub(crate) fn limit(&self) -> Option<Duration>;
        pub(crate) async fn execute(&self, request: foreign::Request) -> Result<Response, Error>;
        pub(crate) fn get(&self, path: &str) -> RequestBuilder<'_>;
        pub(crate) fn responses(&self) -> BoxStream<'_, Result<Response, Error>>;
        #[bridge(error = wrap)]
        pub(crate) fn all(&self) -> impl Stream<Item = Response> + use<>;
        #[bridge(collect = Vec<Response>, error = wrap)]
        #[bridge(calls = foreign::Client::all)]
        pub(crate) fn collected(&self) -> impl Stream<Item = Response> + use<>;
        #[bridge(error = wrap)]
        pub(crate) async fn both(&self) -> (Response, Option<Response>);

        // For the methods beside it.
        #[bridge(calls = foreign::Client::limit)]
        fn private_limit(&self) -> Option<Duration>;

        pub(crate) fn by_hand(&self) -> bool {
            self.private_limit() == self.as_async().limit()
        }
    }

    #[sync_bridge(remote = foreign::RequestBuilder<'_>, twins(Response))]
    impl RequestBuilder<'_> {
        pub(crate) fn query(self, query: &str) -> Self;
        #[bridge(timeout = "5s")]
        pub(crate) async fn send(self) -> Result<Response, Error>;
    }

    #[sync_bridge(remote = foreign::Response)]
    impl Response {
        pub(crate) fn length(&self) -> usize;
        pub(crate) async fn text(self) -> Result<String, Error>;
    }

    #[sync_bridge(remote = foreign::Pool<T>, error = wrap)]
    impl<T: Clone> Pool<T> {
        pub(crate) async fn first(&mut self) -> Option<T>;
    }
}

use blocking::Client;

#[test]
fn methods_have_signatures_of_twins() -> Result<(), blocking::Error> {
    let client = Client::new().with_limit(std::time::Duration::from_secs(1));
    assert!(client.by_hand());
    assert!(client.limit().is_some());
    let response = client.execute(foreign::Request { path: "path".to_owned() })?;
    assert_eq!(response.length(), 4);
    assert_eq!(response.text()?, "path");
    assert_eq!(client.get("path").query("a=b").send()?.text()?, "path?a=b");
    Ok(())
}

#[test]
fn errors_become_those_of_signatures() {
    let error = Client::new().execute(foreign::Request { path: String::new() }).err().unwrap();
    assert!(matches!(&error, blocking::Error::Foreign(foreign::Error(text)) if text == "no path"), "{error}");
}

#[test]
fn streams_have_twins() -> Result<(), BridgeError> {
    let client = Client::new();
    assert_eq!(client.responses().next().unwrap().unwrap().length(), 3);
    assert_eq!(client.all().map(|response| response.unwrap().length()).collect::<Vec<_>>(), [3, 3]);
    let collected = client.collected()?;
    assert_eq!(collected.len(), 2);
    let (one, none) = client.both()?;
    assert_eq!(one.as_async().body, "one");
    assert!(none.is_none());
    Ok(())
}

#[test]
fn generic_types_have_twins() -> Result<(), Box<dyn std::error::Error>> {
    let bridge = RuntimeBridge::new()?;
    let mut pool = blocking::Pool::from_async_on(foreign::Pool(vec![3, 4]), &bridge);
    assert_eq!(pool.first()?, Some(3));
    assert_eq!(pool.bridge()?.handle().id(), bridge.handle().id());
    Ok(())
}
