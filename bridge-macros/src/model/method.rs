//! One method of a block: what it was before `#[async_trait]`, and what its twin looks like.

use crate::errors::Errors;
use crate::model::adapted_args::{AdaptedArg, adapted_args};
use crate::model::adapter::{AdaptedOutput, Adapter};
use crate::model::async_trait::{self, Promise, Undone};
use crate::model::rewriting_attrs::rewriting_attr;
use crate::model::twin_args::{TwinArg, twin_args};
use crate::model::variants::{Refused, Variant, variants};
use crate::options::block_options::{BlockOptions, ErrorRule};
use crate::options::item_options::ItemOptions;
use crate::options::timeout::Timeout;
use crate::options::twin_types::TwinTypes;
use crate::syntax::elided::name_elided_in_impl_trait;
use crate::syntax::output::{self, Returns, is_visibly_no_result, only_argument};
use crate::syntax::rewrite::{argument, trim_bounds};
use crate::syntax::threads::{GenericTypes, Threads};
use crate::syntax::tokens::mentions;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::ext::IdentExt;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Block, Expr, FnArg, GenericParam, Ident, Pat, PatIdent, Path, Receiver, ReceiverKind, ReturnType,
    Signature, Token, Type, TypeGroup, TypeParen, Visibility, parse_quote_spanned,
};

pub(crate) struct Method {
    pub(crate) attrs: Vec<Attribute>,
    /// Inherited, except in an inherent impl and of a free function.
    pub(crate) vis: Visibility,
    pub(crate) options: ItemOptions,
    /// The name of the async method; `sig` has the same.
    pub(crate) name: Ident,
    /// As the twin has it: not `async`, each argument a plain name, the output of the future returned.
    pub(crate) sig: Signature,
    pub(crate) output: Type,
    /// The output is a future, under another name, and the twin returns what that yields.
    pub(crate) is_future_alias: bool,
    /// The `IntoFuture` that the method returns: its future is still to be made.
    pub(crate) builder: Option<Ident>,
    /// What the twin returns in another form.
    pub(crate) adapted: Option<AdaptedOutput>,
    pub(crate) args: Vec<Ident>,
    /// The names of the arguments where they are declared only, for the reader's sake.
    pub(crate) shown_args: Vec<Ident>,
    /// Those for which the twin takes iterators, readers and writers.
    pub(crate) adapted_args: Vec<AdaptedArg>,
    /// Those that are twins in the twin.
    pub(crate) twin_args: Vec<TwinArg>,
    pub(crate) receiver: Option<By>,
    /// The receiver as it is written.
    pub(crate) receiver_kind: Option<ReceiverKind>,
    /// What the receiver asks of `Self`, to be `Send`.
    pub(crate) threads: Threads,
    pub(crate) self_token: Option<Token![self]>,
    pub(crate) kind: Kind,
    pub(crate) has_default: bool,
    /// A default body that mentions `Self` without a receiver, boxed as a `Send` future.
    pub(crate) needs_send_self: bool,
    /// The same method for each combination of the conditions of its parameters.
    pub(crate) variants: Vec<Method>,
    pub(crate) refused_conditions: Vec<Refused>,
    /// The attribute of another macro that changes how the method is called.
    pub(crate) rewritten_by: Option<Path>,
    pub(crate) rc_receiver: Option<Type>,
    pub(crate) audience: Audience,
}

/// Whom a method is for.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Audience {
    /// Any caller, who may be blocking code.
    Callers,
    /// The type's own methods: it is private, and has no mark.
    ItsType,
}

/// How the receiver holds the value.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum By {
    /// `&self`, `&Arc<Self>`
    Shared,
    /// `&mut self`, `self`, `Arc<Self>`, `Pin<&Self>`: the call takes it along.
    Taken,
}

pub(crate) enum Kind {
    Async(Proof),
    /// A synchronous method that is called inside the bridge: one whose output has an adapter in the twin, or with `enter`.
    Immediate,
    /// A synchronous method of a twin type, which runs on the calling thread, inside the bridge as far as there is one.
    Around,
    Sync,
    FutureOfUnknown(Ident),
}

