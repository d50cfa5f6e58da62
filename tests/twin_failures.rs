//! How a failure of the bridge reaches the caller of a twin.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use sync_bridge::{BridgeError, sync_bridge};

#[derive(Debug)]
enum StoreError {
    Missing,
    Bridge(BridgeError),
}

impl From<BridgeError> for StoreError {
    fn from(error: BridgeError) -> Self {
        Self::Bridge(error)
    }
}

type StoreResult<T> = Result<T, StoreError>;

struct Panics;

#[sync_bridge]
trait Convert {
    async fn own(&self) -> Result<u8, StoreError>;
    async fn alias(&self, missing: bool) -> StoreResult<u8>;
    async fn io(&self) -> io::Result<u8>;

    async fn default(&self) -> StoreResult<u8> {
        panic!("default")
    }
}

#[sync_bridge]
impl Convert for Panics {
    async fn own(&self) -> Result<u8, StoreError> {
        panic!("own")
    }

    async fn alias(&self, missing: bool) -> StoreResult<u8> {
        if missing { Err(StoreError::Missing) } else { panic!("alias") }
    }

    async fn io(&self) -> io::Result<u8> {
        panic!("io")
    }
}

fn message(result: StoreResult<u8>) -> String {
    match result {
        Err(StoreError::Bridge(error)) => error.panic_message().unwrap_or("no message").to_owned(),
        other => format!("{other:?}"),
    }
}

#[test]
fn convert_makes_the_error_of_the_result() {
    assert_eq!(message(Panics.own_blocking()), "own");
    assert_eq!(message(Panics.alias_blocking(false)), "alias");
    assert_eq!(message(BlockingConvert::default_blocking(&Panics)), "default");
    assert!(matches!(Panics.alias_blocking(true), Err(StoreError::Missing)));
    let error = Panics.io_blocking().unwrap_err();
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<BridgeError>());
    assert_eq!(inner.and_then(BridgeError::panic_message), Some("io"));
}

#[sync_bridge(error = wrap)]
trait Wrap {
    async fn unit(&self, fine: bool);
    async fn result(&self) -> Result<u8, String>;

    async fn default(&self) -> u8 {
        panic!("default")
    }
}

#[sync_bridge(error = wrap)]
impl Wrap for Panics {
    async fn unit(&self, fine: bool) {
        assert!(fine, "unit");
    }

    async fn result(&self) -> Result<u8, String> {
        Err("of the future".to_owned())
    }
}

#[test]
fn wrap_puts_the_output_into_a_result() {
    assert!(matches!(Panics.unit_blocking(true), Ok(())));
    assert_eq!(Panics.unit_blocking(false).unwrap_err().panic_message(), Some("unit"));
    assert_eq!(BlockingWrap::default_blocking(&Panics).unwrap_err().panic_message(), Some("default"));
    assert_eq!(Panics.result_blocking().unwrap(), Err("of the future".to_owned()));
}

#[sync_bridge(error = panic)]
trait Resume {
    async fn code(&self) -> u8;

    async fn default(&self) -> u8 {
        std::panic::panic_any(5_u16)
    }
}

#[sync_bridge(error = panic)]
impl Resume for Panics {
    async fn code(&self) -> u8 {
        std::panic::panic_any(4_u16)
    }
}

#[test]
fn panic_resumes_the_original_payload() {
    let payload = catch_unwind(AssertUnwindSafe(|| Panics.code_blocking())).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&4_u16));
    let payload = catch_unwind(AssertUnwindSafe(|| BlockingResume::default_blocking(&Panics))).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&5_u16));
}

/// An error of another crate, which nobody here can convert into.
type Foreign = std::num::ParseIntError;

#[allow(clippy::needless_pass_by_value)]
fn foreign(error: BridgeError) -> Foreign {
    error.panic_message().unwrap_or("no message").parse::<u8>().unwrap_err()
}

#[sync_bridge(error = foreign)]
trait Map {
    async fn parse(&self, text: &str) -> Result<u8, Foreign>;

    async fn default(&self) -> Result<u8, Foreign> {
        panic!("")
    }
}

#[sync_bridge(error = self::foreign)]
impl Map for Panics {
    async fn parse(&self, text: &str) -> Result<u8, Foreign> {
        assert_ne!(text, "panic");
        text.parse()
    }
}

#[test]
fn a_function_makes_the_error() {
    use std::num::IntErrorKind;
    assert_eq!(Panics.parse_blocking("3"), Ok(3));
    assert_eq!(*Panics.parse_blocking("panic").unwrap_err().kind(), IntErrorKind::InvalidDigit);
    assert_eq!(*BlockingMap::default_blocking(&Panics).unwrap_err().kind(), IntErrorKind::Empty);
}

/// An error that a function makes, of which it is told the type.
fn boxed<E: From<BridgeError>>(error: BridgeError) -> Box<E> {
    Box::new(E::from(error))
}

#[sync_bridge(error = boxed<StoreError>, crate = ::sync_bridge)]
impl Panics {
    pub(crate) async fn boxed(&self) -> Result<u8, Box<StoreError>> {
        tokio::task::yield_now().await;
        panic!("boxed")
    }
}

#[test]
fn function_for_errors_has_type_arguments() {
    assert!(matches!(*Panics.boxed_blocking().unwrap_err(), StoreError::Bridge(error) if error.is_panic()));
}
