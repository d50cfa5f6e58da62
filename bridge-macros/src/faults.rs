//! The catalogue: each rejection that this crate words, under its code. `docs/diagnostics.md` has a section for
//! each, and `ui-tests/tests/codes.rs` keeps the two in step.

use crate::errors::Fault;

fn fault(code: &'static str, what: impl Into<String>, help: impl Into<String>) -> Fault {
    Fault { code, what: what.into(), help: help.into() }
}

pub(crate) fn wrong_item(found: &str) -> Fault {
    fault(
        "SB001",
        format!("`#[sync_bridge]` cannot be put on {found}"),
        "put it on a trait, an impl, an async function, a struct or an enum; for one method, put it on the whole block",
    )
}

pub(crate) fn unknown_option(name: &str, known: &str) -> Fault {
    fault("SB002", format!("unknown option `{name}`"), format!("the options are {known}"))
}

pub(crate) fn duplicate_option(name: &str) -> Fault {
    fault("SB003", format!("the option `{name}` is given twice"), "keep one of the two")
}

pub(crate) fn duplicate_bounds(ty: &str) -> Fault {
    fault("SB003", format!("the option `bounds` names `{ty}` twice"), "join the bounds of the two with `+`")
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

pub(crate) fn bounds_of_unknown(ty: &str) -> Fault {
    fault(
        "SB004",
        format!("the option `bounds` names `{ty}`, but no method here has such a generic type"),
        "name a type parameter, an associated type of one such as `I::IntoIter`, or an `impl Trait` as the argument has it",
    )
}

pub(crate) fn missing_comma(name: &str) -> Fault {
    fault("SB004", format!("there is no comma after the option `{name}`"), "separate the options by commas")
}

pub(crate) fn nothing_to_bridge(item: &str, help: &str) -> Fault {
    fault("SB005", format!("this {item} has no method to bridge"), help)
}

pub(crate) fn polled_trait(name: &str) -> Fault {
    fault(
        "SB005",
        format!("this impl of `{name}` has no method to bridge"),
        "remove `#[sync_bridge]`, and annotate what returns this type: there, an option such as `#[bridge(future)]`, \
         `#[bridge(iter)]` or `#[bridge(read)]` says what the twin returns instead",
    )
}

pub(crate) fn only_private_methods(example: &str) -> Fault {
    fault(
        "SB005",
        "the async methods of this impl are private, and a private method has no twin",
        format!(
            "make `{example}` public, or mark it with `#[bridge(twin)]`, or the impl with `#[sync_bridge(private)]`"
        ),
    )
}

pub(crate) fn function_without_future(returns_alias: bool) -> Fault {
    let help = if returns_alias {
        "make it `async`, or remove `#[sync_bridge]`; if it returns a future under another name, mark it with \
         `#[bridge(future)]`"
    } else {
        "make it `async`, or remove `#[sync_bridge]`"
    };
    fault("SB005", "this function has no future to bridge", help)
}

pub(crate) fn task_handle(name: &str) -> Fault {
    let other = if name == "JoinHandle" { "; for the one of `std`, write `thread::JoinHandle`" } else { "" };
    fault(
        "SB006",
        format!("a blocking twin cannot return `{name}`: its caller has no runtime in which to await it"),
        format!(
            "mark a `JoinHandle` with `#[bridge(task)]`, await the task inside the method, return the handle unchanged with \
             `#[bridge(as_is)]`, or leave the method out with `#[bridge(skip)]`{other}"
        ),
    )
}

pub(crate) fn stream(name: &str) -> Fault {
    fault(
        "SB007",
        format!("a blocking twin cannot return a stream in this place, and `{name}` is one"),
        "return it as a `BoxStream` or an `impl Stream<Item = …>`, alone, or in a `Result`, an `Option`, a `Vec` or a \
         tuple; or return the output unchanged with `#[bridge(as_is)]`, or leave the method out with `#[bridge(skip)]`",
    )
}

pub(crate) fn future_inside(name: &str) -> Fault {
    fault(
        "SB008",
        format!("a blocking twin cannot return a future, and `{name}` is one"),
        "await it inside the method and return its result; or return the output unchanged with `#[bridge(as_is)]`, or \
         leave the method out with `#[bridge(skip)]`",
    )
}

pub(crate) fn future_not_returned(name: &str) -> Fault {
    fault(
        "SB018",
        format!("`futures(…)` lists `{name}`, but no method of the block returns it"),
        "list the names of types that methods return alone, as the methods write them",
    )
}

pub(crate) fn sink(name: &str) -> Fault {
    fault(
        "SB028",
        format!("a blocking twin cannot return a `{name}`: only async code can send with it"),
        "write an async method that sends; or return the output unchanged with `#[bridge(as_is)]`, or leave the method out \
         with `#[bridge(skip)]`",
    )
}

pub(crate) fn io(name: &str) -> Fault {
    let unless = "return the output unchanged with `#[bridge(as_is)]`, or leave the method out with `#[bridge(skip)]`";
    let (does, help) = match name {
        "AsyncSeek" => ("seek in", String::from(unless)),
        "AsyncWrite" => {
            ("write to", format!("mark the method with `#[bridge(write)]`, if the trait is tokio's; or {unless}"))
        }
        _ => ("read from", format!("mark the method with `#[bridge(read)]`, if the trait is tokio's; or {unless}")),
    };
    fault("SB028", format!("a blocking twin cannot return an `{name}`: only async code can {does} it"), help)
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
        format!("`bridge = …` uses `self`, but the method `{method}` has no receiver"),
        "name a bridge that needs no `self`: a static, or an argument of this method with `#[bridge(bridge = …)]` on it; or leave \
         the method out with `#[bridge(skip)]`",
    )
}

