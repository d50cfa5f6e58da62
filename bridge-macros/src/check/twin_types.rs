//! The rules for types whose twins are types, and for their impls.

use crate::errors::Errors;
use crate::faults;
use crate::model::block::{Block, InherentBlock, Model, TypeBlock};
use crate::model::method::{Kind, Method};
use crate::model::names::as_name;
use crate::options::twin_types::{Signatures, TwinTypes, readable_path};
use quote::ToTokens;
use std::ptr;
use syn::visit::Visit;
use syn::{FnArg, Ident, ReceiverKind, Type};

/// The options that have no meaning on a type.
pub(crate) fn check_options_of_type(model: &Model, errors: &mut Errors) {
    let Block::Type(block) = &model.block else { return };
    let options = &model.options;
    let on_impl = "put it on the impl";
    let misplaced = [
        (options.bounds.as_ref().map(|of| &of.0), on_impl),
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
        (options.twins.as_ref().map(|of| &of.0), on_impl),
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
    for path in model.options.forward.iter().flat_map(|(_, listed)| listed) {
        let Some(last) = path.segments.last() else { continue };
        let name = last.ident.to_string();
        let takes_argument = ["AsRef", "From", "TryFrom"].contains(&&*name);
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
        check_receiver(method, errors);
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

/// A value in a twin is not behind a pointer.
fn check_receiver(method: &Method, errors: &mut Errors) {
    let Some(ReceiverKind::Typed(_, ty)) = &method.receiver_kind else { return };
    let is_plain = match &**ty {
        Type::Reference(ty) => is_self(&ty.elem),
        ty => is_self(ty),
    };
    if !is_plain && method.rc_receiver.is_none() {
        errors.push(faults::pointer_receiver().at(ty));
    }
}

fn is_self(ty: &Type) -> bool {
    matches!(ty, Type::Path(ty) if ty.path.is_ident("Self"))
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
                    let rest = arg.shape.with_parts(&arg.ty, &|_| syn::parse_quote!(()));
                    found.extend(twins.names_in(|names| names.visit_type(&rest)));
                }
                None => found.extend(twins.names_in(|names| names.visit_type(&argument.ty))),
            }
        }
    }
    found.extend(twins.names_in(|names| names.visit_generics(&method.sig.generics)));
    // `Self: Sized` says the same of both.
    for name in found.into_iter().filter(|name| !name.is_ident("Self") || !is_only_bounded(method, name)) {
        errors.push(faults::twin_in_place(&readable_path(&name)).at(name));
    }
}

/// Whether `Self` is in the `where` clause of the method alone.
fn is_only_bounded(method: &Method, _: &syn::Path) -> bool {
    method
        .sig
        .generics
        .where_clause
        .as_ref()
        .is_some_and(|clause| crate::syntax::tokens::mentions(clause.to_token_stream(), "Self"))
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
    for listed in &twins.listed {
        let is_named = |path: &syn::Path| twins.listing(path).is_some_and(|of| ptr::eq(of, listed));
        if !found.iter().any(is_named) {
            errors.push(faults::twin_not_named(&readable_path(&listed.name)).at(&listed.name));
        }
    }
}
