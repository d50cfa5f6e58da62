//! A Python module over an async API. Ctrl-C interrupts its calls, and other threads run while a call waits.

mod interpreter;
mod module;
mod timer;
