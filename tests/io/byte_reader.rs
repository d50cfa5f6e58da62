//! The bytes of streams.

use std::io::{self, BufRead, ErrorKind, Read};

use futures::channel::mpsc;
use futures::stream::{self, StreamExt};
use sync_bridge::{ByteReader, RuntimeBridge};

use crate::support::{FLAVORS, bridge, from_each_caller, watched};

#[test]
fn read_to_the_end_from_each_caller() {
    for flavor in FLAVORS {
        let bridge = bridge(flavor);
        from_each_caller(move || {
            let bytes = crate::bytes(1000);
            let pieces: Vec<io::Result<Vec<u8>>> = bytes.chunks(7).map(|piece| Ok(piece.to_vec())).collect();
            let slow = stream::iter(pieces).then(|piece| async {
                tokio::task::yield_now().await;
                piece
            });
            let mut read = Vec::new();
            bridge.reader(ByteReader::new(Box::pin(slow))).read_to_end(&mut read).unwrap();
            assert_eq!(read, bytes);
        });
    }
}

#[test]
fn empty_pieces_do_not_end_the_text() -> io::Result<()> {
    let pieces = stream::iter([io::Result::Ok(""), Ok("a"), Ok(""), Ok(""), Ok("b"), Ok("")]);
    assert_eq!(io::read_to_string(RuntimeBridge::new()?.reader(ByteReader::new(pieces)))?, "ab");
    Ok(())
}

#[test]
fn piece_is_read_in_parts() -> io::Result<()> {
    let mut reader = RuntimeBridge::new()?.reader(ByteReader::new(stream::iter([io::Result::Ok("abc"), Ok("d")])));
    let mut two = [0; 2];
    assert_eq!(reader.read(&mut two)?, 2);
    assert_eq!(&two, b"ab");
    // No read waits for more than there is.
    assert_eq!(reader.read(&mut two)?, 1);
    assert_eq!(reader.fill_buf()?, b"d");
    assert_eq!(reader.fill_buf()?, b"d");
    reader.consume(1);
    assert_eq!(reader.fill_buf()?, b"");
    assert_eq!(reader.read(&mut two)?, 0);
    Ok(())
}

#[test]
fn nothing_is_polled_for_an_empty_buffer() {
    watched(|| {
        let pending = stream::pending::<io::Result<Vec<u8>>>();
        let mut reader = RuntimeBridge::new().unwrap().reader(ByteReader::new(pending));
        assert_eq!(reader.read(&mut []).unwrap(), 0);
    });
}

#[test]
fn errors_keep_what_they_are() -> io::Result<()> {
    let bridge = RuntimeBridge::new()?;
    let pieces = stream::iter([Ok("a"), Err(io::Error::from(ErrorKind::NotFound)), Ok("b")]);
    let mut reader = bridge.reader(ByteReader::new(pieces));
    assert_eq!(reader.read(&mut [0; 8])?, 1);
    assert_eq!(reader.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(reader.read(&mut [0; 8])?, 1);

    let mut words = bridge.reader(ByteReader::new(stream::iter([Result::<&[u8], _>::Err("torn page")])));
    let error = words.read(&mut [0; 8]).unwrap_err();
    assert_eq!((error.kind(), error.to_string()), (ErrorKind::Other, "torn page".to_owned()));
    Ok(())
}

#[test]
fn pieces_arrive_while_the_reader_waits() -> io::Result<()> {
    let (sender, receiver) = mpsc::unbounded::<io::Result<String>>();
    let reader = RuntimeBridge::new()?.reader(ByteReader::new(receiver));
    let writer = std::thread::spawn(move || {
        for line in ["one\n", "two\n"] {
            sender.unbounded_send(Ok(line.to_owned())).unwrap();
        }
    });
    let lines: Vec<String> = reader.lines().collect::<io::Result<_>>()?;
    writer.join().unwrap();
    assert_eq!(lines, ["one", "two"]);
    Ok(())
}
