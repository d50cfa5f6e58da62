use sync_bridge::sync_bridge;

#[sync_bridge(error = panic)]
trait Get {
    async fn get(&self) -> u8;
}

struct Field {
    bridge: u8,
}

#[sync_bridge(error = panic, bridge = self.bridge)]
impl Get for Field {
    async fn get(&self) -> u8 {
        0
    }
}

struct Made;

#[sync_bridge(error = panic, bridge = String::from("bridge"))]
impl Get for Made {
    async fn get(&self) -> u8 {
        0
    }
}

fn main() {}