/// What the signature says about whether the future is `Send`.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Proof {
    /// `async fn` or `-> impl Future`: the compiler knows, where it knows the type.
    Leaks,
    /// `-> impl Future<Output = …> + Send`. An impl of such a trait may be an `async fn`.
    Bounded,
    /// The type says so: a box, with `#[async_trait]` or without, and an `async fn` of a mirror.
    Written,
    /// `#[async_trait(?Send)]`: the type has no `Send`.
    Absent,
}

impl Method {
    pub(crate) fn new(
        attrs: &[Attribute],
        sig: &Signature,
        default: Option<&Block>,
        pending: Option<Promise>,
        block: &BlockOptions,
        errors: &mut Errors,
    ) -> Self {
        let mut method = Self::with_all_parameters(attrs, sig, default, pending, block, errors);
        match variants(sig) {
            Ok(variants) => {
                // Their faults are those of the method with all its parameters.
                let mut told = Errors::new();
                let variants = variants.into_iter().map(|Variant { condition, sig }| {
                    let attrs: Vec<_> = attrs.iter().cloned().chain([condition]).collect();
                    Self::with_all_parameters(&attrs, &sig, default, pending, block, &mut told)
                });
                method.variants = variants.collect();
                let _ = told.finish();
            }
            Err(refused) => method.refused_conditions = refused,
        }
        method
    }

    fn with_all_parameters(
        attrs: &[Attribute],
        sig: &Signature,
        default: Option<&Block>,
        pending: Option<Promise>,
        block: &BlockOptions,
        errors: &mut Errors,
    ) -> Self {
        let options = ItemOptions::parse(attrs, errors);
        let mut self_is_send = false;
        let is_listed = || options.may_be_listed_future() && listed_future(sig, block).is_some();
        let is_future_alias = (options.future.is_some() || is_listed()) && may_be_future_alias(sig);
        let builder = match &sig.output {
            ReturnType::Type(_, ty) if sig.asyncness.is_none() => output::builder(ty),
            _ => None,
        };
        let (kind, mut sig) = if sig.asyncness.is_some() {
            self_is_send = default.is_some() && pending.is_some();
            (Kind::Async(pending.map_or(Proof::Leaks, Proof::from)), sig.clone())
        } else if let Some(undone) = async_trait::undo(sig) {
            let Undone { sig, promise, self_is_send: inferred } = undone;
            self_is_send = inferred;
            (Kind::Async(promise.into()), sig)
        } else if is_future_alias {
            (Kind::Async(Proof::Leaks), sig.clone())
        } else if options.passthrough.is_some() {
            (Kind::Sync, sig.clone())
        } else {
            from_output(sig)
        };
        sig.asyncness = None;
        if block.twin_types.is_some() {
            // The twin calls the bridge.
            sig.constness = None;
        }
        if pending.is_some() {
            async_trait::remove_marker(&mut sig);
        }
        trim_bounds(&mut sig);
        name_elided_in_impl_trait(&mut sig);
        let has_receiver = sig.receiver().is_some();
        let output = match &sig.output {
            ReturnType::Default => parse_quote_spanned!(sig.ident.span()=> ()),
            ReturnType::Type(_, ty) => (**ty).clone(),
        };
        let receiver = sig.receiver();
        let twins = block.twin_types.as_ref();
        let adapted = match kind {
            Kind::Async(_) | Kind::Sync if !is_future_alias => AdaptedOutput::of(&options, &output, twins),
            _ => None,
        };
        let is_inside = adapted.is_some() || (options.enter.is_some() && options.passthrough.is_none());
        let kind = match kind {
            Kind::FutureOfUnknown(_) if options.as_is.is_some() => Kind::Sync,
            kind => kind,
        };
        let has_only_twins = adapted.as_ref().is_none_or(|adapted| matches!(adapted.adapter, Adapter::Twin));
        let kind = match kind {
            Kind::Sync if twins.is_some() && has_only_twins && options.skip.is_none() => Kind::Around,
            Kind::Sync if is_inside => Kind::Immediate,
            kind => kind,
        };
        let rc_receiver = receiver.and_then(|receiver| match &receiver.kind {
            ReceiverKind::Typed(_, ty) if is_behind_rc(ty) => Some((**ty).clone()),
            _ => None,
        });
        let by = receiver.map(|receiver| by(&receiver.kind));
        let stays_here = matches!(kind, Kind::Sync | Kind::Around) || is_entered(&kind, &options);
        let threads = receiver.filter(|_| !stays_here);
        let threads = threads.map(|receiver| of_receiver(&receiver.kind)).unwrap_or_default();
        let self_token = receiver.map(|receiver| receiver.self_token);
        let adapted_args = adapted_args(&sig, errors);
        let twin_args = twins.map(|twins| twin_args(&sig, twins)).unwrap_or_default();
        let receiver_kind = receiver.map(|receiver| receiver.kind.clone());
        let args = name_arguments(&mut sig);
        let shown_args = args.clone();
        Self {
            attrs: attrs.to_vec(),
            vis: Visibility::Inherited,
            options,
            name: sig.ident.clone(),
            sig,
            output,
            is_future_alias,
            builder,
            adapted,
            args,
            shown_args,
            adapted_args,
            twin_args,
            receiver: by,
            receiver_kind,
            threads,
            self_token,
            kind,
            has_default: default.is_some(),
            needs_send_self: !has_receiver
                && self_is_send
                && default.is_some_and(|body| mentions(body.to_token_stream(), "Self")),
            variants: Vec::new(),
            refused_conditions: Vec::new(),
            rewritten_by: rewriting_attr(attrs),
            rc_receiver,
            audience: Audience::Callers,
        }
    }

