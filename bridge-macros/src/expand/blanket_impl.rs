//! The twin of a trait for all its implementors at once: `blanket`, and `remote = path`.

use crate::expand::attrs::{Place, allowances, forwarded};
use crate::expand::bridge_expr::bridge_ref_for;
use crate::expand::call::{Source, asked, body, default_route, source_call, stub_body};
use crate::expand::probe::probes_of_block;
use crate::expand::trait_expansion::{Defaults, Expansion, Site};
use crate::model::method::Method;
use crate::syntax::rewrite::arguments;
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

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
pub(crate) fn impl_for_every_implementor(expansion: &Expansion<'_>) -> TokenStream {
    let Expansion { block, .. } = expansion;
    let (twin, ident) = (&block.twin, &block.ident);
    let this = expansion.implementor();
    let methods: TokenStream = match expansion.defaults {
        Defaults::Written => {
            let bridged = expansion.methods.iter().copied().filter(|method| !method.is_passed_through());
            let asked: Vec<_> = bridged.map(|method| asked(method, &expansion.rebased_output(method, &this))).collect();
            let own: Vec<_> = block.types.iter().map(|of| &of.ident).collect();
            let mut probes = probes_of_block(&asked, &own, &expansion.private).into_iter();
            let methods = expansion.methods.iter();
            methods.map(|method| implemented_method(expansion, method, &this, &mut probes)).collect()
        }
        Defaults::LeftOut if expansion.methods.iter().any(|method| stub_body(method).is_none()) => {
            return TokenStream::new();
        }
        Defaults::LeftOut => TokenStream::new(),
    };
    let attrs = forwarded(&block.attrs, Place::Hidden);
    let allow = allowances();
    let generics =
        expansion.implementor_generics(&this, &expansion.methods, &expansion.thread_bounds(&expansion.methods));
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

fn implemented_method(
    expansion: &Expansion<'_>,
    method: &Method,
    this: &Ident,
    probes: &mut impl Iterator<Item = TokenStream>,
) -> TokenStream {
    let options = &expansion.model.options;
    let attrs = forwarded(&method.attrs, Place::Hidden);
    let sig = expansion.twin_signature(method, Site::Implementation(this));
    let output = expansion.rebased_output(method, this);
    if method.is_passed_through() {
        let call = source_call(method, Source::Bound(&expansion.source));
        return quote_spanned!(method.span()=> #(#attrs)* #sig { #call });
    }
    let bridge = bridge_ref_for(method, options, &expansion.private);
    let route = default_route(method, options);
    let body = body(method, &output, Source::Bound(&expansion.source), route, options, &bridge);
    let probes = probes.next();
    quote_spanned!(method.span()=> #(#attrs)* #sig { #probes #body })
}
