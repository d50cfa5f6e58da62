//! Every signature that all forms accept, in every form. What only some accept has tests of its own: associated items
//! (`twin_traits`), outputs without a name and `!` (`twin_signatures`), free functions (`twin_inherent_and_functions`),
//! `&Arc<Self>` and other receivers that no `#[async_trait]` understands (`twin_signatures`). What is rejected on
//! purpose, `Rc<Self>` and outputs that only async code can use above all, is in `ui-tests`, and explained in
//! `docs/diagnostics.md`. The methods are written once, and each form is a macro that is given them.

#![allow(single_use_lifetimes, unsafe_code)]
#![allow(
    clippy::elidable_lifetime_names,
    clippy::manual_async_fn,
    clippy::missing_safety_doc,
    clippy::needless_arbitrary_self_type,
    clippy::needless_lifetimes,
    clippy::unused_async
)]

#[macro_use]
mod forms;

mod conditional;
mod defaults;
mod headers;
mod outputs;
mod results;
