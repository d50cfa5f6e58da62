use sync_bridge::sync_bridge;

#[sync_bridge]
union Bits {
    signed: i8,
    unsigned: u8,
}

fn main() {}
