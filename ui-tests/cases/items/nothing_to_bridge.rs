use sync_bridge::sync_bridge;

#[sync_bridge]
trait Sync {
    fn name(&self) -> String;
}

#[sync_bridge]
trait AllSkipped {
    #[bridge(skip)]
    async fn get(&self);
}

struct Client;

#[sync_bridge]
impl Client {
    pub fn name(&self) -> String {
        self.helper()
    }

    fn helper(&self) -> String {
        String::new()
    }

    async fn fetch(&self) -> u8 {
        7
    }
}

#[sync_bridge]
impl Client {
    #[bridge(skip)]
    async fn get(&self) {}

    fn length(&self) -> usize {
        1
    }
}

fn main() {}
