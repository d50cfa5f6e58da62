//! What the user writes in `#[sync_bridge(…)]`.

use crate::errors::Errors;
use crate::faults;
use crate::options::bounds::parse_bounds;
use crate::options::forward::{Forward, parse_forward};
use crate::options::marks::{Mark, parse_marks};
use crate::options::option_list::{check_given_once, check_no_value, each_option, names, value};
use crate::options::timeout::Timeout;
use crate::options::twin_types::{ListedType, TwinTypes, parse_twins};
use crate::syntax::tokens::mentions;
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::ParseStream;
use syn::{Expr, ExprPath, Ident, LitStr, Path, PathArguments, PredicateType, Token, TypePath, parse_str};

const BLOCK_OPTIONS: &str = "`blanket`, `bounds(…)`, `bridge = …`, `crate = …`, `error = …`, `forward(…)`, `futures(…)`, \
     `generated`, `implementors = …`, `items(…)`, `local`, `private`, `remote = …`, `send`, `suffix = \"…\"`, `timeout = …`, \
     `twin = …`, `twin_trait = …` and `twins(…)`";

/// The options of a block. Each keeps the name under which it was given, for errors that concern it.
#[derive(Default)]
pub(crate) struct BlockOptions {
    /// What the twins ask of the generic types that are named.
    pub(crate) bounds: Option<(Ident, Vec<PredicateType>)>,
    pub(crate) bridge: Option<(Ident, Expr)>,
    pub(crate) error: ErrorRule,
    pub(crate) krate: Option<Path>,
    /// The names of futures, and of what `.await` turns into one.
    pub(crate) futures: Vec<Path>,
    /// Without a path where the value is faulty: then the twin is unknown, rather than generated.
    pub(crate) twin: Option<(Ident, Option<Path>)>,
    /// The trait that an impl's twin implements. Without a path where the value is faulty.
    pub(crate) twin_trait: Option<(Ident, Option<Path>)>,
    /// The twin that `twin_trait = path` names is one of ours, under a chosen name.
    pub(crate) generated: Option<Ident>,
    pub(crate) blanket: Option<Ident>,
    /// The private methods of an inherent impl have twins too.
    pub(crate) private: Option<Ident>,
    /// Without a path where the value is faulty.
    pub(crate) remote: Option<(Ident, Option<Path>)>,
    /// The trait whose implementors have the twin, where it is not the async one. Without a path where the value is
    /// faulty.
    pub(crate) implementors: Option<(Ident, Option<Path>)>,
    /// Without a value where that is faulty.
    pub(crate) suffix: Option<(Ident, Option<LitStr>)>,
    pub(crate) route: Option<(Ident, Route)>,
    /// The time limit of the methods that say nothing about it.
    pub(crate) timeout: Option<(Ident, Timeout)>,
    /// The traits of an async type that its twin has too.
    pub(crate) forward: Option<(Ident, Forward)>,
    /// The types in signatures that have twins.
    pub(crate) twins: Option<(Ident, Vec<ListedType>)>,
    /// The same with the type of the block, if its twin is a type.
    pub(crate) twin_types: Option<TwinTypes>,
    /// There are more options, or others, than these: what they are is not understood.
    pub(crate) has_fault: bool,
    /// The options of the items of the block.
    pub(crate) marks: Vec<Mark>,
}

/// What a twin does with a failure of the bridge.
#[derive(Default)]
pub(crate) enum ErrorRule {
    /// The output is a `Result` whose error converts from `BridgeError`.
    #[default]
    Convert,
    /// The twin returns `Result<Output, BridgeError>`.
    Wrap,
    /// The twin panics, with the original payload if there is one.
    Panic,
    /// The output is a `Result`, and this function makes its error of a `BridgeError`.
    Map(ExprPath),
}

/// How a future is run.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Route {
    /// The future is `Send`, and may be handed to the bridge.
    Send,
    /// The future is built and run on one thread; what it is built of is `Send`.
    Local,
}

