//! The impl of an async trait for a twin type: it hands each call to the async type. The blocking twin of the trait then
//! finds its defaults, associated types and constants there.

use crate::expand::adapted_output::convert_parts;
use crate::expand::attrs::{Place, allowances, forwarded};
use crate::expand::private_path::private;
use crate::expand::twin_bounds::bound_parameters;
use crate::model::async_trait::is_async_trait;
use crate::model::block::{Delegation, ImplBlock, Model};
use crate::model::shape::Shape;
use crate::model::twin_receiver::{Pointer, TwinBy, TwinReceiver};
use crate::options::twin_types::{Held, TwinTypes};
use crate::syntax::rewrite::argument;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{
    Attribute, FnArg, GenericParam, ImplItem, ImplItemConst, ImplItemFn, ImplItemType, ReturnType, Token, Type,
    parse_quote,
};

// Input:
//     impl Store for Api {
//         type Key = String;
//         async fn get(&self, key: &String) -> io::Result<u8> { … }
//     }
//
// Output:
//     impl Store for BlockingApi {
//         type Key = <Api as Store>::Key;
//         async fn get(&self, key: &String) -> io::Result<u8> {
//             let (__bridge, __this) = parts(self);
//             <Api as Store>::get(__this, key).await
//         }
//     }
pub(crate) fn delegating_impl(model: &Model, block: &ImplBlock, delegation: &Delegation) -> TokenStream {
    let private = private(&model.options);
    let mut generics = block.generics.clone();
    bound_parameters(&mut generics, &model.options, &private);
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (twin, source) = (&block.self_ty, &block.source);
    let items = delegation.items.iter().map(|item| match item {
        ImplItem::Fn(of) => method(of, block, delegation, &private),
        ImplItem::Type(of) => associated_type(of, block, delegation),
        ImplItem::Const(of) => constant(of, block, delegation),
        _ => TokenStream::new(),
    });
    let conditions = forwarded(&block.attrs, Place::Hidden);
    let boxing = block.attrs.iter().filter(|attr| is_async_trait(attr));
    let allow = allowances();
    quote_spanned! {twin.span().resolved_at(Span::mixed_site())=>
        #(#conditions)*
        #[doc(hidden)]
        #allow
        #(#boxing)*
        impl #impl_generics #source for #twin #where_clause {
            #(#items)*
        }
    }
}

