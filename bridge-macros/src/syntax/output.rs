//! What a return type says, as far as it is written out.

use crate::syntax::tokens::is_one_of;
use proc_macro2::Span;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    AngleBracketedGenericArguments, GenericArgument, Ident, ParenthesizedGenericArguments, Path, PathArguments,
    TraitBound, Type, TypeFnPtr, TypeImplTrait, TypeParamBound, TypePath, TypeTraitObject,
};

pub(crate) type Bounds = Punctuated<TypeParamBound, syn::Token![+]>;

/// How a method that is no `async fn` answers.
pub(crate) enum Returns {
    /// `impl Future<Output = …>`
    Future {
        output: Box<Type>,
        send: bool,
    },
    /// `BoxFuture<'_, …>`, `Pin<Box<dyn Future<Output = …>>>` and the like; `impl IntoFuture<Output = …>`. The compiler
    /// knows of the future no more than they say.
    BoxedFuture {
        output: Box<Type>,
        send: bool,
    },
    /// A future without an output.
    FutureOfUnknown(Ident),
    Plain,
}

pub(crate) fn classify(ty: &Type) -> Returns {
    let (bounds, boxed) = match ty {
        Type::Group(group) => return classify(&group.elem),
        Type::Paren(paren) => return classify(&paren.elem),
        Type::ImplTrait(ty) => (&ty.bounds, false),
        ty => match boxed_dyn(ty).or_else(|| only_object(ty)) {
            Some(object) => (&object.bounds, true),
            None => return future_alias(ty),
        },
    };
    let builder = builder_bound(bounds).filter(|_| !boxed);
    let is_told = boxed || builder.is_some();
    let Some(FutureBound { name, output, send }) = builder.or_else(|| future_bound(bounds)) else {
        return Returns::Plain;
    };
    match output.map(Box::new) {
        Some(output) if is_told => Returns::BoxedFuture { output, send },
        Some(output) => Returns::Future { output, send },
        None => Returns::FutureOfUnknown(name),
    }
}

/// `BoxFuture<'_, T>`, and the like.
fn future_alias(ty: &Type) -> Returns {
    let Type::Path(path) = ty else { return Returns::Plain };
    let Some(last) = path.path.segments.last().filter(|last| is_one_of(&last.ident, &FUTURE_ALIASES)) else {
        return Returns::Plain;
    };
    let types: Vec<_> = match &last.arguments {
        PathArguments::AngleBracketed(args) => type_arguments(args).collect(),
        _ => Vec::new(),
    };
    match types[..] {
        [output] => Returns::BoxedFuture { output: Box::new(output.clone()), send: last.ident == "BoxFuture" },
        // Another crate's, of the same name.
        _ => Returns::FutureOfUnknown(last.ident.clone()),
    }
}

/// Whether `ty` is a future by its name alone, which may be that of another alias than we take it for.
pub(crate) fn is_future_by_name(ty: &Type) -> bool {
    match ty {
        Type::Group(group) => is_future_by_name(&group.elem),
        Type::Paren(paren) => is_future_by_name(&paren.elem),
        ty => !matches!(future_alias(ty), Returns::Plain),
    }
}

/// A type that says plainly that it is a stream.
pub(crate) struct Streaming {
    pub(crate) name: Ident,
    pub(crate) is_send: bool,
    /// That of `impl Stream` and of a boxed `dyn Stream`, where it is given.
    pub(crate) item: Option<Type>,
}

pub(crate) fn as_stream(ty: &Type) -> Option<Streaming> {
    let Some(bounds) = opaque_bounds(ty) else { return stream_alias(ty) };
    let mut names = bounds.iter().filter_map(as_trait).filter_map(|bound| bound.path.segments.last());
    let stream = names.find(|last| last.ident == "Stream")?;
    let item = associated(&stream.arguments, "Item");
    Some(Streaming { name: stream.ident.clone(), is_send: has_send_bound(bounds), item })
}

