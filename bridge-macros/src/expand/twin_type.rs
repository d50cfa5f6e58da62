//! The twin of a type.

use crate::expand::attrs::{Place, allowances, forwarded, paragraph};
use crate::expand::forwarded_traits::{Holder, traits};
use crate::expand::polled_traits::Polled;
use crate::expand::private_path::private;
use crate::expand::twin_bounds::bound_parameters;
use crate::model::block::{Model, TypeBlock};
use crate::model::polled_trait::{PolledTrait, associated};
use crate::options::twin_types::{Signatures, TwinTypes, readable_path, without_arguments};
use crate::syntax::output::in_pinned_box;
use crate::syntax::rewrite::arguments;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Path, Type, parse_quote};

// Input:
//     #[derive(Clone)]
//     pub struct Api<T> { … }
//
// Output:
//     pub struct BlockingApi<T> where Api<T>: Send { __value: TwinValue<Api<T>> }
//
//     impl<T> TwinType for BlockingApi<T> where Api<T>: Send {
//         type Async = Api<T>;
//         …
//     }
//
//     impl<T> Clone for BlockingApi<T> where Api<T>: Send, Api<T>: Clone { … }
pub(crate) fn expand_type(model: &Model, block: &TypeBlock) -> TokenStream {
    let private = private(&model.options);
    let span = block.ident.span().resolved_at(Span::mixed_site());
    let original = original(block);
    let mut generics = block.generics.clone();
    bound_parameters(&mut generics, &model.options, &private);
    let declared = &generics.params;
    let declared = (!declared.is_empty()).then(|| quote!(<#declared>));
    let where_clause = &generics.where_clause;
    let (vis, twin) = (&block.vis, &block.twin);
    let attrs = forwarded(&block.attrs, Place::Declaration);
    let doc = paragraph(&[], &documentation(block));
    let own_docs = (!attrs.is_empty()).then(|| quote!(#[doc = ""]));
    let conditions = forwarded(&block.attrs, Place::Hidden);
    let allow = allowances();
    let this = this(block);
    let (impl_generics, _, _) = generics.split_for_impl();
    let holder = Holder { block, this: &this, original: &original, generics: &generics, private: &private };
    let traits = traits(model, &holder);
    let polled = polled(model, &holder);
    let has_twin = is_local(block).then(|| {
        quote_spanned! {span=>
            #(#conditions)*
            #[doc(hidden)]
            #allow
            impl #impl_generics #private::HasTwin for #original #where_clause {}
        }
    });
    let (source, held) = match in_pinned_box(&original) {
        Some(inner) => (inner.to_token_stream(), quote_spanned!(span=> #private::Box::pin(__source))),
        None => (original.to_token_stream(), quote_spanned!(span=> __source)),
    };
    quote_spanned! {span=>
        #doc
        #own_docs
        #(#attrs)*
        #allow
        #vis struct #twin #declared #where_clause {
            __value: #private::TwinValue<#original>,
        }

        #(#conditions)*
        #allow
        impl #impl_generics #private::TwinType for #this #where_clause {
            type Async = #original;

            type __Source = #source;

            #[inline]
            fn __hold(__source: #source) -> #original {
                #held
            }

            #[inline]
            fn __from_value(__value: #private::TwinValue<#original>) -> Self {
                Self { __value }
            }

            #[inline]
            fn __into_value(self) -> #private::TwinValue<#original> {
                self.__value
            }

            #[inline]
            fn __value(&self) -> &#private::TwinValue<#original> {
                &self.__value
            }

            #[inline]
            fn __value_mut(&mut self) -> &mut #private::TwinValue<#original> {
                &mut self.__value
            }
        }

        #has_twin
        #traits
        #polled
    }
}

/// Whether the async type is visibly one of the same crate, for which the crate may implement a trait.
fn is_local(block: &TypeBlock) -> bool {
    let Some(remote) = &block.remote else { return true };
    let first = remote.path.segments.first().filter(|_| remote.path.leading_colon.is_none());
    first.is_some_and(|first| ["self", "super", "crate"].iter().any(|name| first.ident == name))
}

/// The traits in `forward(…)` that async code polls.
fn polled(model: &Model, holder: &Holder<'_>) -> TokenStream {
    let twin: Path = holder.block.twin.clone().into();
    let listed = model.options.twins.as_ref().map(|(_, listed)| listed.clone()).unwrap_or_default();
    let twins = TwinTypes { listed, own: (twin.clone(), twin), signatures: Signatures::OfTwins };
    let paths = model.options.forward.iter().flat_map(|(_, forward)| &forward.traits);
    let impls = paths.filter_map(|path| {
        let polled = PolledTrait::of(path)?;
        let conditions = forwarded(&holder.block.attrs, Place::Hidden);
        let (item, error) = (polled.item_in(path), associated(path, "Error"));
        let expansion = Polled {
            kind: polled,
            item: item.as_ref(),
            error: error.as_ref(),
            this: holder.this,
            original: &holder.original.to_token_stream(),
            generics: holder.generics,
            twins: Some(&twins),
            rule: &model.options.error,
            attrs: quote!(#(#conditions)*),
            private: holder.private,
            span: path.span().resolved_at(Span::mixed_site()),
        };
        Some(expansion.expand())
    });
    impls.collect()
}

/// The twin of a faulty type, for others to name.
pub(crate) fn stub_type(model: &Model, block: &TypeBlock) -> TokenStream {
    expand_type(model, block)
}

/// The twin, with its parameters.
fn this(block: &TypeBlock) -> TokenStream {
    let (twin, arguments) = (&block.twin, arguments(&block.generics));
    quote!(#twin #arguments)
}

/// The async type, with its parameters.
fn original(block: &TypeBlock) -> Type {
    if let Some(remote) = &block.remote {
        return Type::Path(remote.clone());
    }
    let (ident, arguments) = (&block.ident, arguments(&block.generics));
    parse_quote!(#ident #arguments)
}

/// The first line of the documentation.
fn documentation(block: &TypeBlock) -> String {
    let remote = block.remote.as_ref().map(|remote| Type::Path(remote.clone()));
    let name = match remote.as_ref().map(|remote| in_pinned_box(remote).unwrap_or(remote)) {
        Some(Type::Path(remote)) => readable_path(&without_arguments(&remote.path)),
        _ => block.ident.unraw().to_string(),
    };
    format!("The blocking twin of [`{name}`].")
}
