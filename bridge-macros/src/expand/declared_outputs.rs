//! Questions about the outputs of methods that a twin leaves out, where the trait declares them.

use crate::expand::attrs::{Place, allowances, forwarded};
use crate::expand::probe::probes_of_declaration;
use crate::expand::trait_expansion::Expansion;
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::ext::IdentExt;

// Input:
//     pub trait Store<K> {
//         fn watch<R: Row>(&self, key: K) -> Watch<Self::Event, R>;
//         …
//     }
//
// Output:
//     const _: () = {
//         trait __DeclaredOutputs<K>: Store<K> {
//             fn watch<R: Row>() { … <_ as private::NoFuture<Watch<Self::Event, R>>>::ask(…) … }
//         }
//     };
//
// In the body of a default, each type means what it means in the declaration. Nothing calls it.
pub(crate) fn declared_outputs(expansion: &Expansion<'_>) -> TokenStream {
    let (block, private) = (expansion.block, &expansion.private);
    let left_out = expansion.model.methods.iter().filter(|method| method.is_left_where_it_is());
    let questions: Vec<_> = left_out
        .filter_map(|method| {
            let probes = probes_of_declaration(method, private);
            if probes.is_empty() {
                return None;
            }
            let attrs = forwarded(&method.attrs, Place::Hidden);
            let name = Ident::new(&format!("__{}", method.name.unraw()), method.span());
            let (generics, where_clause) = (&method.sig.generics, &method.sig.generics.where_clause);
            Some(quote_spanned!(method.span()=> #(#attrs)* fn #name #generics() #where_clause { #probes }))
        })
        .collect();
    if questions.is_empty() {
        return TokenStream::new();
    }
    let attrs = forwarded(&block.attrs, Place::Hidden);
    let (allow, generics, source) = (allowances(), &block.generics, &expansion.source);
    let where_clause = &generics.where_clause;
    quote_spanned! {block.ident.span().resolved_at(Span::mixed_site())=>
        #(#attrs)*
        #allow
        const _: () = {
            trait __DeclaredOutputs #generics: #source #where_clause {
                #(#questions)*
            }
        };
    }
}