    /// With the visibility of an item in an inherent impl. A private method has a twin only if an option is about one.
    pub(crate) fn in_inherent_impl(mut self, vis: &Visibility, block: &BlockOptions) -> Self {
        // A signature of somebody else's method is there for its twin alone.
        let is_declared = block.twin_types.as_ref().is_some_and(TwinTypes::is_of_twins);
        let is_asked_for = block.private.is_some() || self.options.ask_for_twin() || !self.adapted_args.is_empty();
        let is_marked = is_declared || is_asked_for;
        let is_helper = matches!(vis, Visibility::Inherited) && !is_marked;
        let audience = if is_helper { Audience::ItsType } else { Audience::Callers };
        self.change(|method| (method.vis, method.audience) = (vis.clone(), audience));
        self
    }

    /// Makes the same change to the method and to its variants.
    pub(crate) fn change(&mut self, change: impl Fn(&mut Self)) {
        self.variants.iter_mut().for_each(&change);
        change(self);
    }

    /// The methods that the twin has of this one.
    pub(crate) fn resolved(self) -> Vec<Self> {
        if self.variants.is_empty() { vec![self] } else { self.variants }
    }

    // Input:
    //     (&self, key: &str)
    //
    // Output:
    //     (&self, arg0: &str)
    //
    /// Gives the arguments names of ours. In a method without a body any name will do, also that of a constant or of a
    /// unit struct that is in scope; a body would take such a name for a pattern. A name that the time limit or
    /// the bridge of the method mentions is that of an argument.
    pub(crate) fn hide_arguments(&mut self, options: &BlockOptions) {
        let limit = self.timeout(options).and_then(|(_, limit)| limit.computed());
        let bridge = self.options.bridge.as_ref().map(|(_, bridge)| bridge);
        let expressions: Vec<_> = limit.into_iter().chain(bridge).map(ToTokens::to_token_stream).collect();
        let is_mentioned = |name: &Ident| expressions.iter().any(|tokens| mentions(tokens.clone(), &name.to_string()));
        let shown = self.shown_args.iter().enumerate();
        // At the place of the user's name, which is where a type that does not fit is reported.
        self.args = shown
            .map(
                |(index, shown)| {
                    if is_mentioned(shown) { shown.clone() } else { format_ident!("arg{index}", span = shown.span()) }
                },
            )
            .collect();
        rename_arguments(&mut self.sig, &self.args);
    }

