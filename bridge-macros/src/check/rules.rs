//! The rules of a block, one function each. What a rule cannot see in the syntax is left to the types in
//! `sync_bridge_core::__private`; what rustc explains well is left to rustc.

use crate::check::conversion::error_without_conversion;
use crate::check::returned::returned_without_send;
use crate::check::twin_types::{check_options_of_polled, check_options_of_type, check_twin_types};
use crate::errors::Errors;
use crate::faults;
use crate::model::adapted_args::{AdaptedArg, ArgAdapter};
use crate::model::adapter::{AdaptedOutput, Adapter, adapts_stream, may_promise_send};
use crate::model::block::{Block, ImplementedFor, Model, TraitBlock, Twin};
use crate::model::generic_owner::owner_of;
use crate::model::io_arg::is_parameter;
use crate::model::method::{Kind, Method, listed_future};
use crate::model::names::as_name;
use crate::model::shape::Shape;
use crate::model::variants::{self, Refused};
use crate::options::block_options::{ErrorRule, uses_self};
use crate::options::bounds::readable;
use crate::options::timeout::Timeout;
use crate::syntax::output::{
    Unreturnable, aliases, as_stream, is_future_by_name, is_visibly_no_result, is_visibly_plain,
};
use crate::syntax::tokens::{is_same, mentions};
use quote::ToTokens;
use std::ptr;
use syn::visit::{self, Visit};
use syn::{Attribute, GenericParam, Ident, Meta, Path, Type, TypeImplTrait, TypePath, WherePredicate};

pub(crate) fn check(model: &Model, errors: &mut Errors) {
    check_options_fit_block(model, errors);
    check_options_fit_methods(model, errors);
    check_options_fit_items(model, errors);
    check_bounds_fit(model, errors);
    if let Block::Trait(block) = &model.block {
        check_twin_is_name(model, errors);
        check_mirror(model, block, errors);
        check_returned_types_are_send(model, block, errors);
    }
    check_twin_types(model, errors);
    check_macro_calls(model, errors);
    check_something_to_bridge(model, errors);
    check_futures_are_returned(model, errors);
    check_bridge_has_self(model, errors);
    check_timeout_has_self(model, errors);
    check_timeout_of_block_has_error(model, errors);
    for method in model.methods.iter().filter(|method| method.is_bridged()) {
        let written = written(method);
        check_no_stream(&written, method, errors);
        check_no_future_inside(&written, errors);
        check_future_is_alias(method, errors);
        check_entered_is_synchronous(method, errors);
        check_no_task_handle(&written, errors);
        check_no_guard(&written, errors);
        check_no_runtime(&written, errors);
        check_no_sink(&written, errors);
        check_no_io(&written, errors);
        check_no_rc_self(method, errors);
        check_signature_is_the_methods(method, errors);
        check_output_has_name(method, method.error_rule(&model.options), errors);
        check_output_can_fail(&written, method, model, errors);
        check_error_converts(method, model, errors);
        check_adapter_fits_output(method, errors);
        check_default_streams_are_send(method, errors);
        check_items_can_fail(method, model, errors);
        check_adapted_arguments(method, errors);
        check_timeout_has_error(method, method.error_rule(&model.options), errors);
    }
    let has_counterpart = |method: &&Method| method.is_bridged() || method.is_passed_through();
    for method in model.methods.iter().filter(|method| has_counterpart(method) || is_copied(method, model)) {
        check_conditions_of_parameters(method, errors);
    }
    for method in model.methods.iter().filter(|method| is_left_where_it_is(method, model)) {
        let written = written(method);
        check_no_stream(&written, method, errors);
        check_no_future_inside(&written, errors);
        check_no_sink(&written, errors);
        check_no_io(&written, errors);
    }
}

/// Whether no twin has the method. One that hands out what only async code can use would be missed. An existing twin has
/// it, and is answered as the method answers.
fn is_left_where_it_is(method: &Method, model: &Model) -> bool {
    method.is_left_where_it_is() && !model.has_existing_twin()
}

/// Whether an existing twin has the synchronous method.
fn is_copied(method: &Method, model: &Model) -> bool {
    matches!(method.kind, Kind::Sync) && !method.is_skipped() && model.has_existing_twin()
}

