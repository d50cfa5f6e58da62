//! What a twin type has of a trait that async code polls: an iterator of a stream, a reader of an async reader, what sends
//! to a sink, what runs a future.

use crate::expand::adapted_output::{convert_error, convert_parts};
use crate::expand::attrs::allowances;
use crate::expand::private_path::at;
use crate::model::polled_trait::PolledTrait;
use crate::model::shape::{Shape, is_result};
use crate::options::block_options::ErrorRule;
use crate::options::twin_types::TwinTypes;
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::{Generics, Type, parse_quote, parse_quote_spanned};

/// The impl for the twin.
pub(crate) struct Polled<'a> {
    pub(crate) kind: PolledTrait,
    /// What a stream yields, a sink takes or a future returns, if that is written.
    pub(crate) item: Option<&'a Type>,
    /// The error of a sink, if that is written.
    pub(crate) error: Option<&'a Type>,
    pub(crate) this: &'a TokenStream,
    pub(crate) original: &'a TokenStream,
    pub(crate) generics: &'a Generics,
    pub(crate) twins: Option<&'a TwinTypes>,
    pub(crate) rule: &'a ErrorRule,
    pub(crate) attrs: TokenStream,
    pub(crate) private: &'a TokenStream,
    pub(crate) span: Span,
}