    /// The names that the user wrote, in a signature that has no body.
    pub(crate) fn show_arguments(&self, sig: &mut Signature) {
        rename_arguments(sig, &self.shown_args);
    }

    /// Whether the twin is meant not to have the method.
    pub(crate) fn is_skipped(&self) -> bool {
        self.options.skip.is_some() || self.audience == Audience::ItsType
    }

    /// Whether the method would have a twin if it was not private.
    pub(crate) fn is_private_helper(&self) -> bool {
        self.audience == Audience::ItsType && self.options.skip.is_none() && !matches!(self.kind, Kind::Sync)
    }

    /// Whether the method gets a blocking twin.
    pub(crate) fn is_bridged(&self) -> bool {
        !self.is_skipped() && !matches!(self.kind, Kind::Sync)
    }

    /// Whether the calling thread runs the whole method, inside the bridge.
    pub(crate) fn is_entered(&self) -> bool {
        is_entered(&self.kind, &self.options)
    }

    /// Whether the twin has the method as it is. Of a synchronous method, `as_is` says no less.
    pub(crate) fn is_passed_through(&self) -> bool {
        let is_asked_for = self.options.passthrough.is_some() || self.options.as_is.is_some();
        is_asked_for && !self.is_skipped() && matches!(self.kind, Kind::Sync)
    }

    /// Whether a twin of our making passes the method over as a synchronous one.
    pub(crate) fn is_left_where_it_is(&self) -> bool {
        matches!(self.kind, Kind::Sync) && !self.is_skipped() && !self.is_passed_through()
    }

    /// What the twin does with a failure of the bridge: what the method says, or else its block.
    pub(crate) fn error_rule<'a>(&'a self, block: &'a BlockOptions) -> &'a ErrorRule {
        self.options.error.as_ref().map_or(&block.error, |(_, rule)| rule)
    }

    /// The expression for the bridge that serves the calls: what the method says, or else its block.
    pub(crate) fn bridge<'a>(&'a self, block: &'a BlockOptions) -> Option<&'a Expr> {
        self.options.bridge.as_ref().or(block.bridge.as_ref()).map(|(_, bridge)| bridge)
    }

    /// The time limit of each call: what the method says, or else its block. Nothing ends a synchronous method early.
    pub(crate) fn timeout<'a>(&'a self, block: &'a BlockOptions) -> Option<&'a (Ident, Timeout)> {
        let of_block = block.timeout.as_ref().filter(|_| !self.is_entered() && !matches!(self.kind, Kind::Around));
        let timeout = self.options.timeout.as_ref().or(of_block);
        timeout.filter(|(_, limit)| !matches!(limit, Timeout::Never))
    }

    /// What the rule asks to carry a failure, if that is visibly no `Result`.
    pub(crate) fn output_without_failure(&self, block: &BlockOptions) -> Option<Type> {
        let needs_result = match self.error_rule(block) {
            ErrorRule::Convert | ErrorRule::Map(_) => matches!(self.kind, Kind::Async(_) | Kind::Immediate),
            ErrorRule::Wrap | ErrorRule::Panic => false,
        };
        let output = match &self.adapted {
            Some(adapted) if adapted.reports_failure() || !adapted.may_adapt(&self.output) => return None,
            Some(adapted) => adapted.output_in_body(&self.output),
            None => self.output.clone(),
        };
        Some(output).filter(|output| needs_result && !self.is_future_alias && is_visibly_no_result(output))
    }