/// The options of a block that belong to other blocks.
fn check_options_fit_block(model: &Model, errors: &mut Errors) {
    let options = &model.options;
    let twin = options.twin.as_ref().map(|(name, _)| name);
    let twin_trait = options.twin_trait.as_ref().map(|(name, _)| name);
    let remote = options.remote.as_ref().map(|(name, _)| name);
    let bridge = options.bridge.as_ref().map(|(name, _)| name);
    let implementors = options.implementors.as_ref().map(|(name, _)| name);
    let private = options.private.as_ref();
    let no_private = "remove it: only the methods of an inherent impl may be private";
    let forward = options.forward.as_ref().map(|(name, _)| name);
    let no_forward = "put it on the struct or the enum";
    let twins = options.twins.as_ref().map(|(name, _)| name);
    let no_twins = "remove it: it is for the impl of a type whose twin is a type, `twin = BlockingClient`";
    let [blanket, generated] = [options.blanket.as_ref(), options.generated.as_ref()];
    let (place, misplaced): (_, &[(Option<&Ident>, &str)]) = match &model.block {
        Block::Trait(block) => {
            let every = block.implemented_for.is_every_implementor();
            let own_bridge = bridge.filter(|_| !every);
            let of_annotated = implementors.filter(|_| !every);
            (
                "a trait",
                &[
                    (own_bridge, "put it on each impl of the trait"),
                    (generated, "put it on an impl of the trait"),
                    (twin_trait, "put it on an impl of the trait; on the trait, `twin = Name` names its twin"),
                    (of_annotated, "add `blanket` or `remote = …`"),
                    (private, no_private),
                    (forward, no_forward),
                    (twins, no_twins),
                ],
            )
        }
        Block::Impl(_) => {
            let alone = generated.filter(|_| twin_trait.is_none());
            let on_trait = "put it on the trait";
            let name_it = "add the path of the twin: `twin_trait = path, generated`";
            (
                "an impl of a trait",
                &[
                    (blanket, on_trait),
                    (implementors, on_trait),
                    (remote, on_trait),
                    (alone, name_it),
                    (private, no_private),
                    (forward, no_forward),
                    (twins, no_twins),
                ],
            )
        }
        Block::Type(_) => return check_options_of_type(model, errors),
        Block::Polled(_) => return check_options_of_polled(model, errors),
        Block::Inherent(_) | Block::Function => {
            let in_scope = "remove it: it is only for traits and their impls";
            let of_function = |name| if let Block::Function = model.block { name } else { None };
            let no_type = twins.filter(|_| options.twin_types.is_none());
            let in_function = private.filter(|_| matches!(model.block, Block::Function));
            let place = if let Block::Function = model.block { "a free function" } else { "an inherent impl" };
            (
                place,
                &[
                    (blanket, in_scope),
                    (generated, in_scope),
                    (twin_trait, in_scope),
                    (implementors, in_scope),
                    (of_function(remote), in_scope),
                    (of_function(twin), in_scope),
                    (forward, no_forward),
                    (no_type, no_twins),
                    (in_function, "remove it: a function has a twin, whatever its visibility"),
                ],
            )
        }
    };
    for (name, help) in misplaced {
        if let Some(name) = name {
            errors.push(faults::misplaced_option(&name.to_string(), place, help).at(name));
        }
    }
    check_suffix_tells_apart(model, errors);
}

/// The twin of a trait is written here, so that a path cannot lead to it.
fn check_twin_is_name(model: &Model, errors: &mut Errors) {
    let given = model.options.twin.as_ref().and_then(|(_, path)| path.as_ref());
    if let Some(path) = given.filter(|path| as_name(path).is_none()) {
        errors.push(faults::bad_value("twin", "a twin is in the module of its trait", "twin = Name").at(path));
    }
}

