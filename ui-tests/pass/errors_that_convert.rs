//! The errors of a trait whose bounds do not say `From<BridgeError>`, and which convert all the same.

use sync_bridge::{BridgeError, sync_bridge};

trait Error: From<BridgeError> + Send {}

impl Error for std::io::Error {}

#[sync_bridge]
trait Store {
    type Own: Error;
    type Where: Send;

    async fn own(&self) -> Result<u8, Self::Own> {
        Ok(3)
    }

    async fn conditional(&self) -> Result<u8, Self::Where>
    where
        Self::Where: From<BridgeError>,
    {
        Ok(3)
    }
}

#[sync_bridge]
impl Store for () {
    type Own = std::io::Error;
    type Where = std::io::Error;
}

fn main() {
    assert_eq!(().own_blocking().unwrap() + ().conditional_blocking().unwrap(), 6);
}
