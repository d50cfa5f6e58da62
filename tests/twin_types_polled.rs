//! Twin types of what async code polls: streams, readers, writers, sinks and futures.

use futures::sink::Sink;
use futures::stream::Stream;
use std::future::{Future, IntoFuture};
use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::task::{Context, Poll};
use sync_bridge::{BridgeError, TwinType, sync_bridge};
use tokio::io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};

#[derive(Debug)]
pub(crate) enum Error {
    Torn,
    Bridge(BridgeError),
}

impl From<BridgeError> for Error {
    fn from(error: BridgeError) -> Self {
        Self::Bridge(error)
    }
}

impl From<io::Error> for Error {
    fn from(_: io::Error) -> Self {
        Self::Torn
    }
}

/// Returns `Pending` once.
#[derive(Debug, Default)]
struct Once(bool);

impl Once {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if std::mem::take(&mut self.0) {
            return Poll::Ready(());
        }
        self.0 = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

#[sync_bridge]
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Message(u8);

/// A stream that must not be polled after its end.
#[sync_bridge]
pub(crate) struct Subscriber {
    left: u8,
    has_ended: bool,
    once: Once,
}

#[sync_bridge(twin = BlockingSubscriber, twins(Message))]
impl Stream for Subscriber {
    type Item = Result<Message, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        assert!(!self.has_ended, "polled after its end");
        std::task::ready!(self.once.poll(cx));
        if self.left == 0 {
            self.has_ended = true;
            return Poll::Ready(None);
        }
        self.left -= 1;
        Poll::Ready(Some(if self.left == 1 { Err(Error::Torn) } else { Ok(Message(self.left)) }))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left.into(), Some(self.left.into()))
    }
}

#[sync_bridge(twin = BlockingSubscriber)]
impl Subscriber {
    pub(crate) fn left(&self) -> u8 {
        self.left
    }
}

#[test]
fn stream_is_an_iterator_that_ends() {
    let mut subscriber = BlockingSubscriber::from_async(Subscriber { left: 3, has_ended: false, once: Once(false) });
    assert_eq!(subscriber.size_hint(), (1, Some(4)));
    let message: BlockingMessage = subscriber.next().unwrap().unwrap();
    assert_eq!(message.into_async(), Message(2));
    assert_eq!(subscriber.left(), 2);
    assert!(matches!(subscriber.next(), Some(Err(Error::Torn))));
    assert_eq!(subscriber.next().unwrap().unwrap().into_async(), Message(0));
    assert!(subscriber.next().is_none());
    assert!(subscriber.next().is_none());
    assert_eq!(subscriber.size_hint(), (0, Some(0)));
}

#[test]
fn failure_of_bridge_is_last_item() {
    let bridge = sync_bridge::RuntimeBridge::new().unwrap();
    let subscriber = Subscriber { left: 3, has_ended: false, once: Once(false) };
    let mut subscriber = BlockingSubscriber::from_async_on(subscriber, &bridge);
    assert!(subscriber.next().unwrap().is_ok());
    bridge.shutdown(std::time::Duration::ZERO);
    assert!(matches!(subscriber.next(), Some(Err(Error::Bridge(BridgeError::WorkerDead)))));
    assert!(subscriber.next().is_none());
}

/// A file in memory.
#[sync_bridge(forward(AsyncRead, AsyncBufRead, AsyncWrite, AsyncSeek))]
pub(crate) struct File {
    bytes: Vec<u8>,
    at: usize,
    once: Once,
}

impl AsyncBufRead for File {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        // A full buffer is shown at once.
        if this.at >= this.bytes.len() {
            std::task::ready!(this.once.poll(cx));
        }
        Poll::Ready(Ok(&this.bytes[this.at..]))
    }

    fn consume(mut self: Pin<&mut Self>, amount: usize) {
        self.at += amount;
    }
}