/// `BoxStream<'_, T>`, and the like.
fn stream_alias(ty: &Type) -> Option<Streaming> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| is_one_of(&last.ident, &STREAM_ALIASES))?;
    let item = match &last.arguments {
        PathArguments::AngleBracketed(args) => type_arguments(args).next().cloned(),
        _ => None,
    };
    Some(Streaming { name: last.ident.clone(), is_send: last.ident == "BoxStream", item })
}

/// The trait object in `Box<dyn …>`.
fn only_object(ty: &Type) -> Option<&TypeTraitObject> {
    match only_argument(ty, "Box")? {
        Type::TraitObject(object) => Some(object),
        _ => None,
    }
}

/// The bounds of `impl …`, `Box<dyn …>` and `Pin<Box<dyn …>>`.
pub(crate) fn opaque_bounds(ty: &Type) -> Option<&Bounds> {
    match ty {
        Type::ImplTrait(ty) => Some(&ty.bounds),
        ty => boxed_dyn(ty).or_else(|| only_object(ty)).map(|object| &object.bounds),
    }
}

/// Whether `ty` is tokio's handle of a task, in all likelihood.
pub(crate) fn is_join_handle(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "JoinHandle")
        && !is_another_handle(path))
}

const TASK_HANDLES: [&str; 3] = ["JoinHandle", "JoinSet", "LocalSet"];
const FUTURE_ALIASES: [&str; 2] = ["BoxFuture", "LocalBoxFuture"];
const STREAM_ALIASES: [&str; 2] = ["BoxStream", "LocalBoxStream"];
const FUTURE_TRAITS: [&str; 3] = ["Future", "IntoFuture", "TryFuture"];
const STREAM_TRAITS: [&str; 2] = ["Stream", "TryStream"];
const SINK_TRAITS: [&str; 1] = ["Sink"];
/// Those of tokio and of `futures`.
pub(crate) const IO_TRAITS: [&str; 4] = ["AsyncRead", "AsyncBufRead", "AsyncWrite", "AsyncSeek"];

/// The names within an output that a twin cannot return.
#[derive(Default)]
pub(crate) struct Unreturnable {
    pub(crate) task_handles: Vec<Ident>,
    pub(crate) futures: Vec<Ident>,
    pub(crate) streams: Vec<Ident>,
    pub(crate) guards: Vec<Ident>,
    pub(crate) runtimes: Vec<Ident>,
    pub(crate) sinks: Vec<Ident>,
    pub(crate) io: Vec<Ident>,
}

impl Unreturnable {
    pub(crate) fn in_type(ty: &Type) -> Self {
        let mut found = Self::default();
        found.visit_type(ty);
        found.collect_objects(ty);
        found
    }
}

impl Visit<'_> for Unreturnable {
    fn visit_type_path(&mut self, ty: &TypePath) {
        let last = &ty.path.segments[ty.path.segments.len() - 1].ident;
        let name = &*last.to_string();
        let found = if TASK_HANDLES.contains(&name) && !is_another_handle(ty) {
            &mut self.task_handles
        } else if FUTURE_ALIASES.contains(&name) {
            &mut self.futures
        } else if STREAM_ALIASES.contains(&name) {
            &mut self.streams
        } else if is_guard(name, ty) {
            &mut self.guards
        } else if is_runtime(name, ty) {
            &mut self.runtimes
        } else {
            // The arguments only: in `<JoinHandle<u8> as Trait>::Output`, no handle is returned.
            ty.path.segments.iter().for_each(|segment| self.visit_path_arguments(&segment.arguments));
            return;
        };
        found.push(last.clone());
    }

    fn visit_type_impl_trait(&mut self, ty: &TypeImplTrait) {
        self.visit_object(&ty.bounds);
        visit::visit_type_impl_trait(self, ty);
    }

    fn visit_type_trait_object(&mut self, ty: &TypeTraitObject) {
        self.visit_object(&ty.bounds);
        visit::visit_type_trait_object(self, ty);
    }

    // What a function returns is not returned by the method that returns the function.
    fn visit_type_fn_ptr(&mut self, _: &TypeFnPtr) {}

    fn visit_parenthesized_generic_arguments(&mut self, _: &ParenthesizedGenericArguments) {}
}

