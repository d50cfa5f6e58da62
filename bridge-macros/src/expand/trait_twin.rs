//! A trait's twin.

use crate::expand::attrs::{Place, allowances, forwarded, paragraph, stub_allowances, track_caller};
use crate::expand::blanket_impl::impl_for_every_implementor;
use crate::expand::bridge_expr::bridge_ref_for;
use crate::expand::call::stub_body;
use crate::expand::declared_outputs::declared_outputs;
use crate::expand::describe::describe;
use crate::expand::trait_base::{base_trait, bridge_name, default_name};
use crate::expand::trait_expansion::{Defaults, Expansion, Site, is_by_value};
use crate::model::block::{Model, TraitBlock};
use crate::model::method::{By, Method};
use crate::syntax::rewrite::arguments;
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;

// Input:
//     pub trait Store {
//         type Error;
//         async fn get(&self, key: &str) -> Result<Vec<u8>, Self::Error>;
//         async fn head(&self, key: &str) -> Result<u64, Self::Error> { … }
//     }
//
// Output:
//     pub trait BlockingStore: Sync + __BlockingStoreBase {
//         fn __bridge(&self) -> BridgeRef<'_> { BridgeRef::Global }
//         fn __bridge_without_self() -> OwnedBridgeRef where Self: Sized { BridgeRef::Global }
//         fn __assert_output<T: TwinOutput>() where Self: Sized {}
//         fn get_blocking(&self, key: &str) -> Result<Vec<u8>, Self::Error>;
//         fn head_blocking(&self, key: &str) -> Result<u64, Self::Error> {
//             let __bridge = <Self as BlockingStore>::__bridge(self);
//             <Self as __BlockingStoreBase>::__head_default(self, __bridge, key)
//         }
//     }
//
//     pub trait __BlockingStoreBase: Sync {
//         type Error;
//         fn __head_default(&self, __bridge: BridgeRef<'_>, key: &str) -> Result<u64, Self::Error>;
//     }
//
//     impl<S: ?Sized + Store + Sync> __BlockingStoreBase for S {
//         type Error = <S as Store>::Error;
//         fn __head_default(&self, __bridge: BridgeRef<'_>, key: &str) -> Result<u64, Self::Error> {
//             … call_local(__bridge, move || <Self as Store>::head(self, key))
//         }
//     }
//
// Nothing here is worded with `#[diagnostic]`: where a user has a `mod diagnostic`, that attribute is not found.
//
// An async supertrait would make `dyn BlockingStore` impossible, and `where Self: Store` on the defaults would make
// them uncallable in generic code. The base is implemented for every `Store`, so it stands in for one.
pub(crate) fn expand_trait(model: &Model, block: &TraitBlock) -> TokenStream {
    expand(&Expansion::new(model, block, Defaults::Written))
}

/// The twin of a faulty trait: every name that a caller or an implementation may use, and no body that could fail.
pub(crate) fn stub_trait(model: &Model, block: &TraitBlock) -> TokenStream {
    let expansion = Expansion::new(model, block, Defaults::LeftOut);
    if expansion.lacks_source() { TokenStream::new() } else { expand(&expansion) }
}

fn expand(expansion: &Expansion<'_>) -> TokenStream {
    let Expansion { block, .. } = expansion;
    let TraitBlock { vis, twin, generics, ident, .. } = block;
    let attrs = forwarded(&block.attrs, Place::Declaration);
    let doc = paragraph(&attrs, &sentence(expansion));
    let allow = allowances();
    let allow_stubs = (expansion.defaults == Defaults::LeftOut).then(stub_allowances);
    let methods = expansion.methods.iter().map(|method| twin_method(expansion, method));
    let threads = expansion.thread_bounds(&expansion.methods);
    let arguments = arguments(generics);
    let on_base = expansion.base.iter().map(|base| quote!(#base #arguments));
    let supertraits = expansion.kept_supertraits().into_iter().chain(threads).chain(on_base);
    let where_clause = expansion.where_clause();
    let base = expansion.base.as_ref().map(|base| base_trait(expansion, base));
    let every = block.implemented_for.is_every_implementor();
    let hidden = (!every).then(|| [bridge_methods(expansion), output_assertion(expansion)]).into_iter().flatten();
    // Of a faulty trait enough has been said.
    let declared = (expansion.defaults == Defaults::Written).then(|| declared_outputs(expansion));
    let implementation = every.then(|| impl_for_every_implementor(expansion));
    quote_spanned! {ident.span().resolved_at(Span::mixed_site())=>
        #(#attrs)*
        #doc
        #allow
        #allow_stubs
        #vis trait #twin #generics: #(#supertraits)+* #where_clause {
            #(#hidden)*
            #(#methods)*
        }

        #base
        #implementation
        #declared
    }
}

/// Which bridge serves the defaults: an impl may say so.
fn bridge_methods(expansion: &Expansion<'_>) -> TokenStream {
    let private = &expansion.private;
    quote_spanned! {expansion.block.ident.span().resolved_at(Span::mixed_site())=>
        #[doc(hidden)]
        fn __bridge(&self) -> #private::BridgeRef<'_> {
            #private::BridgeRef::Global
        }

        #[doc(hidden)]
        fn __bridge_without_self() -> #private::OwnedBridgeRef
        where
            Self: #private::Sized,
        {
            #private::BridgeRef::Global
        }
    }
}

