//! The marks that each crate needs, and why. `crates/Cargo.toml` has the versions and the features.

/// A crate that gets twins.
pub(crate) struct Crate {
    pub(crate) name: &'static str,
    /// The options of each block.
    pub(crate) options: &'static str,
    pub(crate) marks: &'static [Mark],
    /// Why it does not compile.
    pub(crate) fails: Option<&'static str>,
}

/// Something that one place needs. The comments in the table say why, where it is not the kind of the output.
pub(crate) struct Mark {
    pub(crate) at: At,
    /// Options, or a line for the file.
    pub(crate) options: &'static str,
}

/// A place in the sources.
#[derive(Debug)]
pub(crate) enum At {
    /// A block, by its header: `Pool`, `Manager`, `Manager for Pool`, or the name of a function.
    Block(&'static str),
    /// A block that gets no attribute.
    Left(&'static str),
    /// A method: `Pool::get`.
    Method(&'static str),
    /// Each async method whose signature contains these tokens.
    Signature(&'static str),
    /// The first line of a file.
    File(&'static str),
}

/// None of the crates has an error that implements `From<BridgeError>`.
const WRAP: &str = "error = wrap";

pub(crate) const CRATES: &[Crate] = &[
    Crate { name: "bb8", options: WRAP, marks: &[], fails: None },
    Crate { name: "deadpool", options: WRAP, marks: &[], fails: None },
    // Its traits do not promise `Send` futures.
    Crate { name: "embedded-hal-async", options: "error = wrap, local", marks: &[], fails: None },
    Crate {
        name: "esplora-client",
        options: WRAP,
        // The futures hold one of the runtime's own, which no signature names.
        marks: &[Mark { at: At::Block("AsyncClient"), options: "bounds(S: Send + Sync, S::Sleep: Send)" }],
        fails: None,
    },
    Crate { name: "mini-redis", options: WRAP, marks: &[], fails: None },
    Crate { name: "mobc", options: WRAP, marks: &[], fails: None },
    Crate {
        name: "async-nats",
        options: WRAP,
        marks: &[
            Mark { at: At::Signature("Result<Subscriber,"), options: "iter" },
            Mark { at: At::Signature("Result<crate::Subscriber,"), options: "iter" },
            Mark { at: At::Signature("Result<Sequence,"), options: "iter" },
            Mark { at: At::Signature("Result<Stream, StreamError>"), options: "iter" },
            Mark { at: At::Signature("Result<Ordered,"), options: "iter" },
            Mark { at: At::Signature("Result<Batch,"), options: "iter" },
            Mark { at: At::Signature("Result<Messages,"), options: "iter" },
            Mark { at: At::Signature("Result<Watch,"), options: "iter" },
            Mark { at: At::Signature("Result<History,"), options: "iter" },
            Mark { at: At::Signature("Result<Keys,"), options: "iter" },
            Mark { at: At::Signature("Result<List,"), options: "iter" },
            Mark { at: At::Signature("Result<InfoWithSubjects,"), options: "iter" },
            Mark { at: At::Signature("Result<Endpoint,"), options: "iter" },
            Mark { at: At::Signature("-> StreamNames"), options: "iter" },
            Mark { at: At::Signature("-> Streams"), options: "iter" },
            Mark { at: At::Signature("-> ConsumerNames"), options: "iter" },
            Mark { at: At::Signature("-> Consumers"), options: "iter" },
            // The caller waits for the acknowledgement later.
            Mark { at: At::Signature("PublishAckFuture"), options: "as_is" },
            Mark { at: At::Signature("async fn get<T: AsRef<str> + Send>"), options: "read" },
            Mark { at: At::Signature("-> Purge<No, No>"), options: "future" },
            // The future holds a `&Consumer<T>`, which the signature does not say.
            Mark { at: At::Method("Consumer::info"), options: "bounds(T: Send + Sync)" },
        ],
        fails: None,
    },
    Crate {
        name: "octocrab",
        options: WRAP,
        marks: &[
            // Impls name the trait by its path in the root.
            Mark { at: At::File("src/lib.rs"), options: "pub use from_response::BlockingFromResponse;" },
            // The futures hold a `&` of the builder, which has a `PhantomData<T>`.
            Mark { at: At::Block("ListGistsBuilder"), options: "bounds(T: Send + Sync)" },
            Mark { at: At::Block("QueryHandler"), options: "bounds(T: Send + Sync)" },
        ],
        fails: None,
    },
    Crate {
        name: "redis",
        options: WRAP,
        marks: &[
            // The connection comes with the future that drives it.
            Mark { at: At::Signature("(Self, impl Future"), options: "as_is" },
            Mark { at: At::Signature("oneshot::Receiver<"), options: "as_is" },
            Mark { at: At::Signature("(PubSubSink, PubSubStream)"), options: "as_is" },
            Mark { at: At::Signature("-> PubSubStream"), options: "iter" },
            // Its futures hold a `&` of these, because a function that they call takes it.
            Mark {
                at: At::Signature(": impl ToRedisArgs) -> RedisResult<()>"),
                options: "bounds(impl ToRedisArgs: Send + Sync)",
            },
            // What connects a socket is internal, and its futures need not be `Send`.
            Mark { at: At::Left("RedisRuntime"), options: "" },
            Mark { at: At::Left("RedisRuntime for Tokio"), options: "" },
            Mark { at: At::Left("connect_simple"), options: "" },
        ],
        fails: None,
    },
    Crate {
        name: "tokio-postgres",
        options: WRAP,
        marks: &[
            Mark { at: At::Signature("Result<RowStream,"), options: "iter" },
            Mark { at: At::Signature("Result<SimpleQueryStream,"), options: "iter" },
            Mark { at: At::Signature("Result<CopyOutStream,"), options: "iter" },
            // Only async code can use these: a sink, a future that the program spawns, and sockets.
            Mark { at: At::Signature("Result<CopyInSink<"), options: "as_is" },
            Mark { at: At::Signature("Connection<"), options: "as_is" },
            Mark { at: At::Signature("Result<Socket,"), options: "as_is" },
            Mark { at: At::Signature("Result<MaybeTlsStream<"), options: "as_is" },
            // The futures hold these, and signatures do not name them.
            Mark {
                at: At::Signature("MakeTlsConnect<Socket>"),
                options: "bounds(T::Stream: Send, T::TlsConnect: Send, \
                    <T::TlsConnect as crate::tls::TlsConnect<Socket>>::Future: Send)",
            },
            Mark { at: At::Signature(":TlsConnect<S>"), options: "bounds(T::Stream: Send, T::Future: Send)" },
        ],
        fails: None,
    },
];
