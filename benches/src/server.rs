//! The other end of the wire: servers on this machine that answer at once.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::Builder;

use crate::contender::Contender;

/// The size of a request to the echo servers, and of the answer.
pub const MESSAGE: usize = 64;

/// The size of what is read or written at once where there is much of it.
pub const CHUNK: usize = 64 << 10;

/// The addresses of the servers, which run as long as the process.
#[derive(Clone, Copy, Debug)]
pub struct Servers {
    /// Sends back each message. A blocking thread for each connection: the fastest answer to one caller.
    pub echo: SocketAddr,
    /// Sends back each message. One thread for all connections: the fastest answer to many callers.
    pub crowd: SocketAddr,
    /// Takes a number of bytes, as eight bytes in big endian, and sends as many, in whole chunks.
    pub source: SocketAddr,
    /// Answers each HTTP request with the same few bytes.
    pub http: SocketAddr,
}

impl Servers {
    /// Starts the servers, with threads that inherit the placement of this one.
    #[must_use]
    pub fn start() -> Self {
        Self { echo: threads(echo), crowd: one_thread(), source: threads(source), http: threads(http) }
    }
}

fn threads(serve: fn(TcpStream) -> io::Result<()>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            stream.set_nodelay(true).expect("a socket");
            // It ends, with an error or not, when the client has gone.
            thread::spawn(move || serve(stream));
        }
    });
    address
}

fn echo(mut stream: TcpStream) -> io::Result<()> {
    let mut message = [0; MESSAGE];
    loop {
        stream.read_exact(&mut message)?;
        stream.write_all(&message)?;
    }
}

fn source(mut stream: TcpStream) -> io::Result<()> {
    let chunk = vec![1; CHUNK];
    loop {
        let mut size = [0; 8];
        stream.read_exact(&mut size)?;
        for _ in 0..u64::from_be_bytes(size) / CHUNK as u64 {
            stream.write_all(&chunk)?;
        }
    }
}

fn http(mut stream: TcpStream) -> io::Result<()> {
    let mut request = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        while !request.ends_with(b"\r\n\r\n") {
            match stream.read(&mut buffer)? {
                0 => return Ok(()),
                count => request.extend_from_slice(&buffer[..count]),
            }
        }
        request.clear();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello")?;
    }
}

fn one_thread() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    listener.set_nonblocking(true).expect("a socket");
    thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            loop {
                let (mut stream, _) = listener.accept().await.expect("a connection");
                stream.set_nodelay(true).expect("a socket");
                tokio::spawn(async move {
                    let mut message = [0; MESSAGE];
                    while stream.read_exact(&mut message).await.is_ok() {
                        if stream.write_all(&message).await.is_err() {
                            break;
                        }
                    }
                });
            }
        });
    });
    address
}

/// A connection that one call after another uses.
#[derive(Clone, Debug)]
pub enum Line {
    /// Registered with the contender's reactor, once.
    Kept(Arc<tokio::net::TcpStream>),
    /// Registered with a reactor by each call.
    PerCall(Arc<TcpStream>),
}

impl Line {
    /// Connects, in a call of the contender's.
    pub fn open<C: Contender>(contender: &C, address: SocketAddr) -> Self {
        let stream = open(address);
        if C::LASTING_REACTOR {
            stream.set_nonblocking(true).expect("a socket");
            let register = || async { tokio::net::TcpStream::from_std(stream) };
            Self::Kept(Arc::new(contender.call(register).expect("a connection")))
        } else {
            Self::PerCall(Arc::new(stream))
        }
    }

    /// The connection, inside of the call that is to use it.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn stream(self) -> io::Result<Arc<tokio::net::TcpStream>> {
        match self {
            Self::Kept(stream) => Ok(stream),
            Self::PerCall(stream) => {
                let stream = stream.try_clone()?;
                stream.set_nonblocking(true)?;
                tokio::net::TcpStream::from_std(stream).map(Arc::new)
            }
        }
    }
}

/// A blocking connection.
#[must_use]
pub fn open(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("a connection");
    stream.set_nodelay(true).expect("a socket");
    stream
}

/// Writes all of the bytes.
///
/// # Errors
///
/// Those of the connection.
pub async fn write(stream: &tokio::net::TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.writable().await?;
        match stream.try_write(bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Reads what is there, once there is something.
///
/// # Errors
///
/// Those of the connection.
pub async fn read(stream: &tokio::net::TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        stream.readable().await?;
        match stream.try_read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            done => return done,
        }
    }
}
