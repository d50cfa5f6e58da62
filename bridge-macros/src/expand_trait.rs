//! A trait's twin, and the hidden base which connects the two.

use crate::attrs::{Place, allowances, conditions, forwarded, paragraph};
use crate::call::{body, default_route, private, wrap_output};
use crate::method::{By, Method};
use crate::model::{Model, TraitBlock};
use crate::rewrite::Rebase;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::punctuated::Punctuated;
use syn::visit_mut::VisitMut;
use syn::{
    GenericParam, Generics, Ident, Signature, Token, TraitItemConst, TraitItemType, TypeParamBound, parse_quote,
};

// Input:
//     pub trait Store {
//         type Error;
//         async fn get(&self, key: &str) -> Result<Vec<u8>, Self::Error>;
//         async fn head(&self, key: &str) -> Result<u64, Self::Error> { … }
//     }
//
// Output:
//     pub trait BlockingStore: Sync + __BlockingStoreBase {
//         fn __bridge(&self) -> Chosen<'_> { Chosen::Global }
//         fn __bridge_without_self() -> Detached where Self: Sized { Chosen::Global }
//         fn get_blocking(&self, key: &str) -> Result<Vec<u8>, Self::Error>;
//         fn head_blocking(&self, key: &str) -> Result<u64, Self::Error> {
//             let bridge = <Self as BlockingStore>::__bridge(self);
//             <Self as __BlockingStoreBase>::__head_default(self, bridge, key)
//         }
//     }
//
//     pub trait __BlockingStoreBase: Sync {
//         type Error;
//         fn __head_default(&self, bridge: Chosen<'_>, key: &str) -> Result<u64, Self::Error>;
//     }
//
//     impl<S: ?Sized + Store + Sync> __BlockingStoreBase for S {
//         type Error = <S as Store>::Error;
//         fn __head_default(&self, bridge: Chosen<'_>, key: &str) -> Result<u64, Self::Error> {
//             … call_local(bridge, move || <Self as Store>::head(self, key))
//         }
//     }
//
// An async supertrait would make `dyn BlockingStore` impossible, and `where Self: Store` on the defaults would make
// them uncallable in generic code. The base is implemented for every `Store`, so it stands in for one.
pub(crate) fn expand_trait(model: &Model, block: &TraitBlock) -> TokenStream {
    Expansion::new(model, block, Defaults::Written).expand()
}

/// The twin of a faulty trait: every name that a caller or an implementation may use, and no body that could fail.
pub(crate) fn stub_trait(model: &Model, block: &TraitBlock) -> TokenStream {
    Expansion::new(model, block, Defaults::LeftOut).expand()
}

#[derive(PartialEq)]
enum Defaults {
    Written,
    LeftOut,
}

struct Expansion<'a> {
    model: &'a Model,
    block: &'a TraitBlock,
    methods: Vec<&'a Method>,
    /// The name of the base, if the twin needs one.
    base: Option<Ident>,
    defaults: Defaults,
    private: TokenStream,
}

impl<'a> Expansion<'a> {
    fn new(model: &'a Model, block: &'a TraitBlock, defaults: Defaults) -> Self {
        let methods: Vec<_> = model.methods.iter().filter(|method| method.is_bridged()).collect();
        let has_default = defaults == Defaults::Written && methods.iter().any(|method| method.has_default);
        let needs_base = has_default || !block.types.is_empty() || !block.consts.is_empty();
        let base = needs_base.then(|| format_ident!("__{}Base", block.twin, span = block.ident.span()));
        Self { model, block, methods, base, defaults, private: private(&model.options) }
    }

