//! What generated twins call.