impl BlockOptions {
    pub(crate) fn parse(args: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        let mut given = Vec::new();
        let before = errors.count();
        each_option(args, errors, |name, input, errors| {
            let written = name.to_string();
            match written.as_str() {
                "bridge" => {
                    if let Some(value) = value(&name, input, "bridge = self.bridge", errors) {
                        options.bridge = Some((name.clone(), value));
                    }
                }
                "bounds" => {
                    options.bounds = Some((name.clone(), parse_bounds(&name, input, errors)));
                }
                "blanket" => {
                    check_no_value(&name, input, errors);
                    options.blanket = Some(name.clone());
                }
                "forward" => options.forward = Some((name.clone(), parse_forward(&name, input, errors))),
                "twins" => options.twins = Some((name.clone(), parse_twins(&name, input, errors))),
                "futures" => options.futures = names(&name, input, FUTURES, errors),
                "generated" => {
                    check_no_value(&name, input, errors);
                    options.generated = Some(name.clone());
                }
                "private" => {
                    check_no_value(&name, input, errors);
                    options.private = Some(name.clone());
                }
                "items" => options.marks.extend(parse_marks(&name, input, errors)),
                "implementors" => {
                    let path = value(&name, input, "implementors = path::to::Trait", errors);
                    options.implementors = Some((name.clone(), path));
                }
                "remote" => {
                    let path = value(&name, input, "remote = path::to::AsyncTrait", errors);
                    options.remote = Some((name.clone(), path));
                }
                "local" | "send" => {
                    check_no_value(&name, input, errors);
                    let route = if written == "local" { Route::Local } else { Route::Send };
                    match &options.route {
                        Some((other, of)) if *of != route => {
                            let why = "with `local` a future stays on one thread, and with `send` it may move";
                            errors.push(faults::conflicting_options(&other.to_string(), &written, why).at(&name));
                        }
                        _ => options.route = Some((name.clone(), route)),
                    }
                }
                "suffix" => {
                    let literal = value(&name, input, SUFFIX, errors).filter(|literal| is_suffix(literal, errors));
                    options.suffix = Some((name.clone(), literal));
                }
                "crate" => {
                    let path = value(&name, input, "crate = ::sync_bridge", errors);
                    options.krate = path.map(as_expression);
                }
                "error" => options.error = ErrorRule::parse(&name, input, errors).unwrap_or_default(),
                "timeout" => {
                    options.timeout = Timeout::parse(&name, input, errors).map(|limit| (name.clone(), limit));
                }
                "twin" => {
                    let path = value(&name, input, "twin = path::to::Twin", errors);
                    options.twin = Some((name.clone(), path));
                }
                "twin_trait" => {
                    let path = value(&name, input, "twin_trait = path::to::SyncTrait", errors);
                    options.twin_trait = Some((name.clone(), path));
                }
                _ => {
                    errors.push(faults::unknown_option(&written, BLOCK_OPTIONS).at(&name));
                    return;
                }
            }
            check_given_once(&name, &mut given, errors);
        });
        options.has_fault = errors.count() > before;
        options
    }

    /// The name in `futures(…)` under which the last names of `path` are listed.
    pub(crate) fn listed_future(&self, path: &Path) -> Option<&Path> {
        let ends_in = |listed: &&Path| {
            let listed = listed.segments.iter().rev().map(|segment| &segment.ident);
            let mut names = path.segments.iter().rev().map(|segment| &segment.ident);
            listed.into_iter().all(|name| names.next() == Some(name))
        };
        self.futures.iter().find(ends_in)
    }

    /// Whether the expression in `bridge = …` needs a `self` to evaluate.
    pub(crate) fn bridge_uses_self(&self) -> bool {
        self.bridge.as_ref().is_some_and(|(_, bridge)| uses_self(bridge))
    }
}

pub(crate) fn uses_self(expr: &Expr) -> bool {
    mentions(expr.to_token_stream(), "self")
}

const FUTURES: &str = "futures(Name, …)";

const SUFFIX: &str = "suffix = \"_blocking\"";

fn is_suffix(literal: &LitStr, errors: &mut Errors) -> bool {
    // Spaces around an identifier are no part of it, but would be read as none.
    let name = format!("name{}", literal.value());
    let fits = parse_str::<Ident>(&name).is_ok_and(|ident| ident == name);
    if !fits {
        errors.push(faults::bad_value("suffix", "an identifier cannot end in it", SUFFIX).at(literal));
    }
    fits
}

impl ErrorRule {
    pub(crate) fn parse(name: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Option<Self> {
        let expected = "error = convert`, `wrap`, `panic` or `some::function";
        value(name, input, expected, errors).map(Self::from_path)
    }

    /// A path as a type spells it: with a `<E as From<_>>` in front, or not.
    fn from_path(TypePath { qself, path, .. }: TypePath) -> Self {
        match path.get_ident().map(ToString::to_string).as_deref() {
            Some("convert") => Self::Convert,
            Some("wrap") => Self::Wrap,
            Some("panic") => Self::Panic,
            _ => Self::Map(ExprPath { attrs: Vec::new(), qself, path: as_expression(path) }),
        }
    }
}

/// A path as an expression spells it, and a type may: `map::<T>`, also where `map<T>` is written.
fn as_expression(mut path: Path) -> Path {
    for segment in &mut path.segments {
        if let PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
            arguments.colon2_token.get_or_insert(Token![::](arguments.lt_token.span));
        }
    }
    path
}
