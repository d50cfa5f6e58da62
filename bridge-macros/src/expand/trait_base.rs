//! The hidden base of a twin: what the twin takes from the async trait, without being one.

use crate::expand::attrs::{Place, allowances, forwarded, track_caller};
use crate::expand::call::{Source, body, default_route, source_call};
use crate::expand::trait_twin::{Defaults, Expansion};
use crate::model::block::{ImplementedFor, TraitBlock};
use crate::model::method::{By, Method};
use crate::options::conditional::conditions;
use crate::syntax::rewrite::arguments;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::visit_mut::VisitMut;
use syn::{Ident, Signature, TraitItemConst, TraitItemType, parse_quote};

impl Expansion<'_> {
    pub(crate) fn base_trait(&self, base: &Ident) -> TokenStream {
        let TraitBlock { vis, generics, ident, .. } = self.block;
        let block = self.block;
        let (arguments, where_clause) = (arguments(generics), &generics.where_clause);
        let attrs = forwarded(&block.attrs, Place::Hidden);
        let allow = allowances();
        let with_default: Vec<_> = self.methods.iter().copied().filter(|method| self.has_default(method)).collect();
        let threads = self.thread_bounds(&with_default);
        let supertraits = self.kept_supertraits().chain(threads.iter().cloned());
        let this = self.implementor();
        let impl_generics = self.implementor_generics(&this, &threads);
        let (impl_generics, _, impl_where_clause) = impl_generics.split_for_impl();
        let source = &self.source;
        let (types, consts) = (&block.types, &block.consts);
        let types_declared = types.iter().map(|of| self.declare_type(of));
        let types_defined = types.iter().map(|of| self.define_type(of, &this));
        let consts_declared = consts.iter().map(declare_const);
        let consts_defined = consts.iter().map(|of| self.define_const(of, &this));
        let declared = with_default.iter().map(|method| {
            let (attrs, sig) = (forwarded(&method.attrs, Place::Hidden), self.base_signature(method));
            // It holds for the impl as well.
            let track = track_caller(&sig);
            quote_spanned!(method.span()=> #(#attrs)* #track #sig;)
        });
        let defined = with_default.iter().map(|method| {
            let (attrs, sig) = (forwarded(&method.attrs, Place::Hidden), self.base_signature(method));
            let span = method.span();
            let output = self.rebased_output(method);
            let bridge = bridge_name(method).into_token_stream();
            if method.is_passed_through() {
                let call = source_call(method, Source::Bound(source));
                return quote_spanned!(span=> #(#attrs)* #sig { #call });
            }
            let options = &self.model.options;
            let body = body(method, &output, Source::Bound(source), default_route(method, options), options, &bridge);
            quote_spanned!(span=> #(#attrs)* #sig { #body })
        });
        quote_spanned! {ident.span().resolved_at(Span::mixed_site())=>
            #(#attrs)*
            #[doc(hidden)]
            #allow
            #vis trait #base #generics: #(#supertraits)+* #where_clause {
                #(#consts_declared)*
                #(#types_declared)*
                #(#declared)*
            }

            #(#attrs)*
            #[doc(hidden)]
            #[automatically_derived]
            #allow
            impl #impl_generics #base #arguments for #this #impl_where_clause {
                #(#consts_defined)*
                #(#types_defined)*
                #(#defined)*
            }
        }
    }

    pub(crate) fn rebased_output(&self, method: &Method) -> syn::Type {
        let mut output = method.output.clone();
        self.rebase(|rebase| rebase.visit_type_mut(&mut output));
        output
    }

    // Input:
    //     fn head(&self, key: &str) -> Result<u64, Self::Error>
    //
    // Output:
    //     fn __head_default(&self, __bridge: BridgeRef<'_>, key: &str) -> Result<u64, Self::Error>
    //
    // Without `&self` the bridge is `OwnedBridgeRef`, a name without a lifetime: it must not take part in elision.
    fn base_signature(&self, method: &Method) -> Signature {
        let private = &self.private;
        let span = method.span();
        let mut sig = self.signature(method);
        sig.ident = default_name(method);
        let ty = if method.receiver == Some(By::Shared) {
            quote_spanned!(span=> #private::BridgeRef<'_>)
        } else {
            quote_spanned!(span=> #private::OwnedBridgeRef)
        };
        let bridge = bridge_name(method);
        if !method.is_passed_through() {
            sig.inputs.insert(usize::from(method.receiver.is_some()), parse_quote!(#bridge: #ty));
        }
        if method.receiver.is_none() {
            sig.generics.make_where_clause().predicates.push(self.sized());
        }
        sig
    }

    fn declare_type(&self, of: &TraitItemType) -> TokenStream {
        let mut of = of.clone();
        self.rebase(|rebase| rebase.visit_trait_item_type_mut(&mut of));
        let cfgs = conditions(&of.attrs);
        let TraitItemType { ident, generics, colon_token, bounds, .. } = &of;
        let where_clause = &generics.where_clause;
        quote!(#(#cfgs)* type #ident #generics #colon_token #bounds #where_clause;)
    }

    fn define_type(&self, of: &TraitItemType, this: &Ident) -> TokenStream {
        let (cfgs, source) = (conditions(&of.attrs), &self.source);
        let (ident, (impl_generics, _, where_clause)) = (&of.ident, of.generics.split_for_impl());
        let arguments = arguments(&of.generics);
        let value = match &of.default {
            Some((_, value)) if self.is_faulty_mirror() => quote!(#value),
            _ => quote!(<#this as #source>::#ident #arguments),
        };
        quote!(#(#cfgs)* type #ident #impl_generics = #value #where_clause;)
    }

    fn define_const(&self, of: &TraitItemConst, this: &Ident) -> TokenStream {
        let (cfgs, ident, ty, source) = (conditions(&of.attrs), &of.ident, &of.ty, &self.source);
        let value = match &of.default {
            Some((_, value)) if self.is_faulty_mirror() => quote!(#value),
            _ => quote!(<#this as #source>::#ident),
        };
        quote!(#(#cfgs)* const #ident: #ty = #value;)
    }

    /// What such a mirror defines itself is a fault already, and need not be in its remote besides.
    fn is_faulty_mirror(&self) -> bool {
        matches!(self.block.implemented_for, ImplementedFor::Remote(_)) && self.defaults == Defaults::LeftOut
    }
}

/// `__head_default`, for `head`. Two underscores within would not be in snake case.
pub(crate) fn default_name(method: &Method) -> Ident {
    let (name, span) = (method.name.unraw(), method.name.span());
    if name.to_string().ends_with('_') {
        format_ident!("__default_{name}", span = span)
    } else {
        format_ident!("__{name}_default", span = span)
    }
}

/// A name for the bridge that no argument has. As all names in a body of ours it begins so that no constant or unit
/// struct has it, for which it would be a pattern.
pub(crate) fn bridge_name(method: &Method) -> Ident {
    let mut name = String::from("__bridge");
    while method.args.iter().any(|arg| *arg == name) {
        name.push('_');
    }
    Ident::new(&name, method.span())
}

fn declare_const(of: &TraitItemConst) -> TokenStream {
    let (cfgs, ident, ty) = (conditions(&of.attrs), &of.ident, &of.ty);
    quote!(#(#cfgs)* const #ident: #ty;)
}