impl Unreturnable {
    pub(crate) fn is_empty(&self) -> bool {
        let Self { task_handles, futures, streams, guards, runtimes, sinks, io } = self;
        [task_handles, futures, streams, guards, runtimes, sinks, io].into_iter().all(Vec::is_empty)
    }

    /// Finds sinks, readers and writers that the caller gets. What only uses one, as a client does, is of use itself.
    fn collect_objects(&mut self, ty: &Type) {
        let bounds = match ty {
            Type::Array(ty) => return self.collect_objects(&ty.elem),
            Type::Group(ty) => return self.collect_objects(&ty.elem),
            Type::Paren(ty) => return self.collect_objects(&ty.elem),
            Type::Reference(ty) if ty.mutability.is_some() => return self.collect_objects(&ty.elem),
            Type::Tuple(ty) => return ty.elems.iter().for_each(|ty| self.collect_objects(ty)),
            Type::Path(ty) => return argument_of_container(ty).into_iter().for_each(|ty| self.collect_objects(ty)),
            Type::ImplTrait(ty) => &ty.bounds,
            Type::TraitObject(ty) => &ty.bounds,
            _ => return,
        };
        self.sinks.extend(bounds.iter().filter_map(|bound| named_bound(bound, &SINK_TRAITS)));
        // One of them says it.
        self.io.extend(bounds.iter().find_map(|bound| named_bound(bound, &IO_TRAITS)));
    }

    fn visit_object(&mut self, bounds: &Bounds) {
        self.futures.extend(bounds.iter().filter_map(|bound| named_bound(bound, &FUTURE_TRAITS)));
        self.streams.extend(bounds.iter().filter_map(|bound| named_bound(bound, &STREAM_TRAITS)));
    }
}

/// The first argument of a type that gives its content away.
fn argument_of_container(ty: &TypePath) -> Option<&Type> {
    let last = ty.path.segments.last()?;
    let PathArguments::AngleBracketed(args) = &last.arguments else { return None };
    let name = &*last.ident.to_string();
    let is_container = ["Box", "Option", "Pin", "Vec"].contains(&name) || name.ends_with("Result");
    type_arguments(args).next().filter(|_| is_container)
}

/// Whether the last `name` of the path is that of a guard of tokio's. Other crates have guards of the first three names.
fn is_guard(name: &str, ty: &TypePath) -> bool {
    const SHARED: [&str; 3] = ["MutexGuard", "RwLockReadGuard", "RwLockWriteGuard"];
    const OWN: [&str; 5] =
        ["OwnedMutexGuard", "OwnedRwLockReadGuard", "OwnedRwLockWriteGuard", "OwnedSemaphorePermit", "SemaphorePermit"];
    let is_of_tokio = || ty.path.segments.iter().any(|module| module.ident == "tokio");
    (OWN.contains(&name) || SHARED.contains(&name) && is_of_tokio()) && !is_another_handle(ty)
}

/// Whether the path, whose last name is `name`, is that of tokio's runtime, or of a handle to it.
fn is_runtime(name: &str, ty: &TypePath) -> bool {
    let mut modules = ty.path.segments.iter().rev().skip(1);
    ["EnterGuard", "Handle", "Runtime"].contains(&name) && modules.next().is_some_and(|of| of.ident == "runtime")
}

