//! The rules for types whose twins are types, and for their impls.

use crate::errors::Errors;
use crate::faults;
use crate::model::block::{Block, InherentBlock, Model, TypeBlock};
use crate::model::derives::DERIVABLE;
use crate::model::method::{Kind, Method};
use crate::model::names::as_name;
use crate::model::polled_trait::PolledTrait;
use crate::model::shape::Shape;
use crate::model::twin_receiver::{Pointer, TwinBy, TwinReceiver, is_self};
use crate::options::twin_types::{NamesOfTwins, Signatures, TwinTypes, path_type, readable_path};
use crate::syntax::output::in_pinned_box;
use std::ptr;
use syn::visit::Visit;
use syn::{FnArg, Ident, Path, PredicateType, ReceiverKind, Type, TypeParam, parse_quote};

/// The options that have no meaning on a type.
pub(crate) fn check_options_of_type(model: &Model, errors: &mut Errors) {
    let Block::Type(block) = &model.block else { return };
    let options = &model.options;
    let on_impl = "put it on the impl";
    let misplaced = [
        (options.bridge.as_ref().map(|of| &of.0), "put it on the function that makes the value"),
        (options.blanket.as_ref(), "put it on a trait"),
        (options.generated.as_ref(), "put it on an impl of a trait"),
        (options.implementors.as_ref().map(|of| &of.0), "put it on a trait"),
        (options.private.as_ref(), on_impl),
        (options.route.as_ref().map(|of| &of.0), on_impl),
        (
            options.suffix.as_ref().map(|of| &of.0),
            "remove it: the methods of a twin type have the names of the originals",
        ),
        (options.timeout.as_ref().map(|of| &of.0), on_impl),
        (options.twin_trait.as_ref().map(|of| &of.0), "put it on an impl of a trait"),
        (options.twins.as_ref().filter(|_| options.forward.is_none()).map(|of| &of.0), on_impl),
    ];
    for (name, help) in misplaced.into_iter().filter_map(|(name, help)| Some((name?, help))) {
        errors.push(faults::misplaced_option(&name.to_string(), "a type", help).at(name));
    }
    check_twin_has_name(model, errors);
    check_remote_is_unit(model, block, errors);
    check_forwarded(model, errors);
}

fn check_twin_has_name(model: &Model, errors: &mut Errors) {
    let given = model.options.twin.as_ref().and_then(|(name, path)| Some((name, path.as_ref()?)));
    let Some((name, path)) = given else { return };
    if model.options.remote.is_some() {
        let why = "with `remote` the item itself is the twin";
        errors.push(faults::conflicting_options("remote", "twin", why).at(name));
    } else if as_name(path).is_none() {
        errors.push(faults::bad_value("twin", "a twin is in the module of its type", "twin = Name").at(path));
    }
}

/// What is in the struct would be gone.
fn check_remote_is_unit(model: &Model, block: &TypeBlock, errors: &mut Errors) {
    if model.options.remote.is_some() && !block.is_unit {
        errors.push(faults::remote_with_fields(&block.ident.to_string()).at(&block.ident));
    }
}

/// The options that have no meaning on the impl of a trait that async code polls.
pub(crate) fn check_options_of_polled(model: &Model, errors: &mut Errors) {
    let Block::Polled(block) = &model.block else { return };
    let options = &model.options;
    let misplaced = [
        options.bounds.as_ref().map(|of| &of.0),
        options.bridge.as_ref().map(|of| &of.0),
        options.blanket.as_ref(),
        options.forward.as_ref().map(|of| &of.0),
        options.generated.as_ref(),
        options.implementors.as_ref().map(|of| &of.0),
        options.private.as_ref(),
        options.remote.as_ref().map(|of| &of.0),
        options.route.as_ref().map(|of| &of.0),
        options.suffix.as_ref().map(|of| &of.0),
        options.timeout.as_ref().map(|of| &of.0),
        options.twin_trait.as_ref().map(|of| &of.0),
    ];
    for name in misplaced.into_iter().flatten() {
        errors.push(faults::misplaced_option(&name.to_string(), "an impl of this trait", "remove it").at(name));
    }
    for of in &block.method_options {
        let rename = of.rename.iter().map(|(name, _)| name);
        for name in of.for_methods().into_iter().chain(&of.skip).chain(rename) {
            let place = "a method of this trait";
            errors.push(faults::misplaced_option(&name.to_string(), place, "remove it").at(name));
        }
    }
    let Some(twins) = &options.twin_types else {
        let given = options.twin.as_ref().filter(|_| !matches!(block.self_ty, Type::Path(_)));
        errors.extend(given.map(|(name, _)| faults::twin_of_unnamed(&name.to_string()).at(&block.self_ty)));
        return;
    };
    let Some(item) = &block.item else { return };
    check_listed(&twins.names_in(|names| names.visit_type(item)), twins, errors);
    let shape = Shape::find(item, &|ty| twins.twin_of(ty).is_some());
    let rest = shape.map_or_else(|| item.clone(), |shape| shape.with_parts(item, &|_| parse_quote!(())));
    for name in twins.names_in(|names| names.visit_type(&rest)) {
        errors.push(faults::twin_in_place(&readable_path(&name)).at(name));
    }
}