/// What an impl asks whose output is visibly no `Result`. Of a faulty trait that has been told already.
fn output_assertion(expansion: &Expansion<'_>) -> TokenStream {
    let private = &expansion.private;
    let bound = (expansion.defaults == Defaults::Written).then(|| quote!(: #private::TwinOutput));
    quote_spanned! {expansion.block.ident.span().resolved_at(Span::mixed_site())=>
        #[doc(hidden)]
        fn __assert_output<__Output #bound>()
        where
            Self: #private::Sized,
        {
        }
    }
}

fn sentence(expansion: &Expansion<'_>) -> String {
    let source = expansion.block.source_name();
    let names = match expansion.model.suffix().as_str() {
        "" => String::new(),
        suffix => format!(" The name of each method ends in `{suffix}`."),
    };
    format!(
        "The blocking twin of [`{source}`].{names} Each method blocks the calling thread. Any thread may call it, \
         including a thread that drives an async runtime."
    )
}

fn twin_method(expansion: &Expansion<'_>, method: &Method) -> TokenStream {
    let mut sig = expansion.twin_signature(method, Site::Declaration);
    let attrs = forwarded(&method.attrs, Place::Declaration);
    let source = expansion.block.source_name();
    let name = method.name.unraw();
    let doc = paragraph(&attrs, &describe(&format!("[`{source}::{name}`]"), method, &expansion.model.options));
    let body = default_body(expansion, method).unwrap_or_else(|| {
        method.show_arguments(&mut sig);
        quote_spanned!(method.span()=> ;)
    });
    // It holds for every impl as well.
    let track = track_caller(&sig);
    quote_spanned!(method.span()=> #(#attrs)* #doc #track #sig #body)
}

/// The default body of the twin's method, which hands the call to the base, if it has one.
fn default_body(expansion: &Expansion<'_>, method: &Method) -> Option<TokenStream> {
    let span = method.span();
    let base = match &expansion.base {
        Some(base) if expansion.has_default(method) => base,
        _ if expansion.defaults == Defaults::LeftOut && may_have_body(expansion, method) => {
            return stub_body(method);
        }
        _ => return None,
    };
    let twin = &expansion.block.twin;
    let arguments = arguments(&expansion.block.generics);
    let this: Vec<_> = method.self_token.iter().collect();
    let (name, args, own) = (default_name(method), &method.args, bridge_name(method));
    let generics = method.generic_arguments();
    let turbofish = (!generics.is_empty()).then(|| quote_spanned!(span=> ::<#(#generics),*>));
    if method.is_passed_through() {
        return Some(quote_spanned!(span=> { <Self as #base #arguments>::#name #turbofish(#(#this,)* #(#args),*) }));
    }
    let bridge = match (method.receiver, &method.self_token) {
        _ if method.options.bridge.is_some() => {
            let bridge = bridge_ref_for(method, &expansion.model.options, &expansion.private);
            let owned = (method.receiver != Some(By::Shared)).then(|| quote_spanned!(span=> .into_owned()));
            quote_spanned!(span=> #bridge #owned)
        }
        (Some(By::Shared), Some(this)) => quote_spanned!(span=> <Self as #twin #arguments>::__bridge(#this)),
        (Some(_), Some(this)) if is_by_value(&method.sig) => {
            quote_spanned!(span=> <Self as #twin #arguments>::__bridge(&#this).into_owned())
        }
        (Some(_), Some(this)) => {
            quote_spanned!(span=> <Self as #twin #arguments>::__bridge(&*#this).into_owned())
        }
        _ => quote_spanned!(span=> <Self as #twin #arguments>::__bridge_without_self()),
    };
    Some(quote_spanned! {span=>
        {
            let #own = #bridge;
            <Self as #base #arguments>::#name #turbofish(#(#this,)* #own, #(#args),*)
        }
    })
}

fn may_have_body(expansion: &Expansion<'_>, method: &Method) -> bool {
    expansion.block.implemented_for.is_every_implementor() || !is_by_value(&method.sig)
}
