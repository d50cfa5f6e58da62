//! The catalogue: each rejection that this crate words, under its code. `docs/diagnostics.md` has a section for
//! each, and `ui-tests/tests/codes.rs` keeps the two in step.

use crate::errors::Fault;
use quote::ToTokens;
use syn::TraitItemType;

fn fault(code: &'static str, what: impl Into<String>, help: impl Into<String>) -> Fault {
    Fault { code, what: what.into(), help: help.into() }
}

pub(crate) fn wrong_item(found: &str) -> Fault {
    fault(
        "SB001",
        format!("`#[sync_bridge]` cannot be put on {found}"),
        "put it on a trait, an impl or a free function that is async; for one method, on its whole block",
    )
}

pub(crate) fn unknown_option(name: &str, known: &str) -> Fault {
    fault("SB002", format!("unknown option `{name}`"), format!("the options are {known}"))
}

pub(crate) fn duplicate_option(name: &str) -> Fault {
    fault("SB003", format!("the option `{name}` is given twice"), "keep one of the two")
}

pub(crate) fn conflicting_options(one: &str, other: &str, why: &str) -> Fault {
    fault("SB003", format!("the options `{one}` and `{other}` cannot be given together: {why}"), "keep one of the two")
}

pub(crate) fn bad_value(name: &str, reason: &str, expected: &str) -> Fault {
    let what = if reason.is_empty() {
        format!("the option `{name}` has no usable value")
    } else {
        format!("the option `{name}` has no usable value: {reason}")
    };
    fault("SB004", what, format!("write `{expected}`"))
}

pub(crate) fn missing_comma(name: &str) -> Fault {
    fault("SB004", format!("there is no comma after the option `{name}`"), "separate the options by commas")
}

pub(crate) fn nothing_to_bridge(item: &str, help: &str) -> Fault {
    fault("SB005", format!("this {item} has no method to bridge"), help)
}

pub(crate) fn function_without_future() -> Fault {
    fault("SB005", "this function has no future to bridge", "make it `async`, or remove `#[sync_bridge]`")
}

pub(crate) fn task_handle(name: &str) -> Fault {
    let other = match name {
        "JoinHandle" => "; for the one of `std`, write `thread::JoinHandle`",
        "AbortHandle" => "; for the one of `futures`, write `futures::future::AbortHandle`",
        _ => "",
    };
    fault(
        "SB006",
        format!("a blocking twin cannot return `{name}`: its caller has no runtime in which to await it"),
        format!(
            "mark a `JoinHandle` with `#[bridge(task)]`, await the task inside the method, or leave the method out with \
             `#[bridge(skip)]`{other}"
        ),
    )
}

pub(crate) fn stream(name: &str, as_it_is: &str) -> Fault {
    fault(
        "SB007",
        format!("a blocking twin cannot return a stream in this place, and `{name}` is one"),
        format!(
            "a twin iterates over a stream that is returned alone, or in a `Result`, under any name that ends so, an \
             `Option`, a `Vec` or a tuple; mark one that is behind an alias with `#[bridge(iter)]`, or leave the method \
             out with `#[bridge(skip)]`{as_it_is}"
        ),
    )
}

pub(crate) fn future_inside(name: &str, as_it_is: &str) -> Fault {
    fault(
        "SB008",
        format!("a blocking twin cannot return a future, and `{name}` is one"),
        format!(
            "await it inside the method and return its result, or leave the method out with `#[bridge(skip)]`{as_it_is}"
        ),
    )
}

pub(crate) fn rc_self() -> Fault {
    fault(
        "SB009",
        "a blocking twin cannot take `self` by `Rc`: the call may be served by another thread",
        "take `&self` or `self: Arc<Self>`, or leave the method out with `#[bridge(skip)]`",
    )
}

pub(crate) fn bridge_needs_self(method: &str) -> Fault {
    fault(
        "SB010",
        format!("`bridge = …` uses `self`, and the method `{method}` has no receiver"),
        "name a bridge that needs no `self`, such as a static, or leave the method out with `#[bridge(skip)]`",
    )
}

pub(crate) fn bridge_without_self() -> Fault {
    fault(
        "SB010",
        "`bridge = …` uses `self`, and a free function has none",
        "name a bridge that needs no `self`, such as a static",
    )
}

pub(crate) fn cfg_on_parameter() -> Fault {
    fault(
        "SB011",
        "a parameter of a bridged method cannot be under `#[cfg]`: its twin could not tell whether to pass it on",
        "put the `#[cfg]` on the whole method, once for each of its forms",
    )
}

pub(crate) fn unnameable_output() -> Fault {
    fault(
        "SB012",
        "the output of this method has no name by which its twin could return a failure of the bridge",
        "name the type, such as `Result<Vec<u8>, Error>`, or choose `error = wrap` or `error = panic`",
    )
}

pub(crate) fn future_without_output(is_alias: bool) -> Fault {
    let help = if is_alias {
        "mark the method with `#[bridge(future)]`, if that is an alias of a future"
    } else {
        "say what the future yields: `impl Future<Output = …>`"
    };
    fault("SB012", "the output of this future has no name, so its twin has no return type", help)
}

pub(crate) fn empty_suffix() -> Fault {
    fault(
        "SB016",
        "an empty suffix gives the twin the name of its original, which is in the same scope",
        "give a suffix, or leave the option out: the twin is then named `…_blocking`",
    )
}

pub(crate) fn mirror_with_body(name: &str) -> Fault {
    fault(
        "SB017",
        format!("`{name}` of a mirror has a body or a value, and a mirror only says what the remote trait has"),
        "write the signature alone: the remote trait answers it",
    )
}