/// A mirror says what the remote trait has, and is gone once its twin is written: what is not a signature of an async
/// method would be gone with it.
fn check_mirror(model: &Model, block: &TraitBlock, errors: &mut Errors) {
    let ImplementedFor::Remote(_) = block.implemented_for else { return };
    if let Some(blanket) = &model.options.blanket {
        let why = "with `remote`, every implementor already has the twin";
        errors.push(faults::conflicting_options("remote", "blanket", why).at(blanket));
    }
    for method in &model.methods {
        let name = method.name.to_string();
        match method.kind {
            _ if method.has_default => errors.push(faults::mirror_with_body(&name).at(&method.name)),
            Kind::Sync if !hands_out_future(method) && !method.is_passed_through() => {
                errors.push(faults::mirror_of_sync(&name, !aliases(&method.output).is_empty()).at(&method.name));
            }
            _ if method.is_skipped() => errors.push(faults::mirror_of_skipped(&name).at(&method.name)),
            _ => {}
        }
    }
    let types = block.types.iter().filter(|of| of.default.is_some()).map(|of| &of.ident);
    let consts = block.consts.iter().filter(|of| of.default.is_some()).map(|of| &of.ident);
    for ident in types.chain(consts) {
        errors.push(faults::mirror_with_body(&ident.to_string()).at(ident));
    }
}

fn check_suffix_tells_apart(model: &Model, errors: &mut Errors) {
    if let Some((_, Some(suffix))) = &model.options.suffix {
        if model.has_twins_in_scope() && model.options.twin_types.is_none() && suffix.value().is_empty() {
            errors.push(faults::empty_suffix().at(suffix));
        }
    }
}

/// A synchronous method is copied only into an existing twin, so elsewhere there is nothing to rename. To skip it says
/// what happens anyway, and is how a method that hands out a future is accepted.
fn check_options_fit_methods(model: &Model, errors: &mut Errors) {
    for method in &model.methods {
        match (&method.kind, &method.options.passthrough) {
            (Kind::Sync, Some(name)) if model.has_twins_in_scope() => {
                let help = "remove it: blocking code can call the method itself";
                errors.push(faults::misplaced_option("passthrough", "an inherent method or a function", help).at(name));
            }
            (Kind::Sync, passthrough) => {
                let for_bridged = method.options.for_bridged();
                for name in for_bridged.into_iter().filter(|_| passthrough.is_none() && !method.is_skipped()) {
                    let help = "remove it, or make the method `async`: a synchronous method does not use the bridge";
                    errors.push(faults::misplaced_option(&name.to_string(), "a synchronous method", help).at(name));
                }
                for arg in &method.adapted_args {
                    let help = "remove it: a synchronous method does not use the bridge";
                    let option = arg.option.to_string();
                    errors.push(
                        faults::misplaced_option(&option, "an argument of a synchronous method", help).at(&arg.option),
                    );
                }
                let is_copied = model.has_existing_twin() || method.is_passed_through() && !model.has_twins_in_scope();
                if let Some((name, _)) = method.options.rename.as_ref().filter(|_| !is_copied) {
                    let help = "add `passthrough`, with which the twin has the same method, or remove it";
                    errors.push(faults::misplaced_option("rename", "a synchronous method", help).at(name));
                }
            }
            (Kind::Around, _) => {}
            (_, Some(name)) => {
                let help = "remove it: an async method has a blocking twin";
                errors.push(faults::misplaced_option("passthrough", "an async method", help).at(name));
            }
            _ => {}
        }
        let of_block = if let Block::Inherent(_) = model.block { None } else { method.options.twin.as_ref() };
        if let Some(name) = of_block.filter(|_| !matches!(method.kind, Kind::Sync) && !method.is_skipped()) {
            let help = "remove it: every async method here has a twin";
            errors.push(faults::misplaced_option("twin", "a method outside of an inherent impl", help).at(name));
        }
    }
}

/// What is bounded is generic. The signatures of an existing twin are not ours to bound.
fn check_bounds_fit(model: &Model, errors: &mut Errors) {
    let of_methods = model.methods.iter().filter(|method| method.is_bridged());
    let of_block = model.options.bounds.iter().map(|bounds| (bounds, of_methods.clone().collect::<Vec<_>>()));
    let of_methods = of_methods.clone().filter_map(|method| Some((method.options.bounds.as_ref()?, vec![method])));
    for ((name, bounds), methods) in of_block.chain(of_methods) {
        if model.has_existing_twin() {
            let help = "remove it: the twin has the signatures of the trait in `twin_trait = …`";
            errors.push(faults::misplaced_option("bounds", "an impl of an existing twin", help).at(name));
            continue;
        }
        let names_generic = |ty: &Type| methods.iter().any(|method| names_generic(ty, method, model));
        for of in bounds.iter().filter(|of| !methods.is_empty() && !names_generic(&of.bounded_ty)) {
            let ty = readable(&of.bounded_ty.to_token_stream());
            errors.push(faults::bounds_of_unknown(&ty).at(&of.bounded_ty));
        }
    }
}

