use sync_bridge::{BridgeError, sync_bridge};

mod foreign {
    use sync_bridge::BridgeError;

    pub struct Client;

    pub struct Response;

    pub struct Page;

    impl Client {
        pub async fn execute(&self) -> Result<Response, BridgeError> {
            Ok(Response)
        }
    }
}

#[sync_bridge(remote = foreign::Client)]
pub struct Client;

#[sync_bridge(remote = foreign::Page)]
pub struct Page;

#[sync_bridge(remote = foreign::Client, twins(Page))]
impl Client {
    pub async fn execute(&self) -> Result<Page, BridgeError>;
}

fn main() {}