fn associated_type(of: &ImplItemType, block: &ImplBlock, delegation: &Delegation) -> TokenStream {
    let (attrs, ident, source, original) = (conditions(&of.attrs), &of.ident, &block.source, &delegation.original);
    let (impl_generics, _, where_clause) = of.generics.split_for_impl();
    let arguments = of.generics.params.iter().map(argument);
    let arguments = (!of.generics.params.is_empty()).then(|| quote!(<#(#arguments),*>));
    quote!(#(#attrs)* type #ident #impl_generics = <#original as #source>::#ident #arguments #where_clause;)
}

fn constant(of: &ImplItemConst, block: &ImplBlock, delegation: &Delegation) -> TokenStream {
    let (attrs, ident, ty) = (conditions(&of.attrs), &of.ident, &of.ty);
    let (source, original) = (&block.source, &delegation.original);
    quote!(#(#attrs)* const #ident: #ty = <#original as #source>::#ident;)
}

fn conditions(attrs: &[Attribute]) -> Vec<Attribute> {
    forwarded(attrs, Place::Hidden)
}

fn method(of: &ImplItemFn, block: &ImplBlock, delegation: &Delegation, private: &TokenStream) -> TokenStream {
    let Delegation { original, twins, .. } = delegation;
    let attrs = conditions(&of.attrs);
    let mut sig = of.sig.clone();
    let span = sig.ident.span().resolved_at(Span::mixed_site());
    let receiver = sig.receiver().and_then(|receiver| Some((TwinReceiver::of(&receiver.kind)?, receiver.self_token)));
    let mut prologue = receiver.map(|(receiver, this)| take_apart(&receiver, this, private, span)).unwrap_or_default();
    let mut arguments = vec![];
    if sig.receiver().is_some() {
        arguments.push(quote_spanned!(span=> __this));
    }
    for (index, input) in sig.inputs.iter_mut().enumerate() {
        match input {
            FnArg::Receiver(of) => {
                of.attrs.clear();
                of.mutability = None;
            }
            FnArg::Typed(argument) => {
                let name = format_ident!("__argument{index}", span = span);
                argument.attrs.clear();
                *argument.pat = parse_quote!(#name);
                prologue.extend(original_of(&argument.ty, &name, twins, private, span));
                arguments.push(name.into_token_stream());
            }
        }
    }
    let generics = sig.generics.params.iter().filter(|param| !matches!(param, GenericParam::Lifetime(_))).map(argument);
    let generics: Vec<_> = generics.collect();
    let turbofish = (!generics.is_empty()).then(|| quote!(::<#(#generics),*>));
    let (name, source) = (&sig.ident, &block.source_in_body);
    let wait = sig.asyncness.is_some().then(|| quote_spanned!(span=> .await));
    let call = quote_spanned!(span=> <#original as #source>::#name #turbofish(#(#arguments),*));
    let is_unsafe = sig.safety.to_token_stream().to_string() == "unsafe";
    let call =
        if is_unsafe { quote_spanned!(span=> unsafe { #call } #wait) } else { quote_spanned!(span=> #call #wait) };
    let output = match &sig.output {
        ReturnType::Type(_, ty) => twin_in_output(ty, &call, twins, of.sig.receiver().is_some(), private, span),
        ReturnType::Default => call,
    };
    quote_spanned!(span=> #(#attrs)* #sig { #prologue #output })
}

/// The async value of the twin that a method has as `self`.
fn take_apart(receiver: &TwinReceiver, this: Token![self], private: &TokenStream, span: Span) -> TokenStream {
    let function = match receiver.by {
        TwinBy::Shared => "parts",
        TwinBy::Mutable => "parts_mut",
        TwinBy::Value => "into_parts",
    };
    let function = Ident::new(function, span);
    let taken = match (receiver.pointer, receiver.by) {
        (Pointer::None, _) => quote_spanned!(span=> #this),
        (Pointer::Box, _) => quote_spanned!(span=> *#this),
        (Pointer::Pin, TwinBy::Shared) => quote_spanned!(span=> #this.get_ref()),
        (Pointer::Pin, _) => quote_spanned!(span=> #this.get_mut()),
    };
    let value = match receiver.pointer {
        Pointer::None => None,
        Pointer::Box => Some(quote_spanned!(span=> let __this = #private::Box::new(__this);)),
        Pointer::Pin => Some(quote_spanned!(span=> let __this = #private::Pin::new(__this);)),
    };
    quote_spanned! {span=>
        let (__bridge, __this) = #private::#function(#taken);
        #value
    }
}

/// Takes the async value out of an argument that is a twin.
fn original_of(ty: &Type, name: &Ident, twins: &TwinTypes, private: &TokenStream, span: Span) -> Option<TokenStream> {
    let shape = Shape::find(ty, &|ty| twins.argument(ty).is_some())?;
    let value = convert_parts(&shape, ty, &name.to_token_stream(), span, private, &|part, value| {
        let function = match twins.argument(part) {
            Some((Held::Shared, _)) => "as_async",
            Some((Held::Mutable, _)) => "as_async_mut",
            _ => "into_async",
        };
        let function = Ident::new(function, span);
        quote_spanned!(span=> #private::TwinType::#function(#value))
    });
    Some(quote_spanned!(span=> let #name = #value;))
}

/// The output, with a twin in the place of each `Self`.
fn twin_in_output(
    ty: &Type,
    call: &TokenStream,
    twins: &TwinTypes,
    has_receiver: bool,
    private: &TokenStream,
    span: Span,
) -> TokenStream {
    let Some(shape) = Shape::find(ty, &|ty| twins.twin_of(ty).is_some()) else { return call.clone() };
    let bridge =
        if has_receiver { quote_spanned!(span=> __bridge) } else { quote_spanned!(span=> #private::BridgeRef::Global) };
    let value = quote_spanned!(span=> __output);
    let converted = convert_parts(
        &shape,
        ty,
        &value,
        span,
        private,
        &|_, part| quote_spanned!(span=> #private::twin::<Self, _>(&__bridge, #part)),
    );
    quote_spanned! {span=>
        let __bridge = #private::own_bridge(&#bridge);
        let __output = #call;
        #converted
    }
}