pub(crate) fn bridge_without_self() -> Fault {
    fault(
        "SB010",
        "`bridge = …` uses `self`, but a free function has no `self`",
        "name a bridge that needs no `self`, such as a static or an argument",
    )
}

pub(crate) fn timeout_needs_self(method: &str) -> Fault {
    fault(
        "SB010",
        format!("`timeout = …` uses `self`, but the method `{method}` has no receiver"),
        "use a value that needs no `self`, such as an argument, or give this method a limit of its own: \
         `#[bridge(timeout = \"5s\")]`, or `#[bridge(timeout = None)]` for none",
    )
}

pub(crate) fn timeout_without_self() -> Fault {
    fault(
        "SB010",
        "`timeout = …` uses `self`, but a free function has no `self`",
        "use a value that needs no `self`, such as an argument",
    )
}

const ON_WHOLE_METHOD: &str = "write the method twice, each time with a `#[cfg]` on the whole method";

pub(crate) fn condition_of_receiver() -> Fault {
    fault("SB011", "the receiver of a bridged method cannot have `#[cfg]`", ON_WHOLE_METHOD)
}

pub(crate) fn unreadable_condition() -> Fault {
    fault("SB011", "the condition of this parameter cannot be read", "write `#[cfg(…)]` with one condition")
}

pub(crate) fn too_many_conditions(most: usize) -> Fault {
    fault(
        "SB011",
        format!(
            "the parameters of a bridged method cannot have more than {most} different conditions: each doubles its twins"
        ),
        ON_WHOLE_METHOD,
    )
}

pub(crate) fn unnameable_output() -> Fault {
    fault(
        "SB012",
        "the twin cannot return a failure of the bridge, because the output of this method is a type without a name",
        "name the type, such as `Result<Vec<u8>, Error>`, or choose `error = wrap` or `error = panic`",
    )
}

pub(crate) fn future_without_output(is_alias: bool) -> Fault {
    let help = if is_alias {
        "if this is an alias of a future, mark the method with `#[bridge(future)]`"
    } else {
        "write the output: `impl Future<Output = …>`"
    };
    fault("SB012", "the type does not show the output of this future, so the twin has no return type", help)
}

