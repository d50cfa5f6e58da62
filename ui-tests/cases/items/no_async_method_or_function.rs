use sync_bridge::sync_bridge;

struct Client;

#[sync_bridge]
impl Client {
    pub fn name(&self) -> String {
        String::new()
    }
}

#[sync_bridge]
fn name() -> String {
    String::new()
}

fn main() {
    let _ = (Client.name(), name());
}