    /// The name of the twin: the chosen one, or the name of the method with `suffix`.
    pub(crate) fn twin_name(&self, suffix: &str) -> Ident {
        match &self.options.rename {
            Some((_, renamed)) => renamed.clone(),
            // What the twin has as it is has its name as well.
            None if suffix.is_empty() || self.is_passed_through() => self.name.clone(),
            None => {
                let name = self.name.unraw().to_string();
                // `type_` becomes `type_blocking`: two underscores would not be in snake case.
                let stem = if suffix.starts_with('_') { name.trim_end_matches('_') } else { &name };
                format_ident!("{stem}{suffix}", span = self.name.span())
            }
        }
    }

    /// Where tokens of ours about this method point: at its name, and with names of our own.
    pub(crate) fn span(&self) -> Span {
        self.name.span().resolved_at(Span::mixed_site())
    }

    /// The generic arguments that a call may spell out; lifetimes are inferred.
    pub(crate) fn generic_arguments(&self) -> Vec<TokenStream> {
        let params = self.sig.generics.params.iter();
        params.filter(|param| !matches!(param, GenericParam::Lifetime(_))).map(argument).collect()
    }

    /// The same in a call of the original, which has other types in the place of readers and writers.
    pub(crate) fn source_arguments(&self) -> Vec<TokenStream> {
        let is_adapted = |ident: &Ident| self.adapted_args.iter().any(|arg| arg.parameter() == Some(ident));
        let params = self.sig.generics.params.iter();
        let params = params.filter(|param| !matches!(param, GenericParam::Lifetime(_)));
        params
            .map(|param| match param {
                GenericParam::Type(param) if is_adapted(&param.ident) => quote_spanned!(self.span()=> _),
                param => argument(param),
            })
            .collect()
    }
}

impl From<Promise> for Proof {
    fn from(promise: Promise) -> Self {
        match promise {
            Promise::Send => Self::Written,
            Promise::Nothing => Self::Absent,
        }
    }
}

fn is_entered(kind: &Kind, options: &ItemOptions) -> bool {
    matches!(kind, Kind::Immediate) && options.enter.is_some()
}

/// The name of the block's `futures(…)` that the output of the method has.
pub(crate) fn listed_future<'a>(sig: &Signature, block: &'a BlockOptions) -> Option<&'a Path> {
    let ReturnType::Type(_, ty) = &sig.output else { return None };
    let mut ty = &**ty;
    while let Type::Group(TypeGroup { elem, .. }) | Type::Paren(TypeParen { elem, .. }) = ty {
        ty = elem;
    }
    match ty {
        Type::Path(of) => block.listed_future(&of.path),
        _ => None,
    }
}

/// Whether the method does not say itself what its future is. A name that we know may be that of another alias.
fn may_be_future_alias(sig: &Signature) -> bool {
    let is_by_name = || matches!(&sig.output, ReturnType::Type(_, ty) if output::is_future_by_name(ty));
    let is_plain = sig.asyncness.is_none() && async_trait::undo(sig).is_none();
    is_plain && (is_by_name() || matches!(from_output(sig).0, Kind::Sync))
}

/// What a method that is no `async fn` is, and its signature with the output of its future.
fn from_output(sig: &Signature) -> (Kind, Signature) {
    let mut sig = sig.clone();
    let ReturnType::Type(arrow, ty) = &sig.output else { return (Kind::Sync, sig) };
    let kind = match output::classify(ty) {
        Returns::Future { output, send } => {
            sig.output = ReturnType::Type(*arrow, output);
            Kind::Async(if send { Proof::Bounded } else { Proof::Leaks })
        }
        Returns::FutureOfUnknown(name) => Kind::FutureOfUnknown(name),
        Returns::BoxedFuture { output, send } => {
            sig.output = ReturnType::Type(*arrow, output);
            Kind::Async(if send { Proof::Written } else { Proof::Absent })
        }
        Returns::Plain => Kind::Sync,
    };
    (kind, sig)
}