pub(crate) fn empty_suffix() -> Fault {
    fault(
        "SB016",
        "an empty suffix gives the twin the name of its original, which is in the same scope",
        "give a suffix, or remove the option: the twin is then named `…_blocking`",
    )
}

pub(crate) fn mirror_with_body(name: &str) -> Fault {
    fault(
        "SB017",
        format!("`{name}` has a body or a value, but a mirror only has signatures"),
        "remove the body or the value: the twin uses those of the remote trait",
    )
}

pub(crate) fn mirror_of_sync(name: &str, returns_alias: bool) -> Fault {
    let unless = if returns_alias {
        "; if it returns a future under another name, mark it with `#[bridge(future)]`"
    } else {
        ""
    };
    fault(
        "SB017",
        format!("`{name}` is in a mirror but is not async, so it has no twin"),
        format!("remove it: blocking code can call the synchronous method of the remote trait{unless}"),
    )
}

pub(crate) fn mirror_of_skipped(name: &str) -> Fault {
    fault(
        "SB017",
        format!("`{name}` is in a mirror but is skipped, so it has no effect"),
        "remove it: a mirror only has the methods that the twin has",
    )
}

pub(crate) fn misplaced_option(name: &str, place: &str, help: &str) -> Fault {
    fault("SB015", format!("the option `{name}` has no meaning on {place}"), help)
}

pub(crate) fn no_such_part(option: &str, what: &str) -> Fault {
    let places = match option {
        "future" => "alone",
        "keep" => "alone, or in a `Result` or an `Option`",
        "collect" => "alone, or in a `Result`",
        _ => "alone, or in a `Result`, an `Option`, a `Vec` or a tuple",
    };
    fault(
        "SB018",
        format!("the option `{option}` applies to {what}, but this method does not return one"),
        format!("remove the option, or return such a value: {places}"),
    )
}

pub(crate) fn item_cannot_fail() -> Fault {
    fault(
        "SB013",
        "the items of this stream are not a `Result`, so they cannot carry a failure of the bridge",
        "choose another rule for this method: with `#[bridge(error = wrap)]` each item is a `Result<_, BridgeError>`, and \
         with `#[bridge(error = panic)]` the items do not change and `next` panics",
    )
}

pub(crate) fn output_cannot_fail(place: &str) -> Fault {
    fault(
        "SB013",
        "this output is not a `Result`, so it cannot carry a failure of the bridge",
        format!(
            "return a `Result` whose error implements `From<BridgeError>`, or is made by `error = some::function`; or \
             choose `error = wrap`, with which the twin returns `Result<_, BridgeError>`, or `error = panic`{place}"
        ),
    )
}

pub(crate) fn error_does_not_convert(name: &str) -> Fault {
    fault(
        "SB013",
        format!(
            "`Self::{name}` is not known to implement `From<BridgeError>`, so it cannot carry a failure of the bridge"
        ),
        format!(
            "write `bounds(Self::{name}: From<BridgeError> + Send)` on the trait, for its twin alone; or choose \
             `error = wrap`, with which the twin returns `Result<_, BridgeError>`, or `error = panic`"
        ),
    )
}

pub(crate) fn output_cannot_be_mapped(place: &str) -> Fault {
    fault(
        "SB013",
        "this output is not a `Result`, so it cannot carry the error that the function makes from a failure of the bridge",
        format!(
            "return a `Result`; or choose `error = wrap`, with which the twin returns `Result<_, BridgeError>`, or \
             `error = panic`{place}"
        ),
    )
}

pub(crate) fn stream_without_item() -> Fault {
    fault(
        "SB018",
        "the type does not show the items of this stream, so the twin has no return type",
        "write the type of the items: `impl Stream<Item = …>`",
    )
}

pub(crate) fn collect_from_parts() -> Fault {
    fault(
        "SB018",
        "the option `collect` applies to a stream that is returned alone or in a `Result`, but this one is in another type",
        "use `iter`, or leave the method out with `#[bridge(skip)]`",
    )
}

