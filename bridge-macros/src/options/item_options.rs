//! What the user writes in `#[bridge(…)]`, on a method or another item of a block.

use crate::errors::Errors;
use crate::faults;
use crate::options::block_options::ErrorRule;
use crate::options::bounds::parse_bounds;
use crate::options::conditional;
use crate::options::option_list::{check_given_once, check_no_value, each_option, value};
use crate::options::timeout::Timeout;
use proc_macro2::TokenStream;
use syn::parse::ParseStream;
use syn::{Attribute, Expr, ExprPath, Ident, LitStr, Meta, PredicateType, Type};

const METHOD_OPTIONS: &str = "`as_is`, `bounds(…)`, `bridge = …`, `calls = …`, `collect = …`, `enter`, `error = …`, `future`, `iter`, `keep`, `passthrough`, `read`, \
                              `rename = \"…\"`, `skip`, `task`, `timeout = …`, `twin` and `write`";

/// The options of one method, or of another item of a block. Each keeps the name under which it was given.
#[derive(Default)]
pub(crate) struct ItemOptions {
    pub(crate) as_is: Option<Ident>,
    /// What the twin asks of the generic types that are named.
    pub(crate) bounds: Option<(Ident, Vec<PredicateType>)>,
    pub(crate) bridge: Option<(Ident, Expr)>,
    /// The function that the twin calls instead of the method.
    pub(crate) calls: Option<(Ident, ExprPath)>,
    pub(crate) collect: Option<(Ident, Type)>,
    pub(crate) enter: Option<Ident>,
    pub(crate) error: Option<(Ident, ErrorRule)>,
    pub(crate) future: Option<Ident>,
    pub(crate) iter: Option<Ident>,
    pub(crate) keep: Option<Ident>,
    pub(crate) passthrough: Option<Ident>,
    pub(crate) read: Option<Ident>,
    pub(crate) rename: Option<(Ident, Ident)>,
    pub(crate) skip: Option<Ident>,
    pub(crate) task: Option<Ident>,
    pub(crate) timeout: Option<(Ident, Timeout)>,
    pub(crate) twin: Option<Ident>,
    pub(crate) write: Option<Ident>,
    /// There are more options, or others, than these: what they are is not understood.
    pub(crate) has_fault: bool,
}

impl ItemOptions {
    /// Reads the `#[bridge(…)]` attributes among `attrs`.
    pub(crate) fn parse(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut options = Self::default();
        let mut given = Vec::new();
        let before = errors.count();
        for tokens in bridge_attrs(attrs, "#[bridge(skip)]", errors) {
            each_option(tokens, errors, |name, input, errors| {
                if options.read_option(&name, input, errors) {
                    check_given_once(&name, &mut given, errors);
                }
            });
        }
        options.check_conflicts(errors);
        options.has_fault = errors.count() > before;
        options
    }

