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

trait Display {
    fn fmt(&self) -> String;
}

#[sync_bridge]
impl Display for u8 {
    fn fmt(&self) -> String {
        self.to_string()
    }
}

#[sync_bridge(twin = Display)]
impl AllSkipped for u8 {
    #[bridge(skip)]
    async fn get(&self) {}
}

fn main() {}