pub(crate) fn local_stream(name: &str) -> Fault {
    fault(
        "SB019",
        format!(
            "a blocking twin cannot iterate over `{name}`: it is not `Send`, but any thread may request the next item"
        ),
        "return a `BoxStream`, or `impl Stream<Item = …> + Send`, or leave the method out with `#[bridge(skip)]`",
    )
}

pub(crate) fn unproven_send() -> Fault {
    fault(
        "SB019",
        "the return type of a default method must state that this is `Send`: any thread may use it",
        "leave the method out with `#[bridge(skip)]`; or add `+ Send`, which binds each implementor",
    )
}

pub(crate) fn type_not_send(name: &str) -> Fault {
    fault(
        "SB019",
        format!("`Self::{name}` is not known to be `Send`, but the twin returns it from another thread"),
        format!(
            "leave the method out with `#[bridge(skip)]`; or bound the type in the twin of implementors that borrow nothing: \
             `bounds(for<'a> Self::{name}<'a>: Send, Self: 'static)`"
        ),
    )
}

pub(crate) fn timeout_would_panic() -> Fault {
    fault(
        "SB020",
        "with `error = panic` the twin cannot return the error of this time limit, and would panic",
        "choose another rule for this method, such as `#[bridge(timeout = \"…\", error = wrap)]`, or remove the limit",
    )
}

pub(crate) fn timeout_of_block_would_panic() -> Fault {
    fault(
        "SB020",
        "with `error = panic` a twin cannot return the error of the block's time limit, and would panic",
        "choose another rule, such as `error = wrap`, or mark the method with `#[bridge(timeout = None)]`",
    )
}

pub(crate) fn no_stream_argument() -> Fault {
    fault(
        "SB021",
        "the option `iter` applies to an argument that is a stream, but this type does not show that it is one",
        "write `impl Stream<Item = …> + Send`, or `BoxStream<'_, …>`, or remove the option",
    )
}

pub(crate) fn no_io_argument(option: &str) -> Fault {
    let (what, name) = if option == "read" { ("reader", "AsyncRead") } else { ("writer", "AsyncWrite") };
    fault(
        "SB021",
        format!(
            "the option `{option}` applies to an argument that is an async {what}, but this type does not show that it is one"
        ),
        format!(
            "write `impl {name} + Unpin + Send`, a type parameter of the method with this bound, a `Box` of a `dyn {name}`, \
             or a `&mut` or `Pin<&mut _>` of these"
        ),
    )
}

pub(crate) fn io_parameter_elsewhere(parameter: &str) -> Fault {
    fault(
        "SB021",
        format!(
            "the type parameter `{parameter}` is a blocking type in the twin, but the signature also uses it elsewhere"
        ),
        "use another type parameter for the other place, or write `impl` with the bounds as the type of the argument",
    )
}

pub(crate) fn condition_of_its_own() -> Fault {
    fault(
        "SB025",
        "this option has a condition that does not hold, but `#[sync_bridge]` has no such condition: the twin is generated \
         before the conditions in the block are resolved",
        "put `#[sync_bridge]` under the same condition, or write the method twice under `#[cfg]`, with the option and \
         without",
    )
}

pub(crate) fn macro_call(name: &str) -> Fault {
    fault(
        "SB026",
        format!("the twin would not have what `{name}!` generates in this block, because the twin is generated first"),
        "write the methods out, or let a macro generate the whole block with its attribute; if this macro generates \
         nothing async, mark the call with `#[bridge(skip)]`",
    )
}

pub(crate) fn no_such_item(name: &str) -> Fault {
    fault(
        "SB027",
        format!("`items(…)` names `{name}`, but this item has no method, type or constant of this name"),
        "write the name as it is in the item, or remove it",
    )
}

pub(crate) fn no_such_argument(name: &str) -> Fault {
    fault(
        "SB027",
        format!("`items(…)` has options for the argument `{name}`, but there is no argument of this name"),
        "write the name as it is in the signature; an argument with a pattern has no name",
    )
}