fn by(kind: &ReceiverKind) -> By {
    match kind {
        ReceiverKind::Reference(_, _, None) => By::Shared,
        ReceiverKind::Typed(_, ty) => match &**ty {
            Type::Reference(ty) if ty.mutability.is_none() => By::Shared,
            _ => By::Taken,
        },
        _ => By::Taken,
    }
}

/// Whether `ty` is an `Rc`, or a pointer to one.
fn is_behind_rc(ty: &Type) -> bool {
    match ty {
        Type::Group(ty) => is_behind_rc(&ty.elem),
        Type::Paren(ty) => is_behind_rc(&ty.elem),
        Type::Reference(ty) => is_behind_rc(&ty.elem),
        ty => {
            let pointee = ["Arc", "Box", "Pin"].iter().find_map(|pointer| only_argument(ty, pointer));
            only_argument(ty, "Rc").is_some() || pointee.is_some_and(is_behind_rc)
        }
    }
}

/// What a receiver asks of `Self`.
fn of_receiver(kind: &ReceiverKind) -> Threads {
    match kind {
        ReceiverKind::Reference(_, _, None) => Threads::SYNC,
        ReceiverKind::Typed(_, ty) => {
            let this = Ident::new("Self", Span::call_site());
            let mut types = GenericTypes::new(vec![&this], Vec::new());
            types.visit_type(ty);
            types.found.iter().map(|of| of.required).fold(Threads::default(), Threads::or)
        }
        _ => Threads::SEND,
    }
}

// Input:
//     (mut self, key: &str, mut size: usize, (a, b): (u8, u8), _: bool)
//
// Output:
//     (self, key: &str, size: usize, arg2: (u8, u8), arg3: bool)
//
// A name is kept for the reader's sake, but resolved as one of ours: an expression in `bridge = …` cannot see it. The
// name of the call, among which the arguments are passed on, is the only one that is taken.
fn name_arguments(sig: &mut Signature) -> Vec<Ident> {
    let mut bound = Bound(Vec::new());
    bound.visit_signature(sig);
    let mut names: Vec<Ident> = Vec::new();
    for input in &mut sig.inputs {
        match input {
            FnArg::Receiver(Receiver { attrs, mutability, .. }) => {
                attrs.clear();
                *mutability = None;
            }
            FnArg::Typed(arg) => {
                let written = match &*arg.pat {
                    // rustc refuses `ref self`, which is a pattern.
                    Pat::Ident(pat) if pat.subpat.is_none() && pat.ident != "self" => Some(&pat.ident),
                    _ => None,
                };
                let name = if let Some(ident) = written.filter(|ident| !names.contains(ident) && *ident != "__call") {
                    let mut name = ident.clone();
                    name.set_span(ident.span().resolved_at(Span::mixed_site()));
                    name
                } else {
                    let mut name = format!("arg{}", names.len());
                    while bound.0.iter().chain(&names).any(|taken| *taken == name) {
                        name.push('_');
                    }
                    Ident::new(&name, Span::mixed_site())
                };
                arg.attrs.clear();
                *arg.pat = pattern(&name);
                names.push(name);
            }
        }
    }
    names
}

fn rename_arguments(sig: &mut Signature, names: &[Ident]) {
    let arguments = sig.inputs.iter_mut().filter_map(|input| match input {
        FnArg::Typed(argument) => Some(argument),
        FnArg::Receiver(_) => None,
    });
    for (argument, name) in arguments.zip(names) {
        *argument.pat = pattern(name);
    }
}

/// The pattern that is only this name.
fn pattern(name: &Ident) -> Pat {
    Pat::Ident(PatIdent { attrs: Vec::new(), by_ref: None, mutability: None, ident: name.clone(), subpat: None })
}

/// The names that the written patterns bind.
struct Bound(Vec<Ident>);

impl Visit<'_> for Bound {
    fn visit_pat_ident(&mut self, pat: &PatIdent) {
        self.0.push(pat.ident.clone());
        visit::visit_pat_ident(self, pat);
    }
}