/// Whether `ty` names a parameter of the method or of its block, or is an `impl Trait` in an argument.
fn names_generic(ty: &Type, method: &Method, model: &Model) -> bool {
    struct Anonymous<'a> {
        ty: &'a Type,
        found: bool,
    }

    impl Visit<'_> for Anonymous<'_> {
        fn visit_type_impl_trait(&mut self, ty: &TypeImplTrait) {
            self.found |= is_same(ty, self.ty);
            visit::visit_type_impl_trait(self, ty);
        }
    }

    let mut anonymous = Anonymous { ty, found: false };
    method.sig.inputs.iter().for_each(|input| anonymous.visit_fn_arg(input));
    let is_anonymous = matches!(ty, Type::ImplTrait(_));
    anonymous.found || !is_anonymous && owner_of(ty, method, model).is_some()
}

/// An associated type or constant is left out of an existing twin, or it is in every twin, under its name.
fn check_options_fit_items(model: &Model, errors: &mut Errors) {
    let has_existing_twin = model.has_existing_twin();
    for options in &model.item_options {
        let skip = options.skip.as_ref().filter(|_| !has_existing_twin);
        if let Some(name) = skip {
            let help = match model.block {
                Block::Inherent(_) => "remove it: only async methods have twins",
                _ => "remove it: only an existing trait, `twin_trait = …`, may lack the item",
            };
            errors.push(faults::misplaced_option("skip", "this associated item", help).at(name));
        }
        if let Some((name, _)) = &options.rename {
            let help = match model.block {
                Block::Inherent(_) => "remove it: only async methods have twins",
                _ => "remove it: the twin has the item under the same name",
            };
            errors.push(faults::misplaced_option("rename", "an associated type or constant", help).at(name));
        }
        for name in options.for_methods() {
            let help = "move it to a method";
            let place = "an associated type or constant";
            errors.push(faults::misplaced_option(&name.to_string(), place, help).at(name));
        }
    }
}

/// What a macro makes of its call is not there yet, and would be missed.
fn check_macro_calls(model: &Model, errors: &mut Errors) {
    for (path, _) in model.macro_calls.iter().filter(|(_, options)| options.skip.is_none()) {
        let name = path.to_token_stream().to_string().replace(' ', "");
        errors.push(faults::macro_call(&name).at(path));
    }
}

/// An impl of a trait may leave every async method to its default, so it may have none.
fn check_something_to_bridge(model: &Model, errors: &mut Errors) {
    // What a macro makes is another matter.
    let some = model.methods.iter().any(|method| method.is_bridged() || hands_out_future(method))
        || model.macro_calls.iter().any(|(_, options)| options.skip.is_none());
    if some {
        return;
    }
    match &model.block {
        Block::Type(_) | Block::Polled(_) => {}
        Block::Trait(block) => {
            errors.push(faults::nothing_to_bridge("trait", make_one_async(model)).at(&block.ident));
        }
        Block::Impl(block) => {
            if let Twin::Generated(_) = block.twin {
                errors.extend(
                    polled_trait(&block.source, &model.methods)
                        .map(|name| faults::polled_trait(&name).at(&block.source)),
                );
            }
        }
        Block::Inherent(block) => {
            let fault = match model.methods.iter().find(|method| method.is_private_helper() && !is_hidden(method)) {
                Some(method) => faults::only_private_methods(&method.name.to_string()),
                None => faults::nothing_to_bridge("impl", make_one_async(model)),
            };
            errors.push(fault.at(&block.self_ty));
        }
        Block::Function => errors.extend(
            model
                .methods
                .first()
                .map(|method| faults::function_without_future(!aliases(&method.output).is_empty()).at(&method.name)),
        ),
    }
}

/// The name of the trait, if it is one that async code polls. A trait of the user's may have the same name.
fn polled_trait(source: &Path, methods: &[Method]) -> Option<String> {
    const POLLED: [&str; 8] =
        ["AsyncBufRead", "AsyncRead", "AsyncSeek", "AsyncWrite", "Future", "IntoFuture", "Sink", "Stream"];
    let name = source.segments.last()?.ident.to_string();
    let polls = |method: &Method| method.name == "into_future" || method.name.to_string().starts_with("poll");
    (POLLED.contains(&&*name) && methods.iter().any(polls)).then_some(name)
}

