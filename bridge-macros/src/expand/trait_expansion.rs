//! What a twin trait, its base and its impl for every implementor have in common: their methods, signatures and bounds.

use crate::expand::added_bounds::add_bounds;
use crate::expand::call::wrap_output;
use crate::expand::private_path::private;
use crate::model::block::{ImplementedFor, Model, TraitBlock};
use crate::model::method::{Kind, Method};
use crate::options::block_options::ErrorRule;
use crate::syntax::rewrite::{OfImplementor, Rebase, Shorthand, arguments, is_self};
use crate::syntax::self_type::Asks;
use crate::syntax::tokens::{is_one_of, mentions};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::visit_mut::VisitMut;
use syn::{
    GenericArgument, Generics, Path, PathArguments, Signature, TraitItemConst, TypeParamBound, WhereClause,
    WherePredicate, parse_quote,
};

#[derive(PartialEq)]
pub(crate) enum Defaults {
    Written,
    LeftOut,
}

/// A twin trait in the making.
pub(crate) struct Expansion<'a> {
    pub(crate) model: &'a Model,
    pub(crate) block: &'a TraitBlock,
    /// Those that have a twin.
    pub(crate) methods: Vec<&'a Method>,
    /// The name of the base, if the twin needs one.
    pub(crate) base: Option<Ident>,
    /// The async trait, with its arguments.
    pub(crate) source: TokenStream,
    pub(crate) defaults: Defaults,
    pub(crate) private: TokenStream,
}

impl<'a> Expansion<'a> {
    pub(crate) fn new(model: &'a Model, block: &'a TraitBlock, defaults: Defaults) -> Self {
        let methods: Vec<_> =
            model.methods.iter().filter(|method| method.is_bridged() || method.is_passed_through()).collect();
        let source = match &block.implemented_for {
            ImplementedFor::Remote(Some(remote)) => with_arguments(remote, &block.generics),
            _ => with_arguments(&block.ident.clone().into(), &block.generics),
        };
        let source = source.into_token_stream();
        let mut expansion =
            Self { model, block, methods, base: None, source, defaults, private: private(&model.options) };
        let has_default = expansion.methods.iter().any(|method| expansion.has_default(method));
        if has_default || !block.types.is_empty() || !block.consts.is_empty() {
            expansion.base = Some(format_ident!("__{}Base", block.twin, span = block.ident.span()));
        }
        expansion
    }

    /// Of the twin for every implementor, each method is answered by the impl.
    pub(crate) fn has_default(&self, method: &Method) -> bool {
        method.has_default && self.defaults == Defaults::Written && !self.block.implemented_for.is_every_implementor()
    }

    /// Where the path of a mirror's remote is faulty, the twin would fail too.
    pub(crate) fn lacks_source(&self) -> bool {
        matches!(self.block.implemented_for, ImplementedFor::Remote(None))
    }

    /// The signature of `method` in the twin. No value of unknown size can be taken, and no function without a receiver be
    /// in a `dyn`.
    pub(crate) fn twin_signature(&self, method: &Method, site: Site<'_>) -> Signature {
        let mut sig = self.signature(method, site);
        sig.ident = method.twin_name(&self.model.suffix());
        let has_body = self.has_default(method) || self.block.implemented_for.is_every_implementor();
        self.add_sized(&mut sig, method, has_body);
        sig
    }