    fn expand(&self) -> TokenStream {
        let Self { block, private, .. } = self;
        let TraitBlock { vis, twin, generics, ident, .. } = block;
        let attrs = forwarded(&block.attrs, Place::Declaration);
        let doc = paragraph(&format!(
            "The blocking twin of [`{ident}`]: each method ends in `_blocking`, blocks the calling thread, and may \
             be called from any thread, also from one that drives an async runtime."
        ));
        let allow = allowances();
        let (mut methods, mut uses_supertrait) = (TokenStream::new(), false);
        for method in &self.methods {
            let (tokens, uses) = self.twin_method(method);
            methods.extend(tokens);
            uses_supertrait |= uses;
        }
        let supertraits = self.supertraits(uses_supertrait);
        let where_clause = &generics.where_clause;
        let base = self.base.as_ref().map(|base| self.base_trait(base));
        quote_spanned! {ident.span().resolved_at(Span::mixed_site())=>
            #(#attrs)*
            #doc
            #allow
            #vis trait #twin #generics: #(#supertraits)+* #where_clause {
                #[doc(hidden)]
                fn __bridge(&self) -> #private::Chosen<'_> {
                    #private::Chosen::Global
                }

                #[doc(hidden)]
                fn __bridge_without_self() -> #private::Detached
                where
                    Self: #private::Sized,
                {
                    #private::Chosen::Global
                }

                #methods
            }

