use sync_bridge::{BridgeError, sync_bridge};

#[sync_bridge]
pub struct Api;

#[sync_bridge]
pub struct Repo;

#[sync_bridge(twin = BlockingApi)]
impl Api {
    pub fn repo(&self) -> Repo {
        Repo
    }

    pub async fn repos(&self) -> Result<Vec<Repo>, BridgeError> {
        Ok(Vec::new())
    }

    #[bridge(as_is)]
    pub fn original(&self) -> Repo {
        Repo
    }
}

fn main() {}