fn check_forwarded(model: &Model, errors: &mut Errors) {
    const FORWARDABLE: [&str; 14] = [
        "AsRef",
        "Clone",
        "Debug",
        "Default",
        "Display",
        "Eq",
        "Error",
        "From",
        "FromStr",
        "Hash",
        "Ord",
        "PartialEq",
        "PartialOrd",
        "TryFrom",
    ];
    for path in model.options.forward.iter().flat_map(|(_, forward)| &forward.left_out) {
        let name = path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
        if !DERIVABLE.contains(&&*name) {
            errors.push(faults::not_forwarded_anyway(&name).at(path));
        }
    }
    for path in model.options.forward.iter().flat_map(|(_, forward)| &forward.traits) {
        let Some(last) = path.segments.last() else { continue };
        let name = last.ident.to_string();
        let takes_argument = ["AsRef", "From", "TryFrom"].contains(&&*name);
        if let Some(polled) = PolledTrait::of(path) {
            let example = match polled {
                PolledTrait::Sink => "Sink<Item>",
                PolledTrait::Future => "IntoFuture<Output = …>",
                _ => continue,
            };
            if polled.item_in(path).is_none() {
                errors.push(faults::bad_value("forward", "the type is missing", example).at(path));
            }
            continue;
        }
        if !FORWARDABLE.contains(&&*name) {
            errors.push(faults::not_forwardable(&name).at(path));
        } else if takes_argument == last.arguments.is_none() {
            let example = if takes_argument { format!("{name}<…>") } else { name.clone() };
            errors.push(faults::bad_value("forward", "the arguments of the trait do not fit", &example).at(path));
        }
    }
}

/// The rules for an impl of a type whose twin is a type.
pub(crate) fn check_twin_types(model: &Model, errors: &mut Errors) {
    let Block::Inherent(block) = &model.block else { return };
    check_bodies(model, block, errors);
    let Some(twins) = &model.options.twin_types else {
        let given = model.options.twin.iter().chain(&model.options.remote).map(|(name, _)| name);
        for name in given.filter(|_| !matches!(block.self_ty, Type::Path(_))) {
            errors.push(faults::twin_of_unnamed(&name.to_string()).at(&block.self_ty));
        }
        return;
    };
    if let (Some(_), Some((remote, _))) = (&model.options.twin, &model.options.remote) {
        let why = "with `remote` the type of the impl itself is the twin";
        errors.push(faults::conflicting_options("twin", "remote", why).at(remote));
    }
    if let Some((name, _)) = &model.options.suffix {
        let help = "remove it: the methods of a twin type have the names of the originals";
        errors.push(faults::misplaced_option("suffix", "an impl of a twin type", help).at(name));
    }
    for method in model.methods.iter().filter(|method| method.is_bridged()) {
        check_receiver(method, model, errors);
        check_places(method, twins, errors);
        check_options_of_method(method, errors);
    }
    check_listed_are_named(model, twins, errors);
}

fn check_bodies(model: &Model, block: &InherentBlock, errors: &mut Errors) {
    let is_remote = model.options.twin_types.as_ref().is_some_and(|twins| twins.signatures == Signatures::OfTwins);
    for name in block.signatures.iter().filter(|_| !is_remote && model.options.remote.is_none()) {
        errors.push(faults::missing_body(&name.to_string()).at(name));
    }
}

/// A twin holds its value itself, or in a box that must not move.
fn check_receiver(method: &Method, model: &Model, errors: &mut Errors) {
    let Some(kind) = method.receiver_kind.as_ref().filter(|_| method.rc_receiver.is_none()) else { return };
    let remote = model.options.remote.as_ref().and_then(|(_, remote)| remote.as_ref());
    let is_pinned = remote.is_some_and(|path| in_pinned_box(&path_type(path)).is_some());
    match TwinReceiver::of(kind) {
        None => {
            if let ReceiverKind::Typed(_, ty) = kind {
                errors.push(faults::pointer_receiver().at(ty));
            }
        }
        Some(receiver) if is_pinned && receiver.pointer != Pointer::Pin && receiver.by != TwinBy::Shared => {
            errors.push(faults::receiver_of_pinned().at(&method.name));
        }
        Some(_) => {}
    }
}

