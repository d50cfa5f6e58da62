use sync_bridge::{BridgeError, sync_bridge};

mod foreign {
    use sync_bridge::BridgeError;

    pub struct Client;

    pub struct Response;

    pub struct Page;

    impl Client {
        pub async fn execute(&self, _: &str) -> Result<Response, BridgeError> {
            Ok(Response)
        }

        pub async fn count(&self) -> Result<u64, BridgeError> {
            Ok(1)
        }

        pub fn base(&self) -> &str {
            ""
        }
    }
}

#[sync_bridge(remote = foreign::Client)]
pub struct Client;

#[sync_bridge(remote = foreign::Response)]
pub struct Response;

#[sync_bridge(remote = foreign::Page)]
pub struct Page;

#[sync_bridge(remote = foreign::Client, twins(Page))]
impl Client {
    pub async fn execute(&self, request: u8) -> Result<Page, BridgeError>;

    pub async fn count(&self) -> Result<u32, BridgeError>;

    pub async fn base(&self) -> Result<String, BridgeError>;

    pub async fn missing(&self) -> Result<(), BridgeError>;
}

fn main() {}
