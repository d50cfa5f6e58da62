//! std's traits of an async type, for its twin.

use crate::expand::attrs::{Place, allowances, forwarded};
use crate::model::block::{Model, TypeBlock};
use crate::model::derives::{DERIVABLE, derives};
use crate::model::shape::first_argument_of;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Generics, Path, Type, parse_quote_spanned};

/// The twin that the impls are for.
pub(crate) struct Holder<'a> {
    pub(crate) block: &'a TypeBlock,
    pub(crate) this: &'a TokenStream,
    /// The async type.
    pub(crate) original: &'a Type,
    pub(crate) generics: &'a Generics,
    pub(crate) private: &'a TokenStream,
}

// Output, for `#[derive(Clone)] struct Api`:
//
//     impl Clone for BlockingApi {
//         fn clone(&self) -> Self { … }
//     }
//
//     #[doc(hidden)]
//     impl Debug for BlockingApi where for<'any> Api: DebugIfItHolds<'any> { … }
//
/// The impls of std's traits. A derive above the attribute cannot be seen, and an impl may be written by hand, so there is
/// one of each trait. Those that a derive or `forward(…)` names are in the documentation.
pub(crate) fn traits(model: &Model, holder: &Holder<'_>) -> TokenStream {
    let derived = derives(&holder.block.attrs);
    let (listed, left_out) = match &model.options.forward {
        Some((_, forward)) => (&forward.traits[..], &forward.left_out[..]),
        None => (&[][..], &[][..]),
    };
    let is_in = |traits: &[Path], name: &str| traits.iter().any(|path| last_name(path) == name);
    let derivable = DERIVABLE.into_iter().chain(["Default"]).filter_map(|name| {
        let is_shown = derived.iter().any(|of| of == name) || is_in(listed, name);
        let bound = if is_shown { Bound::Written } else { Bound::IfItHolds };
        let is_left_out = is_in(left_out, name) || (name == "Default" && !is_shown);
        (!is_left_out).then(|| implement(&Ident::new(name, Span::mixed_site()).into(), bound, holder))
    });
    let is_derivable = |path: &Path| last_name(path) == "Default" || DERIVABLE.contains(&&*last_name(path));
    let others = listed.iter().filter(|path| !is_derivable(path));
    derivable.chain(others.map(|path| implement(path, Bound::Written, holder))).collect()
}

fn last_name(path: &Path) -> String {
    path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default()
}

/// How an impl asks for the trait of the async type.
#[derive(Clone, Copy, PartialEq)]
enum Bound {
    Written,
    /// A bound that does not hold of a type without parameters is an error, unless it has a lifetime of its own.
    IfItHolds,
}

