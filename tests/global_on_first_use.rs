//! The process-wide bridge where nobody has installed one.

use std::io::ErrorKind;

use sync_bridge::RuntimeBridge;

#[test]
fn global_bridge_starts_on_first_use_and_then_cannot_be_replaced() {
    assert_eq!(RuntimeBridge::global().unwrap().block_on(async { 3 }).unwrap(), 3);
    let late = RuntimeBridge::builder().install_global().unwrap_err();
    assert_eq!(late.kind(), ErrorKind::AlreadyExists);
}