/// Whether the path says that the name is not tokio's: `thread::JoinHandle` is joined, not awaited; those of `futures`
/// belong to no runtime; and what an associated type is, a probe finds where it is known.
fn is_another_handle(ty: &TypePath) -> bool {
    let modules: Vec<_> = ty.path.segments.iter().rev().skip(1).map(|module| &module.ident).collect();
    let is_associated = ty.qself.is_some() || modules.last().is_some_and(|first| *first == "Self");
    let is_of_futures = modules.iter().any(|module| is_one_of(module, &["futures", "futures_util"]));
    let is_of_thread = modules.first().is_some_and(|module| *module == "thread");
    is_associated || is_of_futures || is_of_thread
}

/// A part of an output whose type only the compiler knows.
pub(crate) struct Alias<'a> {
    pub(crate) ty: &'a TypePath,
    pub(crate) place: AliasPlace,
}

/// Where in the output the part is.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum AliasPlace {
    Whole,
    /// In the first argument of a `Result` or an `Option`.
    InResult,
    /// In another type that gives its parts away: a tuple, a `Vec`, a `Box`.
    Inside,
    /// In an argument of a type of which nothing is known, or behind a reference.
    Elsewhere,
}

/// The parts of an output whose types only the compiler knows: what hides there is found by a probe. A part with
/// an `impl Trait` or `_` in it cannot be named in a body and is left out.
pub(crate) fn aliases(ty: &Type) -> Vec<Alias<'_>> {
    let mut found = Vec::new();
    collect_aliases(ty, AliasPlace::Whole, &mut found);
    found
}

fn collect_aliases<'a>(ty: &'a Type, place: AliasPlace, found: &mut Vec<Alias<'a>>) {
    let inside = if place == AliasPlace::Elsewhere { place } else { AliasPlace::Inside };
    match ty {
        Type::Array(ty) => collect_aliases(&ty.elem, inside, found),
        Type::Group(ty) => collect_aliases(&ty.elem, place, found),
        Type::Paren(ty) => collect_aliases(&ty.elem, place, found),
        Type::Ptr(ty) => collect_aliases(&ty.elem, AliasPlace::Elsewhere, found),
        Type::Reference(ty) => collect_aliases(&ty.elem, AliasPlace::Elsewhere, found),
        Type::Slice(ty) => collect_aliases(&ty.elem, inside, found),
        Type::Tuple(ty) => ty.elems.iter().for_each(|elem| collect_aliases(elem, inside, found)),
        Type::Path(ty) => {
            if !is_plain(&ty.path) && !is_container(&ty.path) && is_path_nameable(ty) {
                found.push(Alias { ty, place });
            }
            let Some(last) = ty.path.segments.last() else { return };
            let PathArguments::AngleBracketed(args) = &last.arguments else { return };
            for (index, argument) in type_arguments(args).enumerate() {
                collect_aliases(argument, place_of_argument(&last.ident, index, place), found);
            }
        }
        _ => {}
    }
}

/// The place of an argument of a type called `name`, which is at `place` itself.
fn place_of_argument(name: &Ident, index: usize, place: AliasPlace) -> AliasPlace {
    if index > 0 || place == AliasPlace::Elsewhere {
        return AliasPlace::Elsewhere;
    }
    match &*name.to_string() {
        name if name == "Option" || name.ends_with("Result") => match place {
            AliasPlace::Inside => AliasPlace::Inside,
            _ => AliasPlace::InResult,
        },
        "Box" | "Vec" => AliasPlace::Inside,
        _ => AliasPlace::Elsewhere,
    }
}

/// The types that say all they hold in their arguments.
const CONTAINERS: [&str; 5] = ["Arc", "Box", "Option", "Result", "Vec"];

/// Whether `path` is probably not an alias. Its arguments are probed themselves.
fn is_container(path: &Path) -> bool {
    let last = &path.segments[path.segments.len() - 1];
    !last.arguments.is_empty() && is_one_of(&last.ident, &CONTAINERS)
}

