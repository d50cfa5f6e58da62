use sync_bridge::{BridgeError, sync_bridge};

trait Failure: From<BridgeError> + Send {}

trait Error: From<BridgeError> + Send {}

#[sync_bridge]
trait Store {
    type Error: std::error::Error + Send + Sync + 'static;
    type Own: Error;
    type Bounded: From<BridgeError> + Send;
    type Failure: Failure;
    type Where: Send;

    // What an impl returns, the impl knows.
    async fn get(&self) -> Result<u8, Self::Error>;

    async fn head(&self) -> std::result::Result<(), Self::Error> {
        Ok(())
    }

    async fn bounded(&self) -> Result<(), Self::Bounded> {
        Ok(())
    }

    async fn own(&self) -> Result<(), Self::Own> {
        Ok(())
    }

    async fn failure(&self) -> Result<(), Self::Failure> {
        Ok(())
    }

    async fn conditional(&self) -> Result<(), Self::Where>
    where
        Self::Where: From<BridgeError>,
    {
        Ok(())
    }

    #[bridge(error = wrap)]
    async fn wrapped(&self) -> Result<(), Self::Error> {
        Ok(())
    }
}

#[sync_bridge(blanket)]
trait Blanket {
    type Error: Send;

    async fn get(&self) -> Result<u8, Self::Error>;
}

fn main() {}