            #base
        }
    }

    /// The method of the twin, and whether its signature needs a supertrait of the source.
    fn twin_method(&self, method: &Method) -> (TokenStream, bool) {
        let (mut sig, uses_supertrait) = self.signature(method);
        sig.ident = method.twin_name("_blocking");
        if method.receiver.is_none() {
            sig.generics.make_where_clause().predicates.push(self.sized());
        }
        let attrs = forwarded(&method.attrs, Place::Declaration);
        let source = &self.block.ident;
        let name = &method.name;
        let doc =
            paragraph(&format!("Blocks the calling thread until the future of [`{source}::{name}`] has finished."));
        let body = self.default_body(method);
        (quote_spanned!(method.span()=> #(#attrs)* #doc #sig #body), uses_supertrait)
    }

    /// The default body of the twin's method, which hands the call to the base; or a semicolon.
    fn default_body(&self, method: &Method) -> TokenStream {
        let span = method.span();
        let base = match &self.base {
            Some(base) if method.has_default && self.defaults == Defaults::Written => base,
            _ => return quote_spanned!(span=> ;),
        };
        let twin = &self.block.twin;
        let (_, arguments, _) = self.block.generics.split_for_impl();
        let this = method.self_token.iter();
        let bridge = match (method.receiver, &method.self_token) {
            (Some(By::Shared), Some(this)) => quote_spanned!(span=> <Self as #twin #arguments>::__bridge(#this)),
            (Some(_), Some(this)) if is_by_value(&method.sig) => {
                quote_spanned!(span=> <Self as #twin #arguments>::__bridge(&#this).detach())
            }
            (Some(_), Some(this)) => {
                quote_spanned!(span=> <Self as #twin #arguments>::__bridge(&*#this).detach())
            }
            _ => quote_spanned!(span=> <Self as #twin #arguments>::__bridge_without_self()),
        };
        let (name, args) = (default_name(method), &method.args);
        let generics = method.generic_arguments();
        let turbofish = (!generics.is_empty()).then(|| quote_spanned!(span=> ::<#(#generics),*>));
        quote_spanned! {span=>
            {
                let bridge = #bridge;
                <Self as #base #arguments>::#name #turbofish(#(#this,)* bridge, #(#args),*)
            }
        }
    }

    fn base_trait(&self, base: &Ident) -> TokenStream {
        let Self { block, private, .. } = self;
        let TraitBlock { vis, twin, generics, ident, .. } = block;
        let (_, arguments, where_clause) = generics.split_for_impl();
        let attrs = conditions(&block.attrs);
        let allow = allowances();
        let with_default: Vec<_> = match self.defaults {
            Defaults::Written => self.methods.iter().copied().filter(|method| method.has_default).collect(),
            Defaults::LeftOut => Vec::new(),
        };
        let threads: Vec<_> = self.thread_bounds(&with_default).into_iter().collect();
        let this = implementor();
        let impl_generics = with_implementor(generics, &this, &quote!(#ident #arguments), &threads, private);
        let (impl_generics, _, _) = impl_generics.split_for_impl();
        let source = quote!(#ident #arguments);
        let (types, consts) = (&block.types, &block.consts);
        let types_declared = types.iter().map(|of| self.declare_type(of));
        let types_defined = types.iter().map(|of| define_type(of, &this, &source));
        let consts_declared = consts.iter().map(declare_const);
        let consts_defined = consts.iter().map(|of| define_const(of, &this, &source));
        let declared = with_default.iter().map(|method| {
            let (cfgs, sig) = (conditions(&method.attrs), self.base_signature(method));
            quote_spanned!(method.span()=> #(#cfgs)* #sig;)
        });
        let defined = with_default.iter().map(|method| {
            let (cfgs, sig) = (conditions(&method.attrs), self.base_signature(method));
            let span = method.span();
            let output = self.rebased_output(method);
            let bridge = quote_spanned!(span=> bridge);
            let body = body(method, &output, &source, default_route(method), &self.model.options, &bridge);
            quote_spanned!(span=> #(#cfgs)* #sig { #body })
        });
        let message = format!(
            "`{{Self}}` has no `{twin}` of its own making, because it does not implement the async trait `{ident}` [SB015]"
        );
        let note = format!(
            "`{twin}` takes associated items and default methods from `{ident}`: implement `{ident}` for `{{Self}}`, \
             and put `#[sync_bridge]` on that impl"
        );
        quote_spanned! {ident.span().resolved_at(Span::mixed_site())=>
            #(#attrs)*
            #[doc(hidden)]
            #[diagnostic::on_unimplemented(message = #message, label = "not implemented by hand", note = #note)]
            #allow
            #vis trait #base #generics: #(#threads)+* #where_clause {
                #(#consts_declared)*
                #(#types_declared)*
                #(#declared)*
            }

            #(#attrs)*
            #[doc(hidden)]
            #[automatically_derived]
            #[diagnostic::do_not_recommend]
            #allow
            impl #impl_generics #base #arguments for #this #where_clause {
                #(#consts_defined)*
                #(#types_defined)*
                #(#defined)*
            }
        }
    }

    /// The signature of `method` in the twin, where `Self` need not be a `Store`.
    fn signature(&self, method: &Method) -> (Signature, bool) {
        let mut sig = method.sig.clone();
        let uses_supertrait = self.rebase(|rebase| rebase.visit_signature_mut(&mut sig));
        wrap_output(&mut sig, method, &self.model.options, &self.private);
        (sig, uses_supertrait)
    }

    fn rebased_output(&self, method: &Method) -> syn::Type {
        let mut output = method.output.clone();
        self.rebase(|rebase| rebase.visit_type_mut(&mut output));
        output
    }

    fn rebase(&self, visit: impl FnOnce(&mut Rebase<'_>)) -> bool {
        let own: Vec<_> = self.block.types.iter().map(|of| &of.ident).collect();
        let base = self.base.as_ref().unwrap_or(&self.block.ident);
        let mut rebase = Rebase { source: &self.block.ident, base, own: &own, uses_supertrait: false };
        visit(&mut rebase);
        rebase.uses_supertrait
    }

    // Input:
    //     fn head(&self, key: &str) -> Result<u64, Self::Error>
    //
    // Output:
    //     fn __head_default(&self, bridge: Chosen<'_>, key: &str) -> Result<u64, Self::Error>
    //
    // Without `&self` the bridge is `Detached`, a name without a lifetime: it must not take part in elision.
    fn base_signature(&self, method: &Method) -> Signature {
        let private = &self.private;
        let span = method.span();
        let (mut sig, _) = self.signature(method);
        sig.ident = default_name(method);
        let ty = match method.receiver {
            Some(By::Shared) => quote_spanned!(span=> #private::Chosen<'_>),
            _ => quote_spanned!(span=> #private::Detached),
        };
        let bridge = Ident::new("bridge", span);
        sig.inputs.insert(usize::from(method.receiver.is_some()), parse_quote!(#bridge: #ty));
        if method.receiver.is_none() {
            sig.generics.make_where_clause().predicates.push(self.sized());
        }
        sig
    }

    fn sized(&self) -> syn::WherePredicate {
        let private = &self.private;
        parse_quote!(Self: #private::Sized)
    }

    // The supertraits of the source say what its implementors are, not what a blocking caller needs, and an async
    // one would make `dyn` impossible. Those that only mark a type, or print it, are kept.
    fn supertraits(&self, all: bool) -> Vec<TokenStream> {
        let kept = self.block.supertraits.iter().filter(|bound| all || is_harmless(bound));
        let kept = kept.map(ToTokens::to_token_stream);
        let threads = self.thread_bounds(&self.methods);
        let (_, arguments, _) = self.block.generics.split_for_impl();
        let base = self.base.iter().map(|base| quote!(#base #arguments));
        kept.chain(threads).chain(base).collect()
    }

    /// What the receivers need, as another thread may serve the call.
    fn thread_bounds(&self, methods: &[&Method]) -> Vec<TokenStream> {
        let private = &self.private;
        let any = |bys: [By; 2]| methods.iter().any(|method| method.receiver.is_some_and(|by| bys.contains(&by)));
        let sync = any([By::Shared, By::Counted]);
        let send = any([By::Exclusive, By::Counted]) || methods.iter().any(|method| method.needs_send_self);
        let sync = sync.then(|| quote!(#private::Sync));
        let send = send.then(|| quote!(#private::Send));
        sync.into_iter().chain(send).collect()
    }

    fn declare_type(&self, of: &TraitItemType) -> TokenStream {
        let mut of = of.clone();
        self.rebase(|rebase| rebase.visit_trait_item_type_mut(&mut of));
        let cfgs = conditions(&of.attrs);
        let TraitItemType { ident, generics, colon_token, bounds, .. } = &of;
        let where_clause = &generics.where_clause;
        quote!(#(#cfgs)* type #ident #generics #colon_token #bounds #where_clause;)
    }
}

fn define_type(of: &TraitItemType, this: &Ident, source: &TokenStream) -> TokenStream {
    let cfgs = conditions(&of.attrs);
    let (ident, (impl_generics, arguments, where_clause)) = (&of.ident, of.generics.split_for_impl());
    quote!(#(#cfgs)* type #ident #impl_generics = <#this as #source>::#ident #arguments #where_clause;)
}

fn declare_const(of: &TraitItemConst) -> TokenStream {
    let (cfgs, ident, ty) = (conditions(&of.attrs), &of.ident, &of.ty);
    quote!(#(#cfgs)* const #ident: #ty;)
}

fn define_const(of: &TraitItemConst, this: &Ident, source: &TokenStream) -> TokenStream {
    let (cfgs, ident, ty) = (conditions(&of.attrs), &of.ident, &of.ty);
    quote!(#(#cfgs)* const #ident: #ty = <#this as #source>::#ident;)
}

fn default_name(method: &Method) -> Ident {
    use syn::ext::IdentExt;
    format_ident!("__{}_default", method.name.unraw(), span = method.name.span())
}

fn is_by_value(sig: &Signature) -> bool {
    sig.receiver().is_some_and(|receiver| match &receiver.kind {
        syn::ReceiverKind::Value => true,
        syn::ReceiverKind::Typed(_, ty) => matches!(&**ty, syn::Type::Path(ty) if ty.path.is_ident("Self")),
        _ => false,
    })
}

/// The name of the type parameter for which the base is implemented; no user writes it.
fn implementor() -> Ident {
    Ident::new("__SyncBridgeImplementor", Span::mixed_site())
}

// Input:
//     <'a, K = String>
//
// Output:
//     <'a, S: ?Sized + Store<'a, K> + Sync, K>
fn with_implementor(
    generics: &Generics,
    this: &Ident,
    source: &TokenStream,
    threads: &[TokenStream],
    private: &TokenStream,
) -> Generics {
    let mut generics = generics.clone();
    let after_lifetimes = generics.params.iter().filter(|param| matches!(param, GenericParam::Lifetime(_))).count();
    let bounds: Punctuated<TypeParamBound, Token![+]> = parse_quote!(?#private::Sized + #source #(+ #threads)*);
    generics.params.insert(after_lifetimes, parse_quote!(#this: #bounds));
    generics
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