pub(crate) fn mirror_of_sync(name: &str) -> Fault {
    fault(
        "SB017",
        format!("`{name}` of a mirror is not async, so it has no twin"),
        "remove it: a synchronous method is called on the remote trait itself",
    )
}

pub(crate) fn mirror_of_skipped(name: &str) -> Fault {
    fault(
        "SB017",
        format!("`{name}` of a mirror is skipped, so nothing would be left of it"),
        "remove it: a mirror has the methods only that its twin is to have",
    )
}

pub(crate) fn misplaced_option(name: &str, place: &str, help: &str) -> Fault {
    fault("SB015", format!("the option `{name}` has no meaning on {place}"), help)
}

pub(crate) fn no_such_part(option: &str, what: &str) -> Fault {
    fault(
        "SB018",
        format!("the option `{option}` is about {what}, and this method returns none"),
        "remove the option, or return what it is about: alone, or in a `Result`, an `Option`, a `Vec` or a tuple",
    )
}

pub(crate) fn item_cannot_fail() -> Fault {
    fault(
        "SB013",
        "the items of this stream are no `Result`, so none of them could tell of a failure of the bridge",
        "choose another rule for this method: `#[bridge(error = wrap)]` makes each item a `Result<_, BridgeError>`, and \
         `#[bridge(error = panic)]` leaves it as it is and panics",
    )
}

pub(crate) fn output_cannot_fail(place: &str) -> Fault {
    fault(
        "SB013",
        "this output is no `Result`, so it cannot carry a failure of the bridge",
        format!(
            "return a `Result` whose error implements `From<BridgeError>`, or is made by `error = some::function`; or \
             choose `error = wrap`, for a twin that returns `Result<_, BridgeError>`, or `error = panic`{place}"
        ),
    )
}

pub(crate) fn error_does_not_convert(name: &str) -> Fault {
    fault(
        "SB013",
        format!("`Self::{name}` is not known to convert from a failure of the bridge"),
        format!(
            "write `type {name}: From<BridgeError> + Send`, or choose `error = wrap`, for a twin that returns `Result<_, \
             BridgeError>`, or `error = panic`"
        ),
    )
}

pub(crate) fn output_cannot_be_mapped(place: &str) -> Fault {
    fault(
        "SB013",
        "this output is no `Result`, so the function has no error to make of a failure of the bridge",
        format!(
            "return a `Result`, or choose `error = wrap`, for a twin that returns `Result<_, BridgeError>`, or \
             `error = panic`{place}"
        ),
    )
}

pub(crate) fn stream_without_item() -> Fault {
    fault(
        "SB018",
        "the items of this stream have no name, so its twin has no return type",
        "say what the stream yields: `impl Stream<Item = …>`",
    )
}

pub(crate) fn collect_from_parts() -> Fault {
    fault(
        "SB018",
        "the option `collect` is about a stream that is returned alone or in a `Result`, and this one is a part of more",
        "use `iter`, or leave the method out with `#[bridge(skip)]`",
    )
}

pub(crate) fn local_stream(name: &str) -> Fault {
    fault(
        "SB019",
        format!(
            "a blocking twin cannot iterate over `{name}`: it is not `Send`, and any thread may ask for the next item"
        ),
        "return a `BoxStream`, or `impl Stream<Item = …> + Send`, or leave the method out with `#[bridge(skip)]`",
    )
}

pub(crate) fn unproven_send() -> Fault {
    fault("SB019", "a default method has to say that what it returns is `Send`: any thread may use it", "add `+ Send`")
}

pub(crate) fn type_not_send(of: &TraitItemType) -> Fault {
    let TraitItemType { ident, bounds, .. } = of;
    let written = bounds.to_token_stream().to_string().replace(" < ", "<").replace(" >", ">").replace(" :: ", "::");
    let before = if bounds.is_empty() { String::new() } else { format!("{written} + ") };
    fault(
        "SB019",
        format!("`Self::{ident}` is not known to be `Send`, and the twin returns it from another thread"),
        format!("write `type {ident}: {before}Send`"),
    )
}

pub(crate) fn timeout_would_panic() -> Fault {
    fault(
        "SB020",
        "the error of this time limit has nowhere to go: with `error = panic` the twin would panic when the time is up",
        "choose another rule for this method, such as `#[bridge(timeout = \"…\", error = wrap)]`, or remove the limit",
    )
}

pub(crate) fn no_stream_argument() -> Fault {
    fault(
        "SB021",
        "the option `iter` is about an argument that is a stream, and this type does not say that it is one",
        "write `impl Stream<Item = …> + Send`, or `BoxStream<'_, …>`, or remove the option",
    )
}

pub(crate) fn condition_of_its_own() -> Fault {
    fault(
        "SB025",
        "this option is under a condition that does not hold, and `#[sync_bridge]` is not: the twin is written before \
         anything within the block is resolved",
        "put `#[sync_bridge]` under the same condition, or the method under `#[cfg]`, once for each of its forms",
    )
}

pub(crate) fn macro_call(name: &str) -> Fault {
    fault(
        "SB026",
        format!("what `{name}!` makes in this block would be left out of its twin, which is written first"),
        "write the methods out, or let a macro make the whole block, attribute and all; if this one makes nothing async, \
         mark the call with `#[bridge(skip)]`",
    )
}

pub(crate) fn guard(name: &str) -> Fault {
    fault(
        "SB022",
        format!("a blocking twin cannot return `{name}`: blocking code would hold an async lock, for which tasks wait"),
        "copy what is wanted out of the lock inside the method, or leave the method out with `#[bridge(skip)]`",
    )
}

pub(crate) fn runtime(name: &str) -> Fault {
    fault(
        "SB023",
        format!("a blocking twin cannot return `{name}`: it leads around the bridge"),
        "leave the method out with `#[bridge(skip)]`",
    )
}