impl AsyncRead for File {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        std::task::ready!(self.once.poll(cx));
        let amount = buffer.remaining().min(self.bytes.len() - self.at);
        buffer.put_slice(&self.bytes[self.at..self.at + amount]);
        self.at += amount;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for File {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        std::task::ready!(self.once.poll(cx));
        self.bytes.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl AsyncSeek for File {
    fn start_seek(mut self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        let SeekFrom::Start(at) = position else { return Err(io::Error::other("from the start only")) };
        self.at = usize::try_from(at).unwrap();
        Ok(())
    }

    fn poll_complete(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        std::task::ready!(self.once.poll(cx));
        Poll::Ready(Ok(self.at as u64))
    }
}

#[test]
fn readers_and_writers_are_those_of_std() -> io::Result<()> {
    let mut file = BlockingFile::from_async(File { bytes: Vec::new(), at: 0, once: Once(false) });
    file.write_all(b"one\ntwo\n")?;
    file.flush()?;
    let mut line = String::new();
    file.read_line(&mut line)?;
    assert_eq!(line, "one\n");
    let mut rest = String::new();
    file.read_to_string(&mut rest)?;
    assert_eq!(rest, "two\n");
    assert_eq!(file.seek(SeekFrom::Start(2))?, 2);
    rest.clear();
    file.read_to_string(&mut rest)?;
    assert_eq!(rest, "e\ntwo\n");
    assert_eq!(file.seek(SeekFrom::End(0)).unwrap_err().to_string(), "from the start only");
    Ok(())
}

/// A sink that is not `Unpin`, of somebody else's.
mod foreign {
    use super::{Context, Error, Message, Once, PhantomPinned, Pin, Poll, Sink};

    pub(crate) struct Publisher {
        pub(crate) buffered: Vec<u8>,
        pub(crate) delivered: Vec<u8>,
        pub(crate) once: Once,
        pub(crate) is_closed: bool,
        _pinned: PhantomPinned,
    }

    impl Publisher {
        pub(crate) fn open() -> Self {
            Self {
                buffered: Vec::new(),
                delivered: Vec::new(),
                once: Once(false),
                is_closed: false,
                _pinned: PhantomPinned,
            }
        }

        pub(crate) fn delivered(&self) -> &[u8] {
            &self.delivered
        }

        pub(crate) async fn finish(mut self: Pin<&mut Self>) -> Result<usize, Error> {
            std::future::poll_fn(|cx| self.as_mut().poll_close(cx)).await?;
            Ok(self.delivered.len())
        }

        #[expect(unsafe_code, reason = "a type that is not `Unpin` needs it")]
        fn fields(self: Pin<&mut Self>) -> &mut Self {
            // SAFETY: nothing is moved out of the fields.
            unsafe { self.get_unchecked_mut() }
        }
    }

    impl Sink<Message> for Publisher {
        type Error = Error;

        fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
            self.fields().once.poll(cx).map(Ok)
        }

        fn start_send(self: Pin<&mut Self>, item: Message) -> Result<(), Error> {
            if item.0 == 0 {
                return Err(Error::Torn);
            }
            self.fields().buffered.push(item.0);
            Ok(())
        }

        fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
            let fields = self.fields();
            fields.once.poll(cx).map(|()| {
                let buffered = std::mem::take(&mut fields.buffered);
                fields.delivered.extend(buffered);
                Ok(())
            })
        }

        fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
            std::task::ready!(self.as_mut().poll_flush(cx))?;
            self.fields().is_closed = true;
            Poll::Ready(Ok(()))
        }
    }
}

#[sync_bridge(remote = Pin<Box<foreign::Publisher>>, forward(Sink<Message>))]
pub(crate) struct Publisher;

#[sync_bridge(remote = Pin<Box<foreign::Publisher>>)]
impl Publisher {
    pub(crate) fn open() -> Self;
    pub(crate) fn delivered(&self) -> &[u8];
    pub(crate) async fn finish(self: Pin<&mut Self>) -> Result<usize, Error>;
}

#[test]
fn sink_that_must_not_move_is_pinned() -> Result<(), Error> {
    let mut publisher = Publisher::open();
    publisher.feed(Message(1))?;
    assert_eq!(publisher.delivered(), []);
    publisher.send(Message(2))?;
    assert_eq!(publisher.delivered(), [1, 2]);
    assert!(matches!(publisher.send(Message(0)), Err(Error::Torn)));
    publisher.feed(Message(3))?;
    publisher.flush()?;
    let mut publisher = std::convert::identity(publisher);
    publisher.feed(Message(4))?;
    assert_eq!(publisher.finish()?, 4);
    publisher.close()?;
    assert!(publisher.as_async().is_closed);
    Ok(())
}

/// A request that is made when it is awaited.
#[sync_bridge]
pub(crate) struct Find<'a> {
    name: &'a str,
    limit: Option<u8>,
}

#[sync_bridge(twin = BlockingFind)]
impl<'a> Find<'a> {
    pub(crate) fn named(name: &'a str) -> Self {
        Self { name, limit: None }
    }

    #[must_use]
    pub(crate) fn limit(mut self, limit: u8) -> Self {
        self.limit = Some(limit);
        self
    }
}

#[sync_bridge(twin = BlockingFind, twins(Message))]
impl<'a> IntoFuture for Find<'a> {
    type Output = Result<Vec<Message>, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            tokio::task::yield_now().await;
            let length = u8::try_from(self.name.len()).map_err(|_| Error::Torn)?;
            Ok(vec![Message(self.limit.map_or(length, |limit| limit.min(length)))])
        })
    }
}

#[test]
fn builder_is_run() -> Result<(), Error> {
    let name = String::from("name");
    let found: Vec<BlockingMessage> = BlockingFind::named(&name).limit(2).run()?;
    assert_eq!(*found[0].as_async(), Message(2));
    Ok(())
}
