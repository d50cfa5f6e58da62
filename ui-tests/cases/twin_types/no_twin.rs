use sync_bridge::{BridgeError, sync_bridge};

pub struct Api;

pub struct Repo;

#[sync_bridge(twin = BlockingApi, twins(Repo))]
impl Api {
    pub async fn fetch(&self) -> Result<Repo, BridgeError> {
        Ok(Repo)
    }
}

fn main() {}
