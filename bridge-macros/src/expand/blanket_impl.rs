//! The twin of a trait for all its implementors at once: `blanket`, and `remote = path`.

use crate::expand::attrs::{Place, allowances, forwarded};
use crate::expand::bridge_expr::bridge_ref_for;
use crate::expand::call::{Source, body, default_route, source_call, stub_body};
use crate::expand::trait_twin::{Defaults, Expansion, is_by_value};
use crate::model::block::ImplementedFor;
use crate::model::method::Method;
use crate::options::conditional::conditions;
use crate::syntax::rewrite::arguments;
use crate::syntax::tokens::mentions;
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::punctuated::Punctuated;
use syn::{GenericParam, Generics, Ident, Signature, Token, TypeParamBound, WherePredicate, parse_quote};

impl Expansion<'_> {
    // Input:
    //     pub trait Store {
    //         async fn get(&self, key: &str) -> Result<Vec<u8>, Error>;
    //     }
    //
    // Output:
    //     impl<Implementor: ?Sized + Store + Sync> BlockingStore for Implementor {
    //         fn get_blocking(&self, key: &str) -> Result<Vec<u8>, Error> {
    //             … call_local(BridgeRef::Global, move || <Self as Store>::get(self, key))
    //         }
    //     }
    //
    // Of a faulty trait the methods are those of the twin, where all have bodies.
    pub(crate) fn impl_for_every_implementor(&self) -> TokenStream {
        let Self { block, .. } = self;
        let (twin, ident) = (&block.twin, &block.ident);
        let methods: TokenStream = match self.defaults {
            Defaults::Written => self.methods.iter().map(|method| self.implemented_method(method)).collect(),
            Defaults::LeftOut if self.methods.iter().any(|method| stub_body(method).is_none()) => {
                return TokenStream::new();
            }
            Defaults::LeftOut => TokenStream::new(),
        };
        let attrs = forwarded(&block.attrs, Place::Hidden);
        let allow = allowances();
        let this = self.implementor();
        let generics = self.implementor_generics(&this, &self.thread_bounds(&self.methods));
        let (impl_generics, _, where_clause) = generics.split_for_impl();
        let arguments = arguments(&block.generics);
        quote_spanned! {ident.span().resolved_at(Span::mixed_site())=>
            #(#attrs)*
            #[automatically_derived]
            #allow
            impl #impl_generics #twin #arguments for #this #where_clause {
                #methods
            }
        }
    }

    fn implemented_method(&self, method: &Method) -> TokenStream {
        let options = &self.model.options;
        let attrs = forwarded(&method.attrs, Place::Hidden);
        let sig = self.twin_signature(method);
        let output = self.rebased_output(method);
        if method.is_passed_through() {
            let call = source_call(method, Source::Bound(&self.source));
            return quote_spanned!(method.span()=> #(#attrs)* #sig { #call });
        }
        let bridge = bridge_ref_for(method, options, &self.private);
        let route = default_route(method, options);
        let body = body(method, &output, Source::Bound(&self.source), route, options, &bridge);
        quote_spanned!(method.span()=> #(#attrs)* #sig { #body })
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
