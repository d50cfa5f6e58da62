use std::rc::Rc;
use sync_bridge::sync_bridge;

#[sync_bridge]
pub struct Local(Rc<u8>);

fn main() {}
