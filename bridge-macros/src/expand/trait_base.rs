//! The hidden base of a twin: what the twin takes from the async trait, without being one.

use crate::expand::attrs::{Place, allowances, forwarded, track_caller};
use crate::expand::base_consts::BaseConsts;
use crate::expand::call::{Source, asked, body, default_route, source_call};
use crate::expand::probe::probes_of_block;
use crate::expand::trait_expansion::{Expansion, Site};
use crate::model::block::TraitBlock;
use crate::model::method::{By, Method};
use crate::options::conditional::conditions;
use crate::syntax::rewrite::{Shorthand, arguments};
use crate::syntax::self_type::Asks;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::visit_mut::VisitMut;
use syn::{Ident, Signature, TraitItemType, parse_quote};

pub(crate) fn base_trait(expansion: &Expansion<'_>, base: &Ident) -> TokenStream {
    let TraitBlock { vis, generics, ident, .. } = expansion.block;
    let block = expansion.block;
    let (arguments, where_clause) = (arguments(generics), expansion.where_clause());
    let attrs = forwarded(&block.attrs, Place::Hidden);
    let allow = allowances();
    let with_default: Vec<_> =
        expansion.methods.iter().copied().filter(|method| expansion.has_default(method)).collect();
    let threads = expansion.thread_bounds(&with_default);
    let supertraits = expansion.kept_supertraits().into_iter().chain(threads.iter().cloned());
    let this = expansion.implementor();
    let impl_generics = expansion.implementor_generics(&this, &with_default, &threads);
    let (impl_generics, _, impl_where_clause) = impl_generics.split_for_impl();
    let source = &expansion.source;
    let types = &block.types;
    let BaseConsts { supertraits: with_consts, items: consts } = BaseConsts::of(expansion, &threads);
    let types_declared = types.iter().map(|of| declare_type(expansion, of));
    let types_defined = types.iter().map(|of| define_type(expansion, of, &this));
    let declared = with_default.iter().map(|method| {
        let sig = base_signature(expansion, method, Site::Declaration);
        let attrs = forwarded(&method.attrs, Place::Hidden);
        // It holds for the impl as well.
        let track = track_caller(&sig);
        quote_spanned!(method.span()=> #(#attrs)* #track #sig;)
    });
    let bridged = with_default.iter().copied().filter(|method| !method.is_passed_through());
    let asked: Vec<_> = bridged.map(|method| asked(method, &expansion.rebased_output(method, &this))).collect();
    let own: Vec<_> = types.iter().map(|of| &of.ident).collect();
    let mut probes = probes_of_block(&asked, &own, &expansion.private).into_iter();
    let defined = with_default.iter().map(|method| {
        let sig = base_signature(expansion, method, Site::Implementation(&this));
        let attrs = forwarded(&method.attrs, Place::Hidden);
        let span = method.span();
        let output = expansion.rebased_output(method, &this);
        let bridge = bridge_name(method).into_token_stream();
        if method.is_passed_through() {
            let call = source_call(method, Source::Bound(source));
            return quote_spanned!(span=> #(#attrs)* #sig { #call });
        }
        let options = &expansion.model.options;
        let body = body(method, &output, Source::Bound(source), default_route(method, options), options, &bridge);
        let probes = probes.next();
        quote_spanned!(span=> #(#attrs)* #sig { #probes #body })
    });
    quote_spanned! {ident.span().resolved_at(Span::mixed_site())=>
        #(#attrs)*
        #[doc(hidden)]
        #allow
        #vis trait #base #generics: #(#supertraits +)* #(#with_consts)+* #where_clause {
            #(#types_declared)*
            #(#declared)*
        }

        #(#attrs)*
        #[doc(hidden)]
        #[automatically_derived]
        #allow
        impl #impl_generics #base #arguments for #this #impl_where_clause {
            #(#types_defined)*
            #(#defined)*
        }

        #consts
    }
}

// Input:
//     fn head(&self, key: &str) -> Result<u64, Self::Error>
//
// Output:
//     fn __head_default(&self, __bridge: BridgeRef<'_>, key: &str) -> Result<u64, Self::Error>
//
// Without `&self` the bridge is `OwnedBridgeRef`, a name without a lifetime: it must not take part in elision.
fn base_signature(expansion: &Expansion<'_>, method: &Method, place: Site<'_>) -> Signature {
    let private = &expansion.private;
    let span = method.span();
    let mut sig = expansion.signature(method, place);
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
    expansion.add_sized(&mut sig, method, true);
    sig
}

fn declare_type(expansion: &Expansion<'_>, of: &TraitItemType) -> TokenStream {
    let mut of = of.clone();
    of.bounds = of.bounds.into_iter().filter(|bound| !Asks::of_bound(bound).implementor).collect();
    expansion.rebase(Shorthand::Kept, |rebase| rebase.visit_trait_item_type_mut(&mut of));
    let cfgs = conditions(&of.attrs);
    let TraitItemType { ident, generics, colon_token, bounds, .. } = &of;
    let where_clause = &generics.where_clause;
    quote!(#(#cfgs)* type #ident #generics #colon_token #bounds #where_clause;)
}

fn define_type(expansion: &Expansion<'_>, of: &TraitItemType, this: &Ident) -> TokenStream {
    let (cfgs, source) = (conditions(&of.attrs), &expansion.source);
    let (ident, (impl_generics, _, where_clause)) = (&of.ident, of.generics.split_for_impl());
    let arguments = arguments(&of.generics);
    let value = match &of.default {
        Some((_, value)) if expansion.is_faulty_mirror() => quote!(#value),
        _ => quote!(<#this as #source>::#ident #arguments),
    };
    quote!(#(#cfgs)* type #ident #impl_generics = #value #where_clause;)
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