/// Where a value that has a twin is in something that cannot be taken apart.
fn check_places(method: &Method, twins: &TwinTypes, errors: &mut Errors) {
    let mut found = Vec::new();
    if method.options.as_is.is_none() {
        let output = match &method.adapted {
            Some(adapted) => adapted.unmapped(&method.output),
            None => vec![method.output.clone()],
        };
        found.extend(twins.names_in(|names| output.iter().for_each(|ty| names.visit_type(ty))));
    }
    for (index, input) in method.sig.inputs.iter().enumerate() {
        if let FnArg::Typed(argument) = input {
            match method.twin_args.iter().find(|arg| arg.index == index) {
                Some(arg) => {
                    let rest = arg.shape.with_parts(&arg.ty, &|_| parse_quote!(()));
                    found.extend(twins.names_in(|names| names.visit_type(&rest)));
                }
                None => found.extend(twins.names_in(|names| names.visit_type(&argument.ty))),
            }
        }
    }
    found.extend(twins.names_in(|names| InBounds(names).visit_generics(&method.sig.generics)));
    for name in found {
        errors.push(faults::twin_in_place(&readable_path(&name)).at(name));
    }
}

/// Finds names in bounds, but not the `Self` of `Self: Sized`, which says the same of both types.
struct InBounds<'a, 'b>(&'a mut NamesOfTwins<'b>);

impl Visit<'_> for InBounds<'_, '_> {
    fn visit_predicate_type(&mut self, predicate: &PredicateType) {
        if !is_self(&predicate.bounded_ty) {
            self.0.visit_type(&predicate.bounded_ty);
        }
        predicate.bounds.iter().for_each(|bound| self.0.visit_type_param_bound(bound));
    }

    fn visit_type_param(&mut self, param: &TypeParam) {
        self.0.visit_type_param(param);
    }
}

fn check_options_of_method(method: &Method, errors: &mut Errors) {
    let options = &method.options;
    if let (Some((name, _)), true) = (&options.bridge, method.receiver.is_some()) {
        let help = "remove it: a call uses the bridge of its value; `TwinType::with_bridge` changes that";
        errors.push(faults::misplaced_option("bridge", "a method of a twin type", help).at(name));
    }
    if !matches!(method.kind, Kind::Around) {
        return;
    }
    let of_async: [Option<&Ident>; 6] = [
        options.enter.as_ref(),
        options.error.as_ref().map(|of| &of.0),
        options.timeout.as_ref().map(|of| &of.0),
        options.future.as_ref(),
        options.bounds.as_ref().map(|of| &of.0),
        options.twin.as_ref(),
    ];
    for name in of_async.into_iter().flatten() {
        let help = "remove it: the twin runs a synchronous method on the calling thread, inside the runtime";
        errors.push(faults::misplaced_option(&name.to_string(), "a synchronous method of a twin type", help).at(name));
    }
    for arg in &method.adapted_args {
        let help = "remove it: a synchronous method takes what it is given";
        errors.push(
            faults::misplaced_option(&arg.option.to_string(), "an argument of a synchronous method", help)
                .at(&arg.option),
        );
    }
}

/// A name that is in no signature is misspelt, in all likelihood.
fn check_listed_are_named(model: &Model, twins: &TwinTypes, errors: &mut Errors) {
    let signatures = model.methods.iter().map(|method| &method.sig);
    let found: Vec<_> = signatures.flat_map(|sig| twins.names_in(|names| names.visit_signature(sig))).collect();
    let collected = model.methods.iter().filter_map(|method| method.options.collect.as_ref());
    let collected = collected.flat_map(|(_, ty)| twins.names_in(|names| names.visit_type(ty)));
    let found: Vec<_> = found.into_iter().chain(collected).collect();
    check_listed(&found, twins, errors);
}

fn check_listed(found: &[Path], twins: &TwinTypes, errors: &mut Errors) {
    for listed in &twins.listed {
        let is_named = |path: &Path| twins.listing(path).is_some_and(|of| ptr::eq(of, listed));
        if !found.iter().any(is_named) {
            errors.push(faults::twin_not_named(&readable_path(&listed.name)).at(&listed.name));
        }
    }
}