/// What helps a block without a method to bridge: there may be futures under other names.
fn make_one_async(model: &Model) -> &'static str {
    if model.methods.iter().any(|method| method.is_skipped() && matches!(method.kind, Kind::Async(_))) {
        "remove `skip` from an async method, or remove `#[sync_bridge]`"
    } else if model.methods.iter().any(|method| !method.is_skipped() && !aliases(&method.output).is_empty()) {
        "make a method `async`, or remove `#[sync_bridge]`; if a method returns a future under another name, mark it with \
         `#[bridge(future)]`, or list the name on the block: `futures(Name)`"
    } else {
        "make a method `async`, or remove `#[sync_bridge]`"
    }
}

/// Whether the method is not meant for readers: another macro may have made it.
fn is_hidden(method: &Method) -> bool {
    let is_hidden = |attr: &Attribute| match &attr.meta {
        Meta::List(list) => list.path.is_ident("doc") && mentions(list.tokens.clone(), "hidden"),
        _ => false,
    };
    method.attrs.iter().any(is_hidden)
}

fn check_bridge_has_self(model: &Model, errors: &mut Errors) {
    if matches!(&model.block, Block::Impl(block) if block.delegation.is_some()) {
        return;
    }
    for method in model.methods.iter().filter(|method| method.is_bridged() && method.receiver.is_none()) {
        if !method.bridge(&model.options).is_some_and(uses_self) {
            continue;
        }
        let fault = match model.block {
            Block::Function => faults::bridge_without_self(),
            _ => faults::bridge_needs_self(&method.name.to_string()),
        };
        errors.push(fault.at(&method.name));
    }
}

/// A name that no method returns is misspelt, in all likelihood. An impl may leave its methods to their defaults.
fn check_futures_are_returned(model: &Model, errors: &mut Errors) {
    if let Block::Impl(_) = model.block {
        return;
    }
    let is_returned = |name: &Path| {
        let of_method =
            |method: &Method| listed_future(&method.sig, &model.options).is_some_and(|listed| ptr::eq(listed, name));
        model.methods.iter().any(of_method)
    };
    for name in model.options.futures.iter().filter(|name| !is_returned(name)) {
        let written = name.to_token_stream().to_string().replace(' ', "");
        errors.push(faults::future_not_returned(&written).at(name));
    }
}

fn check_timeout_has_self(model: &Model, errors: &mut Errors) {
    for method in model.methods.iter().filter(|method| method.is_bridged() && method.receiver.is_none()) {
        if method.timeout(&model.options).is_some_and(|(_, limit)| limit.uses_self()) {
            let fault = match model.block {
                Block::Function => faults::timeout_without_self(),
                _ => faults::timeout_needs_self(&method.name.to_string()),
            };
            errors.push(fault.at(&method.name));
        }
    }
}

/// Reported at the rule: that of a method, or once that of the block.
fn check_timeout_of_block_has_error(model: &Model, errors: &mut Errors) {
    let mut of_block = None;
    for method in model.methods.iter().filter(|method| method.is_bridged() && method.options.timeout.is_none()) {
        if let (Some((limit, _)), ErrorRule::Panic) =
            (method.timeout(&model.options), method.error_rule(&model.options))
        {
            match &method.options.error {
                Some((rule, _)) => errors.push(faults::timeout_of_block_would_panic().at(rule)),
                None => of_block = Some(limit),
            }
        }
    }
    errors.extend(of_block.map(|limit| faults::timeout_of_block_would_panic().at(limit)));
}

/// Whether a synchronous method hands out what is async, which has a rule of its own.
fn hands_out_future(method: &Method) -> bool {
    let Unreturnable { futures, streams, sinks, io, .. } = written(method);
    !method.is_skipped() && [futures, streams, sinks, io].into_iter().any(|found| !found.is_empty())
}

fn check_no_stream(written: &Unreturnable, method: &Method, errors: &mut Errors) {
    for name in &written.streams {
        let fault = match method.kind {
            _ if is_local(&method.output, name) => faults::local_stream(&name.to_string()),
            _ => faults::stream(&name.to_string()),
        };
        errors.push(fault.at(name));
    }
}

