//! Uses of the names that a signature without a body is written with, and the twin is not: the compiler would report their
//! imports as unused.

use crate::model::method::Method;
use crate::options::twin_types::without_arguments;
use crate::syntax::output::as_stream;
use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::visit::{self, Visit};
use syn::{Path, Type, TypeParamBound, TypePath};

// Input:
//     fn rows(&self) -> impl Stream<Item = Row>;
//     fn pages(&self) -> BoxStream<'_, Page>;
//
// Output:
//     const _: () = {
//         fn __bound<__T: Stream + ?Sized>() {}
//         fn __argument(_: BoxStream<'static, ()>) {}
//     };
pub(crate) fn uses_of_names(methods: &[Method], private: &TokenStream) -> TokenStream {
    let mut names = StreamNames::default();
    methods.iter().filter(|method| method.is_bridged()).for_each(|method| names.visit_type(&method.output));
    let StreamNames { traits, aliases } = names;
    if traits.is_empty() && aliases.is_empty() {
        return TokenStream::new();
    }
    let span = Span::mixed_site();
    let traits = traits.iter().map(|path| quote_spanned!(span=> fn __bound<__T: #path + ?#private::Sized>() {}));
    let aliases = aliases.iter().map(|path| quote_spanned!(span=> fn __argument(_: #path<'static, ()>) {}));
    let uses = traits.chain(aliases).map(|item| quote_spanned!(span=> const _: () = { #item };));
    quote_spanned! {span=>
        #[allow(dead_code)]
        const _: () = { #(#uses)* };
    }
}

#[derive(Default)]
struct StreamNames {
    traits: Vec<Path>,
    aliases: Vec<Path>,
}

impl Visit<'_> for StreamNames {
    fn visit_type_param_bound(&mut self, bound: &TypeParamBound) {
        if let TypeParamBound::Trait(bound) = bound {
            if bound.path.segments.last().is_some_and(|last| last.ident == "Stream") {
                self.traits.push(without_arguments(&bound.path));
            }
        }
        visit::visit_type_param_bound(self, bound);
    }

    fn visit_type_path(&mut self, ty: &TypePath) {
        let is_stream = as_stream(&Type::Path(ty.clone())).is_some_and(|stream| stream.name == "BoxStream");
        if is_stream && ty.qself.is_none() {
            self.aliases.push(without_arguments(&ty.path));
        }
        visit::visit_type_path(self, ty);
    }
}