impl Polled<'_> {
    pub(crate) fn expand(&self) -> TokenStream {
        let private = at(self.private, self.span);
        let span = self.span;
        match self.kind {
            PolledTrait::Stream => self.iterator(&private),
            PolledTrait::Sink => self.sender(&private),
            PolledTrait::Future => self.runner(&private),
            PolledTrait::Read => self.io(
                &private,
                "Read",
                &quote_spanned! {span=>
                    fn read(&mut self, __bytes: &mut [u8]) -> #private::polled::io::Result<usize> {
                        #private::Read::read(&mut #private::polled::operate(self)?, __bytes)
                    }
                },
            ),
            PolledTrait::BufRead => self.io(
                &private,
                "BufRead",
                &quote_spanned! {span=>
                    fn fill_buf(&mut self) -> #private::polled::io::Result<&[u8]> {
                        #private::polled::fill_buf(self)
                    }

                    fn consume(&mut self, __amount: usize) {
                        #private::polled::consume(self, __amount);
                    }
                },
            ),
            PolledTrait::Write => self.io(
                &private,
                "Write",
                &quote_spanned! {span=>
                    fn write(&mut self, __bytes: &[u8]) -> #private::polled::io::Result<usize> {
                        #private::Write::write(&mut #private::polled::operate(self)?, __bytes)
                    }

                    fn flush(&mut self) -> #private::polled::io::Result<()> {
                        #private::Write::flush(&mut #private::polled::operate(self)?)
                    }
                },
            ),
            PolledTrait::Seek => self.io(
                &private,
                "Seek",
                &quote_spanned! {span=>
                    fn seek(&mut self, __position: #private::polled::SeekFrom) -> #private::polled::io::Result<u64> {
                        #private::polled::Seek::seek(&mut #private::polled::operate(self)?, __position)
                    }
                },
            ),
        }
    }

    // Output, for `impl Stream for Subscriber { type Item = Result<Message, Error>; … }`:
    //
    //     impl Iterator for BlockingSubscriber {
    //         type Item = Result<Message, Error>;
    //
    //         fn next(&mut self) -> Option<Self::Item> {
    //             polled::next_item(self).map(<Result<Message, Error> as TwinOutput>::finish)
    //         }
    //     }
    fn iterator(&self, private: &TokenStream) -> TokenStream {
        let span = self.span;
        let original = self.original;
        let written = self.item.cloned();
        let item =
            written.unwrap_or_else(|| parse_quote_spanned!(span=> <#original as #private::polled::AsyncStream>::Item));
        let (mapped, mapping) = self.mapped(&item, &quote_spanned!(span=> __item), private);
        let (reported, finish) = self.finished(&mapped, &quote_spanned!(span=> __item), private);
        let size_hint = quote_spanned!(span=> #private::polled::size_hint(self));
        let (this, attrs, allow) = (self.this, &self.attrs, allowances());
        let (impl_generics, _, where_clause) = self.generics.split_for_impl();
        let bridge = mapping
            .is_some()
            .then(|| quote_spanned!(span=> let __bridge = #private::own_bridge(&#private::bridge_of(self));));
        let mapping = mapping.map(|mapping| quote_spanned!(span=> let __item = __item.map(|__item| #mapping);));
        quote_spanned! {span=>
            #attrs
            #allow
            impl #impl_generics #private::Iterator for #this #where_clause {
                type Item = #reported;

                #[track_caller]
                fn next(&mut self) -> #private::traits::Option<Self::Item> {
                    let __item = #private::polled::next_item(self)?;
                    #bridge
                    #mapping
                    #private::traits::Option::Some(#finish)
                }

                fn size_hint(&self) -> (usize, #private::traits::Option<usize>) {
                    #size_hint
                }
            }

            #attrs
            #allow
            impl #impl_generics #private::polled::FusedIterator for #this #where_clause {}
        }
    }

    // Output, for `impl Sink<Message> for Publisher`:
    //
    //     impl BlockingPublisher {
    //         pub fn send(&mut self, item: Message) -> Result<(), <Publisher as Sink<Message>>::Error> { … }
    //         …
    //     }
    fn sender(&self, private: &TokenStream) -> TokenStream {
        let (span, original) = (self.span, self.original);
        let Some(item) = self.item else { return TokenStream::new() };
        let of_sink: Type = parse_quote_spanned! {span=>
            <#original as #private::polled::AsyncSink<#item>>::Error
        };
        let error = self.error.unwrap_or(&of_sink);
        let output: Type = parse_quote_spanned!(span=> #private::Result<(), #error>);
        let result = quote_spanned!(span=> __result);
        let convert = self.error.map(|_| {
            let converted = convert_error(&result, span, private);
            quote_spanned!(span=> let __result = __result.map(|__result| #converted);)
        });
        let (output, finish) = self.finished(&output, &result, private);
        let method = |name: &str, doc: &str, argument: TokenStream, call: TokenStream| {
            let name = Ident::new(name, span);
            quote_spanned! {span=>
                #[doc = #doc]
                #[track_caller]
                pub fn #name(&mut self #argument) -> #output {
                    let __result = #private::polled::#call;
                    #convert
                    #finish
                }
            }
        };
        let send = method(
            "send",
            " Gives an item to the sink, and blocks the calling thread until it has been delivered.",
            quote_spanned!(span=> , item: #item),
            quote_spanned!(span=> send(self, item, #private::polled::Delivery::Flushed)),
        );
        let feed = method(
            "feed",
            " Gives an item to the sink, and blocks the calling thread until the sink has accepted it. `flush` delivers it.",
            quote_spanned!(span=> , item: #item),
            quote_spanned!(span=> send(self, item, #private::polled::Delivery::Fed)),
        );
        let flush = method(
            "flush",
            " Blocks the calling thread until all items have been delivered.",
            TokenStream::new(),
            quote_spanned!(span=> flush::<_, #item>(self)),
        );
        let close = method(
            "close",
            " Blocks the calling thread until all items have been delivered and the sink is closed.",
            TokenStream::new(),
            quote_spanned!(span=> close::<_, #item>(self)),
        );
        let (this, attrs, allow) = (self.this, &self.attrs, allowances());
        let (impl_generics, _, where_clause) = self.generics.split_for_impl();
        quote_spanned! {span=>
            #attrs
            #allow
            impl #impl_generics #this #where_clause {
                #send
                #feed
                #flush
                #close
            }
        }
    }

    // Output, for `impl IntoFuture for Find { type Output = Result<Page, Error>; … }`:
    //
    //     impl BlockingFind {
    //         pub fn run(self) -> Result<Page, Error> { … }
    //     }
    fn runner(&self, private: &TokenStream) -> TokenStream {
        let (span, original) = (self.span, self.original);
        let Some(item) = self.item else { return TokenStream::new() };
        let (mapped, mapping) = self.mapped(item, &quote_spanned!(span=> __output), private);
        let (output, finish) = self.finished(&mapped, &quote_spanned!(span=> __output), private);
        let mapping = mapping.map(|mapping| quote_spanned!(span=> let __output = __output.map(|__output| #mapping);));
        let (this, attrs, allow) = (self.this, &self.attrs, allowances());
        let (impl_generics, _, where_clause) = self.generics.split_for_impl();
        quote_spanned! {span=>
            #attrs
            #allow
            impl #impl_generics #this #where_clause {
                /// Blocks the calling thread until the future has finished. A failure of the bridge becomes an error of the
                /// same type.
                #[track_caller]
                pub fn run(self) -> #output {
                    let (__bridge, __this) = #private::into_parts(self);
                    let __bridge = #private::own_bridge(&__bridge);
                    let __output = #private::call::<_, _>(
                        __bridge.bridge_ref(),
                        move || <#original as #private::IntoFuture>::into_future(__this),
                    );
                    #mapping
                    #finish
                }
            }
        }
    }

    fn io(&self, private: &TokenStream, name: &str, items: &TokenStream) -> TokenStream {
        let span = self.span;
        let name = Ident::new(name, span);
        let (this, attrs, allow) = (self.this, &self.attrs, allowances());
        let (impl_generics, _, where_clause) = self.generics.split_for_impl();
        quote_spanned! {span=>
            #attrs
            #allow
            impl #impl_generics #private::polled::#name for #this #where_clause {
                #items
            }
        }
    }

    /// `item` as the twin has it, and what makes `value` that, if the two differ.
    fn mapped(&self, item: &Type, value: &TokenStream, private: &TokenStream) -> (Type, Option<TokenStream>) {
        let span = self.span;
        let Some(twins) = self.twins else { return (item.clone(), None) };
        let shape = Shape::find(item, &|ty| twins.twin_of(ty).is_some());
        let mapped = shape
            .as_ref()
            .map(|shape| shape.with_parts(item, &|part| twins.twin_of(part).unwrap_or_else(|| part.clone())));
        let converts_error = twins.is_of_twins() && self.item.is_some() && is_result(item);
        let converted = shape.as_ref().map(|shape| {
            convert_parts(shape, item, value, span, private, &|ty, part| match twins.twin_of(ty) {
                Some(twin) => quote_spanned!(span=> #private::twin::<#twin, _>(&__bridge, #part)),
                None => part.clone(),
            })
        });
        let converted = match converted {
            converted if !converts_error => converted,
            converted => Some(convert_error(&converted.unwrap_or_else(|| value.clone()), span, private)),
        };
        (mapped.unwrap_or_else(|| item.clone()), converted)
    }

    /// What a twin returns in place of `output`, and what makes it of the `value` of a call.
    fn finished(&self, output: &Type, value: &TokenStream, private: &TokenStream) -> (Type, TokenStream) {
        let span = self.span;
        match self.rule {
            ErrorRule::Convert => {
                (output.clone(), quote_spanned!(span=> <#output as #private::TwinOutput>::finish(#value)))
            }
            ErrorRule::Map(map) => {
                (output.clone(), quote_spanned!(span=> <#output as #private::MappedOutput>::finish(#value, #map)))
            }
            ErrorRule::Panic => (output.clone(), quote_spanned!(span=> #private::or_panic(#value))),
            ErrorRule::Wrap => (parse_quote!(#private::Result<#output, #private::BridgeError>), value.clone()),
        }
    }
}