fn check_no_future_inside(written: &Unreturnable, errors: &mut Errors) {
    for name in &written.futures {
        errors.push(faults::future_inside(&name.to_string()).at(name));
    }
}

fn check_future_is_alias(method: &Method, errors: &mut Errors) {
    let Some(option) = &method.options.future else { return };
    if !method.is_future_alias {
        let help = "remove it: the attribute understands the return type";
        errors.push(faults::misplaced_option("future", "a method whose return type shows its future", help).at(option));
    } else if is_visibly_plain(&method.output) {
        errors.push(faults::no_such_part("future", "an alias of a future").at(option));
    }
}

fn check_entered_is_synchronous(method: &Method, errors: &mut Errors) {
    let is_synchronous = method.is_entered() || matches!(method.kind, Kind::Around);
    if let (Some(option), false) = (&method.options.enter, is_synchronous) {
        let help = "remove it: the bridge polls the future of an async method inside its runtime";
        errors.push(faults::misplaced_option("enter", "an async method", help).at(option));
    }
}

fn check_no_task_handle(written: &Unreturnable, errors: &mut Errors) {
    for name in &written.task_handles {
        errors.push(faults::task_handle(&name.to_string()).at(name));
    }
}

fn check_no_guard(written: &Unreturnable, errors: &mut Errors) {
    for name in &written.guards {
        errors.push(faults::guard(&name.to_string()).at(name));
    }
}

fn check_no_runtime(written: &Unreturnable, errors: &mut Errors) {
    for name in &written.runtimes {
        errors.push(faults::runtime(&name.to_string()).at(name));
    }
}

fn check_no_sink(written: &Unreturnable, errors: &mut Errors) {
    for name in &written.sinks {
        errors.push(faults::sink(&name.to_string()).at(name));
    }
}

fn check_no_io(written: &Unreturnable, errors: &mut Errors) {
    for name in &written.io {
        errors.push(faults::io(&name.to_string()).at(name));
    }
}

/// What the output of the method contains. One that is a stream or a boxed future as a whole has its own rule.
fn written(method: &Method) -> Unreturnable {
    match (&method.kind, &method.adapted) {
        _ if method.options.as_is.is_some() => Unreturnable::default(),
        _ if method.is_future_alias && is_future_by_name(&method.output) => Unreturnable::default(),
        (Kind::Async(_) | Kind::Immediate, Some(adapted)) => {
            Unreturnable::in_type(&adapted.without_parts(&method.output))
        }
        (Kind::Async(_) | Kind::Sync, None) => Unreturnable::in_type(&method.output),
        _ => Unreturnable::default(),
    }
}

/// Whether the stream called `name` says where it can be iterated over, and is not `Send`.
fn is_local(output: &Type, name: &Ident) -> bool {
    let local = |ty: &Type| {
        as_stream(ty).is_some_and(|stream| !stream.is_send && stream.item.is_some() && stream.name == *name)
    };
    Shape::find(output, &|ty| !matches!(ty, Type::ImplTrait(_)) && local(ty)).is_some()
}

/// What is visibly none of what the option is about is said here; what an alias stands for, the types say.
fn check_adapter_fits_output(method: &Method, errors: &mut Errors) {
    let Some(adapted @ AdaptedOutput { adapter, shape, option: Some(option), .. }) = &method.adapted else { return };
    for part in shape.parts(&method.output) {
        match as_stream(part).filter(|_| adapts_stream(adapter, part)) {
            Some(stream) if !stream.is_send && !matches!(part, Type::ImplTrait(_)) => {
                errors.push(faults::local_stream(&stream.name.to_string()).at(&stream.name));
            }
            Some(stream) if stream.item.is_none() => errors.push(faults::stream_without_item().at(&stream.name)),
            _ if adapted.is_visibly_not_of(part) => {
                errors.push(faults::no_such_part(&option.to_string(), adapter.what()).at(option));
            }
            _ => {}
        }
    }
    if let (Adapter::Collect(_), Some(adapted)) = (adapter, &method.adapted) {
        if !adapted.is_collectable(&method.output) {
            errors.push(faults::collect_from_parts().at(option));
        }
    }
}