/// Whether `path` is certainly no alias: a primitive, `String` or `Self`.
fn is_plain(path: &Path) -> bool {
    const PLAIN: [&str; 19] = [
        "Self", "String", "bool", "char", "str", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16",
        "u32", "u64", "u128", "usize",
    ];
    path.get_ident().is_some_and(|ident| is_one_of(ident, &PLAIN))
}

/// Whether `ty` can be nothing that is only of use in async code.
pub(crate) fn is_visibly_plain(ty: &Type) -> bool {
    match ty {
        Type::Tuple(_) | Type::Array(_) | Type::Slice(_) | Type::Never(_) => true,
        Type::Path(ty) => is_plain(&ty.path) && !ty.path.is_ident("Self"),
        _ => false,
    }
}

/// Whether `ty` is no `Result`, and no alias of one in all likelihood.
pub(crate) fn is_visibly_no_result(ty: &Type) -> bool {
    match ty {
        Type::Group(ty) => is_visibly_no_result(&ty.elem),
        Type::Paren(ty) => is_visibly_no_result(&ty.elem),
        Type::Reference(_) | Type::Ptr(_) | Type::FnPtr(_) | Type::TraitObject(_) => true,
        Type::Path(of) if of.qself.is_none() && is_of_std(&of.path) => true,
        ty => is_visibly_plain(ty) && !matches!(ty, Type::Never(_)),
    }
}

/// Whether `path` is a generic type of the standard library, by its name alone or under a path that says so.
fn is_of_std(path: &Path) -> bool {
    const GENERIC: [&str; 12] = [
        "Arc",
        "BTreeMap",
        "BTreeSet",
        "BinaryHeap",
        "Box",
        "Cow",
        "HashMap",
        "HashSet",
        "Option",
        "Rc",
        "Vec",
        "VecDeque",
    ];
    let last = &path.segments[path.segments.len() - 1];
    let is_known = path.segments.len() == 1 || is_one_of(&path.segments[0].ident, &["alloc", "core", "std"]);
    !last.arguments.is_empty() && is_known && is_one_of(&last.ident, &GENERIC)
}

/// Whether a body can name `ty`: no part of it is an `impl Trait` or a `_`.
pub(crate) fn is_nameable(ty: &Type) -> bool {
    let mut unnamed = Unnamed(false);
    unnamed.visit_type(ty);
    !unnamed.0
}

fn is_path_nameable(ty: &TypePath) -> bool {
    let mut unnamed = Unnamed(false);
    unnamed.visit_type_path(ty);
    !unnamed.0
}

struct Unnamed(bool);

impl Visit<'_> for Unnamed {
    fn visit_type(&mut self, ty: &Type) {
        self.0 |= matches!(ty, Type::ImplTrait(_) | Type::Infer(_));
        visit::visit_type(self, ty);
    }
}

pub(crate) fn type_arguments(args: &AngleBracketedGenericArguments) -> impl Iterator<Item = &Type> {
    args.args.iter().filter_map(|arg| match arg {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// The trait object in `Pin<Box<dyn …>>`.
pub(crate) fn boxed_dyn(ty: &Type) -> Option<&TypeTraitObject> {
    let Type::Path(pinned) = only_argument(ty, "Pin")? else { return None };
    match only_argument_of(pinned, "Box")? {
        Type::TraitObject(object) => Some(object),
        _ => None,
    }
}

/// The `T` of `Pin<Box<T>>`.
pub(crate) fn in_pinned_box(ty: &Type) -> Option<&Type> {
    only_argument(only_argument(ty, "Pin")?, "Box")
}

/// The `T` of `outer<T>`, under any path.
pub(crate) fn only_argument<'a>(ty: &'a Type, outer: &str) -> Option<&'a Type> {
    match ty {
        Type::Path(ty) => only_argument_of(ty, outer),
        _ => None,
    }
}

fn only_argument_of<'a>(ty: &'a TypePath, outer: &str) -> Option<&'a Type> {
    let last = ty.path.segments.last().filter(|last| last.ident == outer)?;
    match &last.arguments {
        PathArguments::AngleBracketed(args) if args.args.len() == 1 => type_arguments(args).next(),
        _ => None,
    }
}