    pub(crate) fn add_sized(&self, sig: &mut Signature, method: &Method, has_body: bool) {
        if method.receiver.is_none() || has_body && is_by_value(sig) || self.asks(method).sized {
            let private = &self.private;
            sig.generics.make_where_clause().predicates.push(parse_quote!(Self: #private::Sized));
        }
    }

    // Input:
    //     async fn pour(&self, sink: &Sink<Self>) -> Result<Self::Row, Error>
    //
    // Output:
    //     fn pour(&self, sink: &Sink<Self>) -> Result<<Self as Base>::Row, Error>
    //     where
    //         Self: Store
    //
    /// The signature of `method` in the twin, where `Self` need not be a `Store`: what may not be a type otherwise says so.
    pub(crate) fn signature(&self, method: &Method, site: Site<'_>) -> Signature {
        let mut sig = method.sig.clone();
        add_bounds(&mut sig, method, self.model, &self.private);
        self.rebase(self.shorthand_in(method, site), |rebase| rebase.visit_signature_mut(&mut sig));
        wrap_output(&mut sig, method, self.model, &self.private);
        if self.asks(method).implementor {
            let source = &self.source;
            sig.generics.make_where_clause().predicates.push(parse_quote!(Self: #source));
        }
        sig
    }

    /// The output of `method` in a body of ours.
    pub(crate) fn rebased_output(&self, method: &Method, this: &Ident) -> syn::Type {
        let mut output = method.output.clone();
        let shorthand = self.shorthand_in(method, Site::Implementation(this));
        self.rebase(shorthand, |rebase| rebase.visit_type_mut(&mut output));
        output
    }

    /// What the signature of `method` asks of `Self`.
    fn asks(&self, method: &Method) -> Asks {
        let rule = method.error_rule(&self.model.options);
        let is_result = matches!(rule, ErrorRule::Convert | ErrorRule::Map(_)) && !matches!(method.kind, Kind::Sync);
        Asks::of_signature(&method.sig, is_result)
    }

    /// Besides the base, a bound in the signature of `method` may lead to its associated types, and it may have some
    /// itself.
    fn shorthand_in<'b>(&self, method: &Method, site: Site<'b>) -> Shorthand<'b> {
        let predicates = method.sig.generics.where_clause.iter().flat_map(|clause| &clause.predicates);
        let mut of_self = predicates.filter_map(|predicate| match predicate {
            WherePredicate::Type(of) if is_self(&of.bounded_ty) => Some(&of.bounds),
            _ => None,
        });
        let is_bounded = of_self.any(|bounds| !bounds.iter().all(is_harmless));
        match site {
            _ if !is_bounded && !self.asks(method).implementor => Shorthand::Kept,
            Site::Declaration => Shorthand::Qualified,
            Site::Implementation(this) => Shorthand::OfParameter(this),
        }
    }

    /// Lets `visit` make types refer to the base; whether one refers to a supertrait instead.
    pub(crate) fn rebase(&self, shorthand: Shorthand<'_>, visit: impl FnOnce(&mut Rebase<'_>)) -> bool {
        let own = self.own_types();
        let base = self.base.as_ref().unwrap_or(&self.block.ident);
        let base = with_arguments(&base.clone().into(), &self.block.generics);
        let mut rebase =
            Rebase { sources: self.source_names(), base: &base, own: &own, shorthand, uses_supertrait: false };
        visit(&mut rebase);
        rebase.uses_supertrait
    }

    /// Lets `visit` make what is said of `Self` true of the implementor `this`.
    pub(crate) fn of_implementor(&self, this: &Ident, visit: impl FnOnce(&mut OfImplementor<'_>)) {
        let (own, source) = (self.own_types(), &self.source);
        let source = parse_quote!(#source);
        visit(&mut OfImplementor { this, sources: self.source_names(), source: &source, own: &own });
    }

    /// The constants of the twin. One whose type may ask that `Self` is an implementor is left to the async trait.
    pub(crate) fn consts(&self) -> impl Iterator<Item = &TraitItemConst> {
        self.block.consts.iter().filter(|of| !Asks::of_type(&of.ty).implementor)
    }

    /// What a mirror with a fault defines itself is a fault already, and need not be in its remote besides.
    pub(crate) fn is_faulty_mirror(&self) -> bool {
        matches!(self.block.implemented_for, ImplementedFor::Remote(_)) && self.defaults == Defaults::LeftOut
    }

    fn own_types(&self) -> Vec<&Ident> {
        self.block.types.iter().map(|of| &of.ident).collect()
    }

    /// The names of the async trait: a mirror may be called by that of its remote.
    fn source_names(&self) -> [&Ident; 2] {
        let remote = match &self.block.implemented_for {
            ImplementedFor::Remote(Some(remote)) => remote.segments.last(),
            _ => None,
        };
        [&self.block.ident, remote.map_or(&self.block.ident, |last| &last.ident)]
    }

    // The supertraits of the source say what its implementors are, not what a blocking caller needs, and an async
    // one would make `dyn` impossible. Those that only mark a type, or print it, are kept; and all of them where a
    // signature names an associated type of one. What may ask that `Self` is an implementor is never kept.
    pub(crate) fn kept_supertraits(&self) -> Vec<TokenStream> {
        let needed = self.rebase(Shorthand::Kept, |rebase| {
            self.methods.iter().for_each(|method| rebase.visit_signature_mut(&mut method.sig.clone()));
            self.block.types.iter().for_each(|of| rebase.visit_trait_item_type_mut(&mut of.clone()));
            rebase.visit_generics_mut(&mut self.block.generics.clone());
        });
        let needed = needed || matches!(self.block.implemented_for, ImplementedFor::Remote(_));
        let asks_implementor = self.methods.iter().any(|method| self.asks(method).implementor);
        let kept = self.block.supertraits.iter().filter(|bound| needed || is_harmless(bound));
        let kept = kept.filter(|bound| !Asks::of_bound(bound).implementor).map(|bound| {
            let mut bound = bound.clone();
            if asks_implementor {
                remove_bindings_of_self(&mut bound);
            }
            self.rebase(Shorthand::Qualified, |rebase| rebase.visit_type_param_bound_mut(&mut bound));
            bound.into_token_stream()
        });
        kept.chain(self.sized_by_items()).collect()
    }

    /// `Sized`, if an associated type or a constant is said to hold a `Self`.
    fn sized_by_items(&self) -> Option<TokenStream> {
        let bounds = self.block.types.iter().flat_map(|of| &of.bounds).map(Asks::of_bound);
        let is_sized = bounds.chain(self.block.consts.iter().map(|of| Asks::of_type(&of.ty))).any(|asks| asks.sized);
        let private = &self.private;
        is_sized.then(|| quote!(#private::Sized))
    }

    /// The `where` clause of the source, as far as it can be said of a `Self` that need not be an implementor.
    pub(crate) fn where_clause(&self) -> Option<WhereClause> {
        let mut clause = self.block.generics.where_clause.clone()?;
        let kept = clause.predicates.into_iter().filter(|predicate| !Asks::of_predicate(predicate).implementor);
        clause.predicates = kept.collect();
        self.rebase(Shorthand::Qualified, |rebase| rebase.visit_where_clause_mut(&mut clause));
        (!clause.predicates.is_empty()).then_some(clause)
    }

    /// What the receivers need, as another thread may serve the call.
    pub(crate) fn thread_bounds(&self, methods: &[&Method]) -> Vec<TokenStream> {
        let private = &self.private;
        let sync = methods.iter().any(|method| method.threads.sync);
        let send = methods.iter().any(|method| method.threads.send || method.needs_send_self);
        let sync = sync.then(|| quote!(#private::Sync));
        let send = send.then(|| quote!(#private::Send));
        sync.into_iter().chain(send).collect()
    }
}

/// Where a signature of the twin stands.
#[derive(Clone, Copy)]
pub(crate) enum Site<'a> {
    Declaration,
    /// In the impl for this type parameter.
    Implementation(&'a Ident),
}

/// `path`, with the parameters of the trait for its arguments if it has none.
fn with_arguments(path: &Path, generics: &Generics) -> Path {
    let mut path = path.clone();
    if let (Some(last), Some(arguments)) = (path.segments.last_mut(), arguments(generics)) {
        if last.arguments.is_none() {
            last.arguments = PathArguments::AngleBracketed(parse_quote!(#arguments));
        }
    }
    path
}

// Input:
//     Iterator<Item = Self::Row>
//
// Output:
//     Iterator
//
// Where a method of the twin has `Self: Store`, the item would be two types at once, `Row` of `Store` and of the base.
fn remove_bindings_of_self(bound: &mut TypeParamBound) {
    let TypeParamBound::Trait(bound) = bound else { return };
    let Some(last) = bound.path.segments.last_mut() else { return };
    if let PathArguments::AngleBracketed(arguments) = &mut last.arguments {
        let is_binding = |argument: &GenericArgument| matches!(argument, GenericArgument::AssocType(_));
        let kept = std::mem::take(&mut arguments.args).into_iter();
        let kept = kept.filter(|argument| !(is_binding(argument) && mentions(argument.to_token_stream(), "Self")));
        arguments.args = kept.collect();
        if arguments.args.is_empty() {
            last.arguments = PathArguments::None;
        }
    }
}

pub(crate) fn is_by_value(sig: &Signature) -> bool {
    sig.receiver().is_some_and(|receiver| match &receiver.kind {
        syn::ReceiverKind::Value => true,
        syn::ReceiverKind::Typed(_, ty) => matches!(&**ty, syn::Type::Path(ty) if ty.path.is_ident("Self")),
        _ => false,
    })
}

fn is_harmless(bound: &TypeParamBound) -> bool {
    const HARMLESS: [&str; 8] = ["Debug", "Display", "RefUnwindSafe", "Send", "Sized", "Sync", "Unpin", "UnwindSafe"];
    match bound {
        TypeParamBound::Lifetime(_) => true,
        TypeParamBound::Trait(bound) => {
            bound.path.segments.last().is_some_and(|last| is_one_of(&last.ident, &HARMLESS))
        }
        _ => false,
    }
}
