//! How a failure of the bridge reaches the caller of a twin. The type of the output decides.

use crate::BridgeError;

/// An output that can be made from a failure: `error = convert`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot carry a failure of the bridge [SB013]",
    label = "not a `Result` whose error converts from `BridgeError`",
    note = "implement `From<BridgeError>` for the error of this `Result`, or choose how a failure reaches the caller:\n\
            `error = convert` (the default): the error of the `Result` is made with `From<BridgeError>`\n\
            `error = wrap`: the twin returns `Result<_, BridgeError>`\n\
            `error = panic`: the twin panics, with the original payload if there is one\n\
            `error = some::function`: the error of the `Result` is made by this `fn(BridgeError) -> E`\n\
            an associated `type Error` of the trait needs the bounds `From<BridgeError> + Send`"
)]
pub trait TwinOutput: Sized {
    /// Returns the output, or an output made from the failure.
    fn finish(result: Result<Self, BridgeError>) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T, E: From<BridgeError>> TwinOutput for Result<T, E> {
    fn finish(result: Result<Self, BridgeError>) -> Self {
        match result {
            Ok(output) => output,
            Err(error) => Err(E::from(error)),
        }
    }
}

/// An output that can be made from the error which a function returns for a failure: `error = path`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot carry a failure of the bridge [SB013]",
    label = "not a `Result`",
    note = "`error = some::function` makes the error of a `Result`; for another output, `error = wrap` makes the twin \
            return `Result<_, BridgeError>`, and `error = panic` makes it panic"
)]
pub trait MappedOutput: Sized {
    /// The error of the output.
    type Error;

    /// Returns the output, or an output with the error that `map` returns for the failure.
    fn finish(result: Result<Self, BridgeError>, map: impl FnOnce(BridgeError) -> Self::Error) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T, E> MappedOutput for Result<T, E> {
    type Error = E;

    fn finish(result: Result<Self, BridgeError>, map: impl FnOnce(BridgeError) -> E) -> Self {
        match result {
            Ok(output) => output,
            Err(error) => Err(map(error)),
        }
    }
}

/// Returns the output, or panics: `error = panic`.
///
/// # Panics
///
/// If there is no output.
#[track_caller]
pub fn or_panic<T>(result: Result<T, BridgeError>) -> T {
    match result {
        Ok(output) => output,
        Err(error) => error.resume_unwind(),
    }
}
