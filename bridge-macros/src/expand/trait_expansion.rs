//! What a twin trait, its base and its impl for every implementor have in common: their methods, signatures and bounds.

use crate::expand::call::wrap_output;
use crate::expand::private_path::private;
use crate::model::block::{ImplementedFor, Model, TraitBlock};
use crate::model::method::Method;
use crate::options::conditional::conditions;
use crate::syntax::rewrite::{Rebase, arguments};
use crate::syntax::tokens::mentions;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::punctuated::Punctuated;
use syn::visit_mut::VisitMut;
use syn::{GenericParam, Generics, Signature, Token, TypeParamBound, WherePredicate, parse_quote};

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
        let arguments = arguments(&block.generics);
        let source = match &block.implemented_for {
            ImplementedFor::Remote(Some(remote)) => remote.to_token_stream(),
            _ => block.ident.to_token_stream().into_iter().chain(arguments.to_token_stream()).collect(),
        };
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

    /// The signature that the twin declares. No value of unknown size can be taken, and no function without a receiver
    /// be in a `dyn`.
    pub(crate) fn twin_signature(&self, method: &Method) -> Signature {
        let mut sig = self.signature(method);
        sig.ident = method.twin_name(&self.model.suffix());
        let takes_unsized = is_by_value(&sig) && self.block.implemented_for.is_every_implementor();
        if method.receiver.is_none() || takes_unsized {
            sig.generics.make_where_clause().predicates.push(self.sized());
        }
        sig
    }

    /// The signature of `method` in the twin, where `Self` need not be a `Store`.
    pub(crate) fn signature(&self, method: &Method) -> Signature {
        let mut sig = method.sig.clone();
        self.rebase(|rebase| rebase.visit_signature_mut(&mut sig));
        wrap_output(&mut sig, method, self.model, &self.private);
        sig
    }

    pub(crate) fn rebased_output(&self, method: &Method) -> syn::Type {
        let mut output = method.output.clone();
        self.rebase(|rebase| rebase.visit_type_mut(&mut output));
        output
    }

    /// Lets `visit` make types refer to the base; whether one refers to a supertrait instead.
    pub(crate) fn rebase(&self, visit: impl FnOnce(&mut Rebase<'_>)) -> bool {
        let own: Vec<_> = self.block.types.iter().map(|of| &of.ident).collect();
        let base = self.base.as_ref().unwrap_or(&self.block.ident);
        let source = match &self.block.implemented_for {
            ImplementedFor::Remote(Some(remote)) => {
                remote.segments.last().map_or(&self.block.ident, |last| &last.ident)
            }
            _ => &self.block.ident,
        };
        let mut rebase = Rebase { source, base, own: &own, uses_supertrait: false };
        visit(&mut rebase);
        rebase.uses_supertrait
    }

    pub(crate) fn sized(&self) -> WherePredicate {
        let private = &self.private;
        parse_quote!(Self: #private::Sized)
    }

    // The supertraits of the source say what its implementors are, not what a blocking caller needs, and an async
    // one would make `dyn` impossible. Those that only mark a type, or print it, are kept; and all of them where a
    // signature names an associated type of one.
    pub(crate) fn kept_supertraits(&self) -> impl Iterator<Item = TokenStream> {
        let needed = self.rebase(|rebase| {
            self.methods.iter().for_each(|method| rebase.visit_signature_mut(&mut method.sig.clone()));
            self.block.types.iter().for_each(|of| rebase.visit_trait_item_type_mut(&mut of.clone()));
        });
        let needed = needed || matches!(self.block.implemented_for, ImplementedFor::Remote(_));
        let kept = self.block.supertraits.iter().filter(move |bound| needed || is_harmless(bound));
        kept.map(ToTokens::to_token_stream)
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

    /// The name of the type parameter for which the base is implemented. Users read it in messages of rustc's, so it
    /// is plain, and none that the trait uses itself.
    pub(crate) fn implementor(&self) -> Ident {
        let mut name = String::from("Implementor");
        while mentions(self.model.original.clone(), &name) {
            name.push('_');
        }
        Ident::new(&name, Span::mixed_site())
    }

    // Input:
    //     <'a, K = String>
    //
    // Output:
    //     <'a, Implementor: ?Sized + Store<'a, K> + Sync, K>
    //
    // With `implementors = Base`, `Base` stands in the place of `Store<'a, K>`.
    //
    // What a mirror asks of its remote's associated types, and besides it, is asked of each implementor.
    pub(crate) fn implementor_generics(&self, this: &Ident, threads: &[TokenStream]) -> Generics {
        let private = &self.private;
        let source = match &self.model.options.implementors {
            Some((_, Some(implementors))) => quote!(#implementors),
            _ => self.source.clone(),
        };
        let mut generics = self.block.generics.clone();
        let after_lifetimes = generics.params.iter().filter(|param| matches!(param, GenericParam::Lifetime(_))).count();
        let mut bounds: Punctuated<TypeParamBound, Token![+]> = parse_quote!(?#private::Sized + #source #(+ #threads)*);
        if let ImplementedFor::Remote(_) = self.block.implemented_for {
            bounds.extend(self.block.supertraits.iter().cloned());
            let predicates = self.type_predicates(this);
            if !predicates.is_empty() {
                generics.make_where_clause().predicates.extend(predicates);
            }
        }
        generics.params.insert(after_lifetimes, parse_quote!(#this: #bounds));
        generics
    }

    /// The bounds of a mirror's associated types. Neither a generic one nor one under a condition can be bounded in a
    /// `where` clause, so the bounds of such have to be those of the remote.
    fn type_predicates(&self, this: &Ident) -> Vec<WherePredicate> {
        let source = &self.source;
        let types = self.block.types.iter().filter(|of| !of.bounds.is_empty());
        let types = types.filter(|of| of.generics.params.is_empty() && conditions(&of.attrs).is_empty());
        types
            .map(|of| {
                let (ident, bounds) = (&of.ident, &of.bounds);
                parse_quote!(<#this as #source>::#ident: #bounds)
            })
            .collect()
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
            bound.path.segments.last().is_some_and(|last| HARMLESS.iter().any(|name| last.ident == name))
        }
        _ => false,
    }
}
