//! Impls for a reference to an implementor.

use super::*;

trait ErrorType {
    type Error;
}

#[sync_bridge(error = wrap)]
trait Bus: ErrorType {
    async fn read(&mut self) -> Result<u8, Self::Error>;
}

struct Line(u8);

impl ErrorType for Line {
    type Error = io::Error;
}

#[sync_bridge(error = wrap)]
impl Bus for Line {
    async fn read(&mut self) -> Result<u8, Self::Error> {
        Ok(held(self).await.0)
    }
}

impl<T: ErrorType + ?Sized> ErrorType for &mut T {
    type Error = T::Error;
}

// Nothing is known of the future of a type parameter.
#[sync_bridge(error = wrap, local)]
impl<T: Bus + ?Sized> Bus for &mut T
where
    Self: ErrorType<Error = T::Error>,
{
    async fn read(&mut self) -> Result<u8, Self::Error> {
        (**self).read().await
    }
}

// The header does not name the error.
impl<T: ErrorType + ?Sized> ErrorType for Box<T> {
    type Error = T::Error;
}

#[sync_bridge(error = wrap, local)]
impl<T: Bus + ?Sized> Bus for Box<T> {
    async fn read(&mut self) -> Result<u8, Self::Error> {
        (**self).read().await
    }
}

fn read<B: BlockingBus>(mut bus: B) -> Result<Option<u8>, BridgeError> {
    bus.read_blocking().map(Result::ok)
}

#[test]
fn twin_for_references() -> Result<(), BridgeError> {
    assert_eq!(read(&mut Line(3))?, Some(3));
    assert_eq!(read(Box::new(Line(3)))?, Some(3));
    Ok(())
}