pub(crate) fn rewritten(name: &str) -> Fault {
    fault(
        "SB029",
        format!("`#[{name}]` changes how this method is called, so its twin cannot call it"),
        "name an async function with the same arguments and output for the twin to call, `#[bridge(calls = Self::other)]`; or \
         leave the method out with `#[bridge(skip)]`, and wait for the future with `Blocking::wait_blocking`",
    )
}

pub(crate) fn guard(name: &str) -> Fault {
    fault(
        "SB022",
        format!("a blocking twin cannot return `{name}`: blocking code would hold an async lock that tasks wait for"),
        "copy the value out of the lock inside the method, or leave the method out with `#[bridge(skip)]`",
    )
}

pub(crate) fn runtime(name: &str) -> Fault {
    fault(
        "SB023",
        format!("a blocking twin cannot return `{name}`: blocking code would bypass the bridge with it"),
        "leave the method out with `#[bridge(skip)]`",
    )
}

pub(crate) fn twin_in_place(name: &str) -> Fault {
    fault(
        "SB031",
        format!("`{name}` has a twin type, but the twin cannot replace it in this place"),
        "return or take it alone, by `&` or `&mut` as an argument, or in a `Result`, an `Option`, a `Vec`, a tuple or a stream \
         that is written out; return the output unchanged with `#[bridge(as_is)]`, or leave the method out with \
         `#[bridge(skip)]`",
    )
}

pub(crate) fn missing_body(name: &str) -> Fault {
    fault(
        "SB033",
        format!("`{name}` has no body"),
        "add the body; or, if the method is one of another type, name that type: `#[sync_bridge(remote = path::to::Type)]`",
    )
}

pub(crate) fn pointer_receiver() -> Fault {
    fault(
        "SB034",
        "a twin type holds its value itself, so it cannot call a method that takes `self` behind a pointer",
        "take `self`, `&self`, `&mut self`, `self: Pin<&mut Self>` or `self: Box<Self>`, or leave the method out with `#[bridge(skip)]`",
    )
}

pub(crate) fn twin_not_named(name: &str) -> Fault {
    fault(
        "SB035",
        format!("`twins(…)` lists `{name}`, but no signature of this impl names such a type"),
        "write the name as the signatures do, or remove it",
    )
}

pub(crate) fn twin_of_unnamed(option: &str) -> Fault {
    fault(
        "SB015",
        format!("the option `{option}` needs a type with a name"),
        "put it on the impl of a struct or an enum",
    )
}

pub(crate) fn remote_with_fields(name: &str) -> Fault {
    fault(
        "SB017",
        format!("`{name}` has fields or variants, but with `remote` the attribute writes what is in it"),
        format!("write `struct {name};`, with the generic parameters that the other type needs"),
    )
}

pub(crate) fn not_forwardable(name: &str) -> Fault {
    fault(
        "SB004",
        format!("the option `forward` does not know the trait `{name}`"),
        "write this impl by hand, with `TwinType::as_async`; the traits are `AsRef<…>`, `Clone`, `Debug`, `Default`, `Display`, \
         `Eq`, `Error`, `From<…>`, `FromStr`, `Hash`, `Ord`, `PartialEq`, `PartialOrd` and `TryFrom<…>`",
    )
}

pub(crate) fn receiver_of_pinned() -> Fault {
    fault(
        "SB034",
        "the value of this twin is pinned, so only methods with `&self` and `self: Pin<&mut Self>` can be called on it",
        "write the receiver as the other type has it, or leave the method out",
    )
}

pub(crate) fn not_forwarded_anyway(name: &str) -> Fault {
    fault(
        "SB004",
        format!("the option `forward` leaves out `{name}`, which a twin does not have by itself"),
        "remove it; by themselves, twins have `Clone`, `Debug`, `PartialEq`, `Eq`, `PartialOrd`, `Ord` and `Hash`",
    )
}
