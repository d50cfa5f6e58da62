//! The constants of a hidden base, each in a trait that is in no scope of the user's.

use crate::expand::attrs::{Place, allowances, forwarded};
use crate::expand::trait_expansion::Expansion;
use crate::options::conditional::{conditions, opposite};
use crate::syntax::elided::name_static;
use crate::syntax::rewrite::{Shorthand, argument, arguments};
use crate::syntax::tokens::mentions;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::visit_mut::VisitMut;
use syn::{GenericParam, TraitItemConst};

// Input, in `trait Store<K>`:
//     const LIMIT: usize;
//
// Output:
//     mod __BlockingStoreConsts {
//         pub trait LIMIT<K: ?Sized, __Type> {
//             const LIMIT: __Type;
//         }
//     }
//
//     impl<Implementor: ?Sized + Store<K>, K> __BlockingStoreConsts::LIMIT<K, usize> for Implementor {
//         const LIMIT: usize = <Implementor as Store<K>>::LIMIT;
//     }
//
// `S3::LIMIT` is looked up among the traits in scope, where that of a base beside `Store` would make it ambiguous. In the
// module nothing of the scope around has a name, so the types of the constants are arguments.
pub(crate) struct BaseConsts {
    /// What is above the base.
    pub(crate) supertraits: Vec<TokenStream>,
    pub(crate) items: TokenStream,
}

impl BaseConsts {
    pub(crate) fn of(expansion: &Expansion<'_>, threads: &[TokenStream]) -> Self {
        let block = expansion.block;
        let mut consts = Self { supertraits: Vec::new(), items: TokenStream::new() };
        let module = format_ident!("__{}Consts", block.twin, span = block.ident.span());
        let declared: Vec<_> = expansion.consts().map(|of| declare(of, expansion)).collect();
        if declared.is_empty() {
            return consts;
        }
        let attrs = forwarded(&block.attrs, Place::Hidden);
        let allow = allowances();
        consts.items = quote_spanned! {block.ident.span().resolved_at(Span::mixed_site())=>
            #(#attrs)*
            #[doc(hidden)]
            #allow
            #[allow(non_camel_case_types, non_snake_case)]
            mod #module {
                #(#declared)*
            }
        };
        expansion.consts().for_each(|of| consts.define(of, &module, expansion, threads));
        consts
    }

    fn define(&mut self, of: &TraitItemConst, module: &Ident, expansion: &Expansion<'_>, threads: &[TokenStream]) {
        let (block, source, ident) = (expansion.block, &expansion.source, &of.ident);
        let (attrs, cfgs, allow) = (forwarded(&block.attrs, Place::Hidden), conditions(&of.attrs), allowances());
        let this = expansion.implementor();
        let mut ty = of.ty.clone();
        name_static(&mut ty);
        let (mut declared, mut defined) = (ty.clone(), ty);
        expansion.rebase(Shorthand::Qualified, |rebase| rebase.visit_type_mut(&mut declared));
        expansion.of_implementor(&this, |visit| visit.visit_type_mut(&mut defined));
        let value = match &of.default {
            Some((_, value)) if expansion.is_faulty_mirror() => quote!(#value),
            _ => quote!(<#this as #source>::#ident),
        };
        let arguments: Vec<_> = block.generics.params.iter().map(argument).collect();
        let generics = expansion.implementor_generics(&this, &[], threads);
        let (impl_generics, _, where_clause) = generics.split_for_impl();
        let span = block.ident.span().resolved_at(Span::mixed_site());
        self.items.extend(quote_spanned! {span=>
            #(#attrs)*
            #(#cfgs)*
            #[automatically_derived]
            #allow
            impl #impl_generics #module::#ident<#(#arguments,)* #defined> for #this #where_clause {
                const #ident: #defined = #value;
            }
        });
        let supertrait = quote_spanned!(span=> #module::#ident<#(#arguments,)* #declared>);
        let supertrait =
            if cfgs.is_empty() { supertrait } else { self.under_condition(of, &supertrait, expansion, threads) };
        self.supertraits.push(supertrait);
    }

    // Output, for a constant under `#[cfg(unix)]`:
    //
    //     #[cfg(unix)]
    //     pub trait __BlockingStoreLIMIT<K>: __BlockingStoreConsts::LIMIT<K, usize> {}
    //     #[cfg(not(all(unix)))]
    //     pub trait __BlockingStoreLIMIT<K> {}
    //     impl<Implementor: ?Sized + Store<K>, K> __BlockingStoreLIMIT<K> for Implementor {}
    //
    // A supertrait cannot have a condition.
    fn under_condition(
        &mut self,
        of: &TraitItemConst,
        supertrait: &TokenStream,
        expansion: &Expansion<'_>,
        threads: &[TokenStream],
    ) -> TokenStream {
        let block = expansion.block;
        let (attrs, cfgs, opposite) =
            (forwarded(&block.attrs, Place::Hidden), conditions(&of.attrs), opposite(&of.attrs));
        let (vis, declared, arguments) = (&block.vis, &block.generics, arguments(&block.generics));
        let (allow, this, where_clause) = (allowances(), expansion.implementor(), expansion.where_clause());
        let name = format_ident!("__{}{}", block.twin, of.ident, span = block.ident.span());
        let generics = expansion.implementor_generics(&this, &[], threads);
        let (impl_generics, _, impl_where_clause) = generics.split_for_impl();
        let span = block.ident.span().resolved_at(Span::mixed_site());
        self.items.extend(quote_spanned! {span=>
            #(#attrs)*
            #(#cfgs)*
            #[doc(hidden)]
            #allow
            #[allow(non_camel_case_types)]
            #vis trait #name #declared: #supertrait #where_clause {}

            #(#attrs)*
            #opposite
            #[doc(hidden)]
            #allow
            #[allow(non_camel_case_types)]
            #vis trait #name #declared #where_clause {}

            #(#attrs)*
            #[automatically_derived]
            #allow
            impl #impl_generics #name #arguments for #this #impl_where_clause {}
        });
        quote_spanned!(span=> #name #arguments)
    }
}

/// In the module, so without the bounds of the parameters.
fn declare(of: &TraitItemConst, expansion: &Expansion<'_>) -> TokenStream {
    let (cfgs, ident, private) = (conditions(&of.attrs), &of.ident, &expansion.private);
    let params = expansion.block.generics.params.iter().map(|param| match param {
        GenericParam::Lifetime(param) => {
            let lifetime = &param.lifetime;
            quote!(#lifetime)
        }
        GenericParam::Type(param) => {
            let ident = &param.ident;
            quote!(#ident: ?#private::Sized)
        }
        GenericParam::Const(param) => {
            let (ident, ty) = (&param.ident, &param.ty);
            quote!(const #ident: #ty)
        }
    });
    let mut name = String::from("__Type");
    while expansion.block.generics.params.iter().any(|param| mentions(argument(param), &name)) {
        name.push('_');
    }
    let ty = Ident::new(&name, Span::mixed_site());
    quote!(#(#cfgs)* pub trait #ident<#(#params,)* #ty> { const #ident: #ty; })
}
