//! One async object that is read and written.

use std::io::{BufRead, ErrorKind, Read, Seek, SeekFrom, Write};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::bytes;
use crate::support::{FLAVORS, bridge, watched};

#[test]
fn what_is_written_is_read_back() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let file = bridge.block_on(async { tokio::fs::File::from_std(tempfile::tempfile().unwrap()) }).unwrap();
            let mut file = bridge.io(tokio::io::BufStream::new(file));
            file.write_all(&bytes(10_000)).unwrap();
            file.flush().unwrap();
            file.seek(SeekFrom::Start(251)).unwrap();
            assert_eq!(file.fill_buf().unwrap()[..3], [0, 1, 2]);
            file.consume(2);
            let mut rest = Vec::new();
            file.read_to_end(&mut rest).unwrap();
            assert_eq!(rest, bytes(10_000)[253..]);
        }
    });
}

#[test]
fn peer_reads_until_the_writing_half_is_shut_down() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let (here, there) = tokio::io::duplex(64);
            let mut client = bridge.io(here);
            let server = bridge.clone();
            let echo = std::thread::spawn(move || {
                let mut server = server.io(there);
                let mut question = Vec::new();
                server.read_to_end(&mut question).unwrap();
                server.write_all(&question).unwrap();
            });
            client.write_all(&bytes(1000)).unwrap();
            client.shutdown().unwrap();
            let mut answer = Vec::new();
            client.read_to_end(&mut answer).unwrap();
            assert_eq!(answer, bytes(1000));
            echo.join().unwrap();
        }
    });
}

#[test]
fn reader_also_writes_and_writer_also_reads() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let (here, there) = tokio::io::duplex(64);
            let (mut reader, mut writer) = (bridge.reader(here), bridge.writer(there));
            reader.write_all(b"question").unwrap();
            reader.shutdown().unwrap();
            assert_eq!(std::io::read_to_string(&mut writer).unwrap(), "question");
            writer.write_all(b"answer").unwrap();
            writer.shutdown().unwrap();
            assert_eq!(std::io::read_to_string(&mut reader).unwrap(), "answer");
        }
    });
}

#[test]
fn options_hold_for_each_operation() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let token = CancellationToken::new();
            let (here, _silent) = tokio::io::duplex(4);
            let mut peer = bridge.call().timeout(Duration::from_millis(5)).cancel_on(&token).io(here);
            assert_eq!(peer.write(b"some bytes").unwrap(), 4);
            assert_eq!(peer.write(b"bytes").unwrap_err().kind(), ErrorKind::TimedOut);
            token.cancel();
            let error = peer.read(&mut [0; 4]).unwrap_err();
            assert!(error.to_string().contains("cancelled"), "{error}");
        }
    });
}