pub(crate) struct FutureBound {
    name: Ident,
    pub(crate) output: Option<Type>,
    /// Whether the future says that it is `Send`.
    send: bool,
}

/// The `Future<Output = …>` among `bounds`.
pub(crate) fn future_bound(bounds: &Bounds) -> Option<FutureBound> {
    let mut lasts = bounds.iter().filter_map(as_trait).filter_map(|bound| bound.path.segments.last());
    let future = lasts.find(|last| last.ident == "Future")?;
    let output = associated(&future.arguments, "Output");
    Some(FutureBound { name: future.ident.clone(), output, send: has_send_bound(bounds) })
}

/// The `IntoFuture` in `impl IntoFuture<Output = …>`.
pub(crate) fn builder(ty: &Type) -> Option<Ident> {
    match ty {
        Type::Group(group) => builder(&group.elem),
        Type::Paren(paren) => builder(&paren.elem),
        Type::ImplTrait(ty) => builder_bound(&ty.bounds).map(|bound| bound.name),
        _ => None,
    }
}

/// The `IntoFuture<Output = …, IntoFuture: Send>` among `bounds`.
fn builder_bound(bounds: &Bounds) -> Option<FutureBound> {
    let mut lasts = bounds.iter().filter_map(as_trait).filter_map(|bound| bound.path.segments.last());
    let builder = lasts.find(|last| last.ident == "IntoFuture")?;
    let output = associated(&builder.arguments, "Output");
    let PathArguments::AngleBracketed(args) = &builder.arguments else {
        return Some(FutureBound { name: builder.ident.clone(), output, send: false });
    };
    let send = args.args.iter().any(|arg| match arg {
        GenericArgument::Constraint(of) => of.ident == "IntoFuture" && has_send_bound(&of.bounds),
        _ => false,
    });
    Some(FutureBound { name: builder.ident.clone(), output, send })
}

/// The type that `Trait<name = …>` says.
fn associated(arguments: &PathArguments, name: &str) -> Option<Type> {
    let PathArguments::AngleBracketed(args) = arguments else { return None };
    args.args.iter().find_map(|arg| match arg {
        GenericArgument::AssocType(assoc) if assoc.ident == name => Some(assoc.ty.clone()),
        _ => None,
    })
}

pub(crate) fn has_send_bound(bounds: &Bounds) -> bool {
    bounds.iter().any(|bound| named_bound(bound, &["Send"]).is_some())
}

/// The name of the trait of `bound`, if it is one of `names`.
pub(crate) fn named_bound(bound: &TypeParamBound, names: &[&str]) -> Option<Ident> {
    let last = as_trait(bound)?.path.segments.last()?;
    is_one_of(&last.ident, names).then(|| last.ident.clone())
}

pub(crate) fn as_trait(bound: &TypeParamBound) -> Option<&TraitBound> {
    match bound {
        TypeParamBound::Trait(bound) => Some(bound),
        _ => None,
    }
}

/// Where an output that cannot carry a failure is underlined: a type's own span is its first token only.
pub(crate) fn output_span(ty: &Type) -> Option<Span> {
    let span = match ty {
        Type::Path(ty) => path_span(&ty.path)?,
        Type::Group(ty) => return output_span(&ty.elem),
        Type::Paren(ty) => return output_span(&ty.elem),
        Type::Tuple(ty) if ty.elems.is_empty() => return None,
        Type::Tuple(ty) => ty.paren_token.span.join(),
        Type::Reference(ty) => return output_span(&ty.elem),
        _ => ty.span(),
    };
    Some(span.resolved_at(Span::mixed_site()))
}

fn path_span(path: &Path) -> Option<Span> {
    Some(path.segments.last()?.ident.span())
}