    /// Whether there is such an option.
    fn read_option(&mut self, name: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> bool {
        let written = name.to_string();
        match written.as_str() {
            "bounds" => self.bounds = Some((name.clone(), parse_bounds(name, input, errors))),
            "bridge" => {
                let bridge = value(name, input, "bridge = argument.bridge", errors);
                self.bridge = bridge.map(|bridge| (name.clone(), bridge));
            }
            "calls" => {
                let path = value(name, input, "calls = Self::other", errors);
                self.calls = path.map(|path| (name.clone(), path));
            }
            "collect" => {
                let of = value(name, input, "collect = Vec<Item>", errors);
                self.collect = of.map(|of| (name.clone(), of));
            }
            "error" => self.error = ErrorRule::parse(name, input, errors).map(|rule| (name.clone(), rule)),
            "rename" => self.rename = renamed(name, input, errors).map(|ident| (name.clone(), ident)),
            "timeout" => self.timeout = Timeout::parse(name, input, errors).map(|limit| (name.clone(), limit)),
            _ => {
                let flag = match written.as_str() {
                    "as_is" => &mut self.as_is,
                    "enter" => &mut self.enter,
                    "future" => &mut self.future,
                    "iter" => &mut self.iter,
                    "keep" => &mut self.keep,
                    "passthrough" => &mut self.passthrough,
                    "read" => &mut self.read,
                    "skip" => &mut self.skip,
                    "task" => &mut self.task,
                    "twin" => &mut self.twin,
                    "write" => &mut self.write,
                    _ => {
                        errors.push(faults::unknown_option(&written, METHOD_OPTIONS).at(name));
                        return false;
                    }
                };
                *flag = Some(name.clone());
                check_no_value(name, input, errors);
            }
        }
        true
    }

    fn check_conflicts(&self, errors: &mut Errors) {
        let adapters = self.adapters();
        let others = || {
            let flags = adapters.iter().copied().chain(&self.enter).chain(&self.future);
            let flags = flags.chain(self.bounds.iter().map(|of| &of.0));
            let values = self.error.iter().map(|of| &of.0).chain(self.timeout()).chain(self.bridge());
            flags.chain(values).chain(self.calls())
        };
        let rename = self.rename.iter().map(|of| &of.0);
        let mut conflict = |one: &Ident, other: &Ident, why: &str| {
            errors.push(faults::conflicting_options(&one.to_string(), &other.to_string(), why).at(other));
        };
        if let Some(skip) = &self.skip {
            for other in rename {
                conflict(skip, other, "a skipped method has no twin to rename");
            }
            for other in others().chain(&self.passthrough).chain(&self.as_is).chain(&self.twin) {
                conflict(skip, other, "a skipped method has no twin");
            }
        } else if let Some(passthrough) = &self.passthrough {
            for other in others() {
                conflict(passthrough, other, "the method is called without the bridge");
            }
            if let Some(as_is) = &self.as_is {
                conflict(passthrough, as_is, "with `passthrough` the twin returns the output unchanged, too");
            }
        }
        if let (Some(enter), [adapter, ..]) = (&self.enter, &adapters[..]) {
            conflict(enter, adapter, "a method whose output has an adapter is called inside the bridge anyway");
        }
        if let (Some(enter), Some((bounds, _))) = (&self.enter, &self.bounds) {
            conflict(enter, bounds, "a synchronous method runs on the thread that calls it");
        }
        if let (Some(enter), Some(timeout)) = (&self.enter, self.timeout()) {
            conflict(enter, timeout, "nothing ends a synchronous method early");
        }
        for pair in adapters.windows(2) {
            if !(pair[0] == "read" && pair[1] == "write") {
                conflict(pair[0], pair[1], "a twin returns only one adapter");
            }
        }
        if let (Some(future), [adapter, ..]) = (&self.future, &adapters[..]) {
            conflict(future, adapter, "the output of an alias of a future cannot have an adapter");
        }
        if let (Some(as_is), [adapter, ..]) = (&self.as_is, &adapters[..]) {
            conflict(as_is, adapter, "the twin returns either the output itself or an adapter of it");
        }
        if let (Some(as_is), Some(future)) = (&self.as_is, &self.future) {
            conflict(as_is, future, "the twin either returns the future or waits for it");
        }
    }

    fn bridge(&self) -> Option<&Ident> {
        self.bridge.as_ref().map(|of| &of.0)
    }

    fn calls(&self) -> Option<&Ident> {
        self.calls.as_ref().map(|of| &of.0)
    }

    fn timeout(&self) -> Option<&Ident> {
        self.timeout.as_ref().map(|of| &of.0)
    }

    /// Whether `futures(…)` on the block applies, if it lists the output: unless the method says what becomes of it.
    pub(crate) fn may_be_listed_future(&self) -> bool {
        let others = [&self.as_is, &self.enter, &self.passthrough, &self.skip];
        others.into_iter().all(Option::is_none) && self.adapters().is_empty()
    }

    /// The names of the options that say what the twin returns.
    pub(crate) fn adapters(&self) -> Vec<&Ident> {
        let collect = self.collect.iter().map(|of| &of.0);
        collect.chain(&self.iter).chain(&self.task).chain(&self.read).chain(&self.write).chain(&self.keep).collect()
    }

    /// The names of the options that only a method with a blocking twin can have.
    pub(crate) fn for_bridged(&self) -> Vec<&Ident> {
        self.adapters()
            .into_iter()
            .chain(&self.enter)
            .chain(&self.future)
            .chain(self.bounds.iter().map(|of| &of.0))
            .chain(self.error.iter().map(|of| &of.0))
            .chain(self.timeout())
            .chain(self.bridge())
            .chain(self.calls())
            .chain(&self.twin)
            .collect()
    }

    /// Whether any option says something about a twin.
    pub(crate) fn ask_for_twin(&self) -> bool {
        self.has_fault || self.rename.is_some() || !self.for_methods().is_empty()
    }

    /// The names of the options that only a method can have.
    pub(crate) fn for_methods(&self) -> Vec<&Ident> {
        self.for_bridged().into_iter().chain(&self.as_is).chain(&self.passthrough).collect()
    }
}

/// What is in the `#[bridge(…)]` attributes among `attrs`.
pub(crate) fn bridge_attrs(attrs: &[Attribute], example: &str, errors: &mut Errors) -> Vec<TokenStream> {
    let mut found = Vec::new();
    for attr in conditional::bridge_attrs(attrs) {
        match attr.meta {
            Meta::List(list) if !list.tokens.is_empty() => found.push(list.tokens),
            meta => {
                let reason = match &meta {
                    Meta::NameValue(_) => "its options must be in parentheses",
                    _ => "it is empty",
                };
                errors.push(faults::bad_value("bridge", reason, example).at(meta));
            }
        }
    }
    found
}

fn renamed(name: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Option<Ident> {
    let expected = "rename = \"name_of_the_twin\"";
    let literal: LitStr = value(name, input, expected, errors)?;
    let ident = literal.parse::<Ident>().ok();
    if ident.is_none() {
        errors.push(faults::bad_value("rename", "it is not an identifier", expected).at(literal));
    }
    ident
}
