//! Bytes that arrive: through pipes, files and sockets, with each of std's traits.

use std::io::{self, BufRead, IoSlice, Read, Seek, SeekFrom, Write};
use std::thread;

use sync_bridge::Flavor;
use tokio::io::{BufReader, duplex};
use tokio::net::{TcpListener, TcpStream};

use crate::bytes;
use crate::support::{FLAVORS, bridge, from_each_caller, watched};

#[test]
fn large_copy_through_a_duplex_pipe_arrives_for_every_caller() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                let sent = bytes(1 << 20);
                let (near, far) = duplex(4096);
                let (mut writer, mut reader) = (bridge.writer(near), bridge.reader(far));
                let received = thread::scope(|scope| {
                    scope.spawn(|| {
                        io::copy(&mut &sent[..], &mut writer).unwrap();
                        writer.shutdown().unwrap();
                    });
                    let mut received = Vec::new();
                    io::copy(&mut reader, &mut received).unwrap();
                    received
                });
                assert!(received == sent);
            });
        }
    });
}

#[test]
fn writer_that_waits_for_its_reader_serves_every_caller() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                let sent = bytes(100_000);
                let (near, far) = duplex(1024);
                let mut reader = bridge.reader(far);
                let reads = thread::spawn(move || {
                    let mut received = Vec::new();
                    reader.read_to_end(&mut received).map(|_| received)
                });
                let mut writer = bridge.writer(near);
                writer.write_all(&sent).unwrap();
                writer.flush().unwrap();
                drop(writer);
                assert!(reads.join().unwrap().unwrap() == sent);
            });
        }
    });
}

#[test]
fn lines_are_read_by_every_caller() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                let (near, far) = duplex(8);
                let mut writer = bridge.writer(near);
                let sends = thread::spawn(move || write!(writer, "first\nand a longer one\n\nlast"));
                let lines: io::Result<Vec<_>> = bridge.reader(BufReader::with_capacity(5, far)).lines().collect();
                assert_eq!(lines.unwrap(), ["first", "and a longer one", "", "last"]);
                sends.join().unwrap().unwrap();
            });
        }
    });
}

#[test]
fn file_is_written_sought_and_read_by_every_caller() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                let file = tempfile::tempfile().unwrap();
                let mut writer = bridge.writer(tokio::fs::File::from_std(file));
                writer.write_all(b"some bytes").unwrap();
                assert_eq!(writer.seek(SeekFrom::Start(5)).unwrap(), 5);
                writer.write_all(b"BYTES").unwrap();
                writer.shutdown().unwrap();

                let mut reader = bridge.reader(BufReader::new(writer.into_inner()));
                reader.rewind().unwrap();
                let mut start = [0; 2];
                reader.read_exact(&mut start).unwrap();
                assert_eq!(reader.seek(SeekFrom::Current(1)).unwrap(), 3);
                assert_eq!(io::read_to_string(&mut reader).unwrap(), "e BYTES");
                assert_eq!(reader.seek(SeekFrom::End(-1)).unwrap(), 9);
                assert_eq!(reader.stream_position().unwrap(), 9);
                assert_eq!((&start, &io::read_to_string(&mut reader).unwrap()[..]), (b"so", "S"));
            });
        }
    });
}

#[test]
fn tcp_echo_answers_every_caller() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let listener = bridge.block_on(TcpListener::bind("127.0.0.1:0")).unwrap().unwrap();
            let address = listener.local_addr().unwrap();
            let server = bridge.spawn(async move {
                while let Ok((mut stream, _)) = listener.accept().await {
                    let (mut read, mut write) = stream.split();
                    tokio::io::copy(&mut read, &mut write).await.unwrap();
                }
            });
            let client = bridge.clone();
            from_each_caller(move || {
                let (read, write) = client.block_on(TcpStream::connect(address)).unwrap().unwrap().into_split();
                let (mut reader, mut writer) = (client.reader(read), client.writer(write));
                for message in [&b"ping"[..], b"and again"] {
                    writer.write_all(message).unwrap();
                    let mut answer = vec![0; message.len()];
                    reader.read_exact(&mut answer).unwrap();
                    assert_eq!(answer, message);
                }
                writer.shutdown().unwrap();
                assert_eq!(reader.read(&mut [0]).unwrap(), 0);
            });
            server.abort();
        }
    });
}

#[test]
fn reader_borrows_from_the_caller() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let text = String::from("some bytes");
        let mut source = text.as_bytes();
        bridge.reader(&mut source).read_exact(&mut [0; 5]).unwrap();
        assert_eq!(source, b"bytes");

        let mut sink = Vec::new();
        bridge.writer(&mut sink).write_all(b"kept").unwrap();
        assert_eq!(sink, b"kept");
    });
}

#[test]
fn vectored_write_is_one_write() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let (near, far) = duplex(64);
        let mut writer = bridge.writer(near);
        assert_eq!(writer.write_vectored(&[IoSlice::new(b"some "), IoSlice::new(b"bytes")]).unwrap(), 10);
        drop(writer);
        assert_eq!(io::read_to_string(bridge.reader(far)).unwrap(), "some bytes");
    });
}