/// A default body knows its implementor only as `Self`, so what it returns has to say that it is `Send`.
fn check_default_streams_are_send(method: &Method, errors: &mut Errors) {
    let Some(adapted) = method.adapted.as_ref().filter(|_| method.has_default) else { return };
    // A future that stays on one thread drains its stream there.
    if matches!((&adapted.adapter, &method.kind), (Adapter::Collect(_), Kind::Async(_))) {
        return;
    }
    for part in adapted.shape.parts(&method.output) {
        if !may_promise_send(part) {
            errors.push(faults::unproven_send().at(part));
        }
    }
}

/// An item that is visibly no `Result`. What an alias stands for, the types say.
fn check_items_can_fail(method: &Method, model: &Model, errors: &mut Errors) {
    let (Some(AdaptedOutput { adapter: Adapter::Iter, shape, .. }), ErrorRule::Convert | ErrorRule::Map(_)) =
        (&method.adapted, method.error_rule(&model.options))
    else {
        return;
    };
    if !is_rule_known(method, model) {
        return;
    }
    for stream in shape.parts(&method.output).into_iter().filter_map(as_stream) {
        if let Some(item) = stream.item.filter(is_visibly_no_result) {
            errors.push(faults::item_cannot_fail().at(item));
        }
    }
}

/// An output that is visibly no `Result`; what an alias stands for, the types say. The impl of a trait with a twin of ours
/// asks that twin, so that the mistake is reported once: at the trait, if it is one there too.
fn check_output_can_fail(written: &Unreturnable, method: &Method, model: &Model, errors: &mut Errors) {
    let asks_twin = matches!(&model.block, Block::Impl(block) if !matches!(block.twin, Twin::Existing(_)));
    if asks_twin || !is_rule_known(method, model) || !written.is_empty() {
        return;
    }
    let place = match &model.block {
        Block::Trait(block) if !block.implemented_for.is_every_implementor() => {
            ", on the trait and on each of its impls"
        }
        _ => "",
    };
    let fault = match method.error_rule(&model.options) {
        ErrorRule::Map(_) => faults::output_cannot_be_mapped(place),
        _ => faults::output_cannot_fail(place),
    };
    errors.extend(method.output_without_failure(&model.options).map(|output| fault.at(output)));
}

fn check_error_converts(method: &Method, model: &Model, errors: &mut Errors) {
    if let Some(error) = error_that_stays(method, model) {
        let name = error.path.segments[1].ident.to_string();
        errors.push(faults::error_does_not_convert(&name).at(error));
    }
}

/// The error of a body of ours in a trait that cannot be made of a failure.
fn error_that_stays<'a>(method: &'a Method, model: &Model) -> Option<&'a TypePath> {
    let Block::Trait(block) = &model.block else { return None };
    let (ErrorRule::Convert, true) = (method.error_rule(&model.options), is_implemented(method, block)) else {
        return None;
    };
    if !is_rule_known(method, model) || method.adapted.as_ref().is_some_and(AdaptedOutput::reports_failure) {
        return None;
    }
    let error = error_without_conversion(&method.output, method, block);
    error.filter(|error| !has_bounds(&error.path.segments[1].ident.to_string(), model))
}

/// Whether the options of the block say more of the associated type `name`.
fn has_bounds(name: &str, model: &Model) -> bool {
    let mut bounds = model.options.bounds.iter().flat_map(|(_, bounds)| bounds);
    bounds.any(|of| mentions(of.bounded_ty.to_token_stream(), name))
}

/// Whether the method has a body of ours, which knows of the implementor only what the trait says.
fn is_implemented(method: &Method, block: &TraitBlock) -> bool {
    method.is_bridged() && (method.has_default || block.implemented_for.is_every_implementor())
}

/// What such a body returns comes from another thread. Of a mirror's types the remote says more; and an error that cannot be
/// made is told of `Send` as well.
fn check_returned_types_are_send(model: &Model, block: &TraitBlock, errors: &mut Errors) {
    if let ImplementedFor::Remote(_) = block.implemented_for {
        return;
    }
    let implemented: Vec<_> = model.methods.iter().filter(|method| is_implemented(method, block)).collect();
    let told: Vec<_> = implemented.iter().filter_map(|method| error_that_stays(method, model)).collect();
    for of in returned_without_send(block, &implemented) {
        let name = of.ident.to_string();
        if !has_bounds(&name, model) && told.iter().all(|error| error.path.segments[1].ident != of.ident) {
            errors.push(faults::type_not_send(&name).at(&of.ident));
        }
    }
}

