//! Twins beside their originals: of the methods of an inherent impl, and of a free function.

use crate::expand::added_bounds::add_bounds;
use crate::expand::attrs::{Place, allowances, forwarded, paragraph, stub_allowances, track_caller};
use crate::expand::bridge_expr::bridge_ref_for;
use crate::expand::call::{Source, asked, body, impl_route, stub_body, wrap_output};
use crate::expand::describe::describe;
use crate::expand::private_path::private;
use crate::expand::probe::{probes_of_block, probes_of_synchronous};
use crate::model::block::{Block, InherentBlock, Model};
use crate::model::method::Method;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

// Input:
//     impl<T> Client<T> where T: Sync {
//         pub async fn fetch(&self, key: &str) -> Result<T, Error> { … }
//     }
//
// Output:
//     impl<T> Client<T> where T: Sync {
//         pub fn fetch_blocking(&self, key: &str) -> Result<T, Error> {
//             … call(BridgeRef::Global, move || Self::fetch(self, key))
//         }
//     }
pub(crate) fn expand_inherent(model: &Model, block: &InherentBlock) -> TokenStream {
    inherent(model, block, Bodies::Calls)
}

/// The twins of a faulty impl, for callers to name.
pub(crate) fn stub_inherent(model: &Model, block: &InherentBlock) -> TokenStream {
    inherent(model, block, Bodies::Stubs)
}

// Input:
//     pub async fn fetch(key: &str) -> Result<u8, Error> { … }
//
// Output:
//     pub fn fetch_blocking(key: &str) -> Result<u8, Error> {
//         … call(BridgeRef::Global, move || fetch(key))
//     }
pub(crate) fn expand_function(model: &Model) -> TokenStream {
    function(model, Bodies::Calls)
}

/// The twin of a faulty function, for callers to name.
pub(crate) fn stub_function(model: &Model) -> TokenStream {
    function(model, Bodies::Stubs)
}

#[derive(Clone, Copy, PartialEq)]
enum Bodies {
    Calls,
    Stubs,
}

fn inherent(model: &Model, block: &InherentBlock, bodies: Bodies) -> TokenStream {
    let twins = twins(model, Source::Inherent, bodies);
    if twins.is_empty() {
        return twins;
    }
    let attrs = forwarded(&block.attrs, Place::Hidden);
    let (impl_generics, _, where_clause) = block.generics.split_for_impl();
    let self_ty = &block.self_ty;
    let allow = twin_allowances(bodies);
    quote_spanned! {self_ty.span().resolved_at(Span::mixed_site())=>
        #(#attrs)*
        #allow
        impl #impl_generics #self_ty #where_clause {
            #twins
        }
    }
}

fn function(model: &Model, bodies: Bodies) -> TokenStream {
    let twins = twins(model, Source::Scope, bodies);
    if twins.is_empty() {
        return twins;
    }
    let allow = twin_allowances(bodies);
    quote!(#allow #twins)
}

fn twin_allowances(bodies: Bodies) -> TokenStream {
    let allow = allowances();
    let allow_stubs = (bodies == Bodies::Stubs).then(stub_allowances);
    quote!(#allow #allow_stubs)
}

fn twins(model: &Model, source: Source<'_>, bodies: Bodies) -> TokenStream {
    let methods = || model.methods.iter().filter(|method| method.is_bridged());
    let bridged = methods().filter(|_| bodies == Bodies::Calls);
    let asked: Vec<_> = bridged.map(|method| asked(method, &method.output)).collect();
    let mut probes = probes_of_block(&asked, &[], &private(&model.options)).into_iter();
    methods().map(|method| twin(model, method, source, bodies, probes.next().as_ref())).collect()
}

/// The method whose twin also asks about the synchronous methods beside it: one has to.
fn probing_method(model: &Model) -> Option<&Ident> {
    model.methods.iter().find(|method| method.is_bridged()).map(|method| &method.name)
}

fn twin(
    model: &Model,
    method: &Method,
    source: Source<'_>,
    bodies: Bodies,
    probes: Option<&TokenStream>,
) -> TokenStream {
    let options = &model.options;
    let private = private(options);
    let span = method.span();
    let vis = &method.vis;
    let mut sig = method.sig.clone();
    sig.ident = method.twin_name(&model.suffix());
    add_bounds(&mut sig, method, model, &private);
    wrap_output(&mut sig, method, model, &private);
    let body = match bodies {
        Bodies::Calls => {
            let bridge = bridge_ref_for(method, options, &private);
            let body = body(method, &method.output, source, impl_route(method, options), options, &bridge);
            let others = match &model.block {
                // It has no associated types.
                Block::Inherent(block) if Some(&method.name) == probing_method(model) => {
                    probes_of_synchronous(&model.methods, &[], &block.self_ty, &private)
                }
                _ => TokenStream::new(),
            };
            quote_spanned!(span=> { #others #probes #body })
        }
        Bodies::Stubs => match stub_body(method) {
            Some(body) => body,
            None => return TokenStream::new(),
        },
    };
    let attrs = forwarded(&method.attrs, Place::Declaration);
    let original = match source {
        Source::Inherent => format!("Self::{}", method.name.unraw()),
        // The parentheses tell it from a module or a macro of the same name.
        _ => format!("{}()", method.name.unraw()),
    };
    let doc = paragraph(&attrs, &describe(&format!("[`{original}`]"), method, options));
    let track = track_caller(&sig);
    quote_spanned!(span=> #(#attrs)* #doc #track #vis #sig #body)
}