/// The impl of the trait for the twin.
fn implement(path: &Path, bound: Bound, holder: &Holder<'_>) -> TokenStream {
    let name = last_name(path);
    let span = path.segments.first().map_or_else(Span::mixed_site, |first| first.ident.span());
    let span = span.resolved_at(Span::mixed_site());
    let Holder { block, this, original, generics, private } = holder;
    let trait_name = Ident::new(&name, span);
    let arguments = path.segments.last().map(|last| &last.arguments);
    let of = quote_spanned!(span=> #private::traits::#trait_name #arguments);
    let argument = arguments.and_then(first_argument_of);
    let Some(items) = items(&name, &of, argument, holder, span) else { return TokenStream::new() };
    let mut generics = (*generics).clone();
    match bound {
        Bound::IfItHolds => {
            let if_it_holds = format_ident!("{name}IfItHolds", span = span);
            let predicate = parse_quote_spanned!(span=> for<'__any> #original: #private::#if_it_holds<'__any>);
            generics.make_where_clause().predicates.push(predicate);
        }
        Bound::Written if generics.type_params().next().is_some() => {
            generics.make_where_clause().predicates.push(parse_quote_spanned!(span=> #original: #of));
        }
        Bound::Written => {}
    }
    let hidden = (bound == Bound::IfItHolds).then(|| quote!(#[doc(hidden)]));
    let conditions = forwarded(&block.attrs, Place::Hidden);
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let allow = allowances();
    quote_spanned! {span=>
        #(#conditions)*
        #hidden
        #allow
        impl #impl_generics #of for #this #where_clause {
            #items
        }
    }
}

/// The items of the impl of a trait, which is `of` with its arguments.
fn items(
    name: &str,
    of: &TokenStream,
    argument: Option<&Type>,
    holder: &Holder<'_>,
    span: Span,
) -> Option<TokenStream> {
    let private = holder.private;
    let this = quote_spanned!(span=> #private::TwinType::as_async(self));
    let other = quote_spanned!(span=> #private::TwinType::as_async(__other));
    let items = match name {
        "Clone" => quote_spanned! {span=>
            fn clone(&self) -> Self {
                #private::TwinType::__from_value(#private::clone_value(self))
            }
        },
        "Debug" | "Display" => quote_spanned! {span=>
            fn fmt(&self, __formatter: &mut #private::traits::Formatter<'_>) -> #private::traits::FmtResult {
                #of::fmt(#this, __formatter)
            }
        },
        "PartialEq" => quote_spanned! {span=>
            fn eq(&self, __other: &Self) -> bool {
                #of::eq(#this, #other)
            }
        },
        "Eq" => TokenStream::new(),
        "PartialOrd" => quote_spanned! {span=>
            fn partial_cmp(&self, __other: &Self) -> #private::traits::Option<#private::traits::Ordering> {
                #of::partial_cmp(#this, #other)
            }
        },
        "Ord" => quote_spanned! {span=>
            fn cmp(&self, __other: &Self) -> #private::traits::Ordering {
                #of::cmp(#this, #other)
            }
        },
        "Hash" => quote_spanned! {span=>
            fn hash<__H: #private::traits::Hasher>(&self, __state: &mut __H) {
                #of::hash(#this, __state);
            }
        },
        "Error" => quote_spanned! {span=>
            fn source(&self) -> #private::traits::Option<&(dyn #of + 'static)> {
                #of::source(#this)
            }
        },
        "AsRef" => {
            let target = argument?;
            quote_spanned! {span=>
                fn as_ref(&self) -> &#target {
                    <_ as #of>::as_ref(#this)
                }
            }
        }
        _ => return constructor(name, of, argument, holder, span),
    };
    Some(items)
}

/// The items of a trait that makes a value: inside the process-wide bridge, which serves the twin.
fn constructor(
    name: &str,
    of: &TokenStream,
    argument: Option<&Type>,
    holder: &Holder<'_>,
    span: Span,
) -> Option<TokenStream> {
    let Holder { original, private, .. } = holder;
    let make = |call: TokenStream| {
        quote_spanned! {span=>
            let __bridge = #private::BridgeRef::Global;
            let __output = #private::around(&__bridge, move || <#original as #of>::#call);
        }
    };
    let twin = quote_spanned!(span=> #private::twin_of_async(&__bridge, __output));
    let twin_in_result = quote_spanned! {span=>
        #private::map_inner(__output, |__output| #private::twin_of_async(&__bridge, __output))
    };
    Some(match name {
        "Default" => {
            let value = make(quote_spanned!(span=> default()));
            quote_spanned!(span=> fn default() -> Self { #value #twin })
        }
        "From" => {
            let (from, value) = (argument?, make(quote_spanned!(span=> from(__value))));
            quote_spanned!(span=> fn from(__value: #from) -> Self { #value #twin })
        }
        "TryFrom" => {
            let (from, value) = (argument?, make(quote_spanned!(span=> try_from(__value))));
            quote_spanned! {span=>
                type Error = <#original as #of>::Error;

                fn try_from(__value: #from) -> #private::Result<Self, Self::Error> { #value #twin_in_result }
            }
        }
        "FromStr" => {
            let value = make(quote_spanned!(span=> from_str(__text)));
            quote_spanned! {span=>
                type Err = <#original as #of>::Err;

                fn from_str(__text: &str) -> #private::Result<Self, Self::Err> { #value #twin_in_result }
            }
        }
        _ => return None,
    })
}
