//! A trait's twin, and the hidden base which connects the two.

use crate::expand::attrs::{Place, allowances, forwarded, paragraph, stub_allowances, track_caller};
use crate::expand::call::{stub_body, wrap_output};
use crate::expand::describe::describe;
use crate::expand::private_path::private;
use crate::expand::trait_base::{bridge_name, default_name};
use crate::model::block::{ImplementedFor, Model, TraitBlock};
use crate::model::method::{By, Method};
use crate::syntax::rewrite::{Rebase, arguments};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::visit_mut::VisitMut;
use syn::{Ident, Signature, TypeParamBound, parse_quote};

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
    Expansion::new(model, block, Defaults::Written).expand()
}

/// The twin of a faulty trait: every name that a caller or an implementation may use, and no body that could fail.
pub(crate) fn stub_trait(model: &Model, block: &TraitBlock) -> TokenStream {
    let expansion = Expansion::new(model, block, Defaults::LeftOut);
    if expansion.lacks_source() { TokenStream::new() } else { expansion.expand() }
}

#[derive(PartialEq)]
pub(crate) enum Defaults {
    Written,
    LeftOut,
}

/// A twin trait in the making; `expand_base` makes its base.
pub(crate) struct Expansion<'a> {
    pub(crate) model: &'a Model,
    pub(crate) block: &'a TraitBlock,
    /// Those that have a twin.
    pub(crate) methods: Vec<&'a Method>,
    /// The name of the base, if the twin needs one.
    base: Option<Ident>,
    /// The async trait, with its arguments.
    pub(crate) source: TokenStream,
    pub(crate) defaults: Defaults,
    pub(crate) private: TokenStream,
}

impl<'a> Expansion<'a> {
    fn new(model: &'a Model, block: &'a TraitBlock, defaults: Defaults) -> Self {
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
    fn lacks_source(&self) -> bool {
        matches!(self.block.implemented_for, ImplementedFor::Remote(None))
    }

    fn expand(&self) -> TokenStream {
        let Self { block, .. } = self;
        let TraitBlock { vis, twin, generics, ident, .. } = block;
        let attrs = forwarded(&block.attrs, Place::Declaration);
        let doc = paragraph(&attrs, &self.sentence());
        let allow = allowances();
        let allow_stubs = (self.defaults == Defaults::LeftOut).then(stub_allowances);
        let methods = self.methods.iter().map(|method| self.twin_method(method));
        let threads = self.thread_bounds(&self.methods);
        let arguments = arguments(generics);
        let on_base = self.base.iter().map(|base| quote!(#base #arguments));
        let supertraits = self.kept_supertraits().chain(threads).chain(on_base);
        let where_clause = &generics.where_clause;
        let base = self.base.as_ref().map(|base| self.base_trait(base));
        let every = block.implemented_for.is_every_implementor();
        let hidden = (!every).then(|| [self.bridge_methods(), self.output_assertion()]).into_iter().flatten();
        let implementation = every.then(|| self.impl_for_every_implementor());
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
        }
    }

    /// Which bridge serves the defaults: an impl may say so.
    fn bridge_methods(&self) -> TokenStream {
        let private = &self.private;
        quote_spanned! {self.block.ident.span().resolved_at(Span::mixed_site())=>
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
    fn output_assertion(&self) -> TokenStream {
        let private = &self.private;
        let bound = (self.defaults == Defaults::Written).then(|| quote!(: #private::TwinOutput));
        quote_spanned! {self.block.ident.span().resolved_at(Span::mixed_site())=>
            #[doc(hidden)]
            fn __assert_output<__Output #bound>()
            where
                Self: #private::Sized,
            {
            }
        }
    }

    fn sentence(&self) -> String {
        let source = self.block.source_name();
        let names = match self.model.suffix().as_str() {
            "" => String::new(),
            suffix => format!(" The name of each method ends in `{suffix}`."),
        };
        format!(
            "The blocking twin of [`{source}`].{names} Each method blocks the calling thread. Any thread may call it, \
             including a thread that drives an async runtime."
        )
    }

    fn twin_method(&self, method: &Method) -> TokenStream {
        let mut sig = self.twin_signature(method);
        let attrs = forwarded(&method.attrs, Place::Declaration);
        let source = self.block.source_name();
        let name = method.name.unraw();
        let doc = paragraph(&attrs, &describe(&format!("[`{source}::{name}`]"), method, &self.model.options));
        let body = self.default_body(method).unwrap_or_else(|| {
            method.show_arguments(&mut sig);
            quote_spanned!(method.span()=> ;)
        });
        // It holds for every impl as well.
        let track = track_caller(&sig);
        quote_spanned!(method.span()=> #(#attrs)* #doc #track #sig #body)
    }

    /// The default body of the twin's method, which hands the call to the base, if it has one.
    fn default_body(&self, method: &Method) -> Option<TokenStream> {
        let span = method.span();
        let base = match &self.base {
            Some(base) if self.has_default(method) => base,
            _ if self.defaults == Defaults::LeftOut && self.may_have_body(method) => {
                return stub_body(method);
            }
            _ => return None,
        };
        let twin = &self.block.twin;
        let arguments = arguments(&self.block.generics);
        let this: Vec<_> = method.self_token.iter().collect();
        let (name, args, own) = (default_name(method), &method.args, bridge_name(method));
        let generics = method.generic_arguments();
        let turbofish = (!generics.is_empty()).then(|| quote_spanned!(span=> ::<#(#generics),*>));
        if method.is_passed_through() {
            return Some(
                quote_spanned!(span=> { <Self as #base #arguments>::#name #turbofish(#(#this,)* #(#args),*) }),
            );
        }
        let bridge = match (method.receiver, &method.self_token) {
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

    fn may_have_body(&self, method: &Method) -> bool {
        self.block.implemented_for.is_every_implementor() || !is_by_value(&method.sig)
    }

    /// The signature of `method` in the twin, where `Self` need not be a `Store`.
    pub(crate) fn signature(&self, method: &Method) -> Signature {
        let mut sig = method.sig.clone();
        self.rebase(|rebase| rebase.visit_signature_mut(&mut sig));
        wrap_output(&mut sig, method, self.model, &self.private);
        sig
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

    pub(crate) fn sized(&self) -> syn::WherePredicate {
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