/// Whether the rule for failures is the one that the user means: an option that is not understood may be about it.
fn is_rule_known(method: &Method, model: &Model) -> bool {
    !method.options.has_fault && !model.options.has_fault
}

fn check_adapted_arguments(method: &Method, errors: &mut Errors) {
    for arg in &method.adapted_args {
        let fault = match arg.adapter {
            _ if arg.fits() => continue,
            ArgAdapter::Iter => faults::no_stream_argument(),
            ArgAdapter::Read(_) | ArgAdapter::Write(_) => faults::no_io_argument(&arg.option.to_string()),
        };
        errors.push(fault.at(&arg.ty));
    }
    for parameter in method.adapted_args.iter().filter_map(AdaptedArg::parameter) {
        if is_used_elsewhere(parameter, method) {
            errors.push(faults::io_parameter_elsewhere(&parameter.to_string()).at(parameter));
        }
    }
}

/// Whether anything but the arguments that stand for it, and its own bounds, names the type parameter.
fn is_used_elsewhere(parameter: &Ident, method: &Method) -> bool {
    let name = parameter.to_string();
    let stands_for_it =
        |index: usize| method.adapted_args.iter().any(|arg| arg.index == index && arg.parameter() == Some(parameter));
    let inputs = method.sig.inputs.iter().enumerate().filter(|(index, _)| !stands_for_it(*index));
    let params = method.sig.generics.params.iter().filter(|param| match param {
        GenericParam::Type(param) => param.ident != *parameter,
        _ => true,
    });
    let predicates = method.sig.generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    let predicates = predicates.filter(|predicate| match predicate {
        WherePredicate::Type(of) => !is_parameter(&of.bounded_ty, parameter),
        _ => true,
    });
    let others = inputs.map(|(_, input)| input.to_token_stream());
    let others = others.chain(params.map(ToTokens::to_token_stream)).chain(predicates.map(ToTokens::to_token_stream));
    others.chain([method.output.to_token_stream()]).any(|tokens| mentions(tokens, &name))
}

fn check_timeout_has_error(method: &Method, rule: &ErrorRule, errors: &mut Errors) {
    let limit = method.options.timeout.as_ref().filter(|(_, limit)| !matches!(limit, Timeout::Never));
    if let (Some((name, _)), ErrorRule::Panic) = (limit, rule) {
        errors.push(faults::timeout_would_panic().at(name));
    }
}

fn check_no_rc_self(method: &Method, errors: &mut Errors) {
    if let Some(ty) = &method.rc_receiver {
        errors.push(faults::rc_self().at(ty));
    }
}

fn check_signature_is_the_methods(method: &Method, errors: &mut Errors) {
    if let (Some(path), None) =
        (method.rewritten_by.as_ref().filter(|_| !method.options.has_fault), &method.options.calls)
    {
        let name = path.to_token_stream().to_string().replace(' ', "");
        errors.push(faults::rewritten(&name).at(path));
    }
}

fn check_conditions_of_parameters(method: &Method, errors: &mut Errors) {
    for refused in &method.refused_conditions {
        errors.push(match refused {
            Refused::Receiver(attr) => faults::condition_of_receiver().at(attr),
            Refused::Unreadable(attr) => faults::unreadable_condition().at(attr),
            Refused::TooMany(attr) => faults::too_many_conditions(variants::MOST).at(attr),
        });
    }
}

/// Under these rules a body has to name the output as a type with a place for a failure.
fn check_output_has_name(method: &Method, rule: &ErrorRule, errors: &mut Errors) {
    match (&method.kind, rule) {
        (Kind::FutureOfUnknown(name), _) => {
            errors.push(faults::future_without_output(is_future_by_name(&method.output)).at(name));
        }
        (Kind::Async(_) | Kind::Immediate, ErrorRule::Convert | ErrorRule::Map(_)) if method.adapted.is_none() => {
            if let Type::ImplTrait(_) | Type::Never(_) = method.output {
                errors.push(faults::unnameable_output().at(&method.output));
            }
        }
        _ => {}
    }
}
