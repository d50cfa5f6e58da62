use futures_util::stream::Stream;
use std::collections::HashMap;
use std::sync::Arc;
use sync_bridge::{BridgeError, sync_bridge};

#[sync_bridge]
pub struct Api(Repo);

#[sync_bridge]
pub struct Repo;

#[sync_bridge(twin = BlockingApi, twins(Repo))]
impl Api {
    pub fn shared(&self) -> &Repo {
        &self.0
    }

    pub fn this(&self) -> &Self {
        self
    }

    pub async fn by_name(&self) -> Result<HashMap<String, Repo>, BridgeError> {
        Ok(HashMap::new())
    }

    pub async fn counted(&self) -> Result<Arc<Repo>, BridgeError> {
        Ok(Arc::new(Repo))
    }

    pub fn pages(&self) -> impl Stream<Item = Result<Arc<Repo>, BridgeError>> + use<> {
        futures_util::stream::empty()
    }

    pub async fn merge(&self, _: &[Repo]) -> Result<(), BridgeError> {
        Ok(())
    }

    pub async fn each(&self, _: impl Fn(&Repo) + Send + Sync) -> Result<(), BridgeError> {
        Ok(())
    }

    #[bridge(as_is)]
    pub fn original(&self) -> Arc<Repo> {
        Arc::new(Repo)
    }
}

fn main() {}
