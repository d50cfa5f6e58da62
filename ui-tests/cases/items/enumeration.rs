use sync_bridge::sync_bridge;

#[allow(dead_code)]
#[sync_bridge]
enum Kind {
    One,
    Two,
}

fn main() {}
