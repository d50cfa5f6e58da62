//! An implementation's twin.

use crate::expand::added_bounds::{add_bounds, bounds_of_empty_impl, header_bounds};
use crate::expand::attrs::{Place, allowances, forwarded, stub_allowances, track_caller};
use crate::expand::bridge_expr::{bridge_ref_for, bridge_ref_of_block};
use crate::expand::call::{Source, asked, body, impl_route, source_call, stub_body, wrap_output};
use crate::expand::delegating_impl::delegating_impl;
use crate::expand::private_path::private;
use crate::expand::probe::{probes_of_block, probes_of_synchronous};
use crate::expand::twin_bounds::bound_parameters;
use crate::model::block::{ImplBlock, Model, Twin};
use crate::model::method::{Kind, Method};
use crate::options::conditional::conditions;
use crate::syntax::output::{is_nameable, output_span};
use crate::syntax::rewrite::{OfSupertraits, Qualify, arguments, has_unnamed_lifetime};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::visit::Visit;
use syn::visit_mut::VisitMut;
use syn::{Generics, ImplItemConst, ImplItemType, Path, Signature, Token, Type, parse_quote, parse_quote_spanned};

// Input:
//     impl Store for S3 {
//         type Error = Error;
//         async fn get(&self, key: &str) -> Result<Vec<u8>, Error> { … }
//     }
//
// Output:
//     impl BlockingStore for S3 {
//         fn get_blocking(&self, key: &str) -> Result<Vec<u8>, Error> {
//             … call(BridgeRef::Global, move || <Self as Store>::get(self, key))
//         }
//     }
//
// Output, with `twin = ObjectStore`:
//     impl ObjectStore for S3 {
//         type Error = <Self as Store>::Error;
//         fn get(&self, key: &str) -> Result<Vec<u8>, Error> { … }
//     }
pub(crate) fn expand_impl(model: &Model, block: &ImplBlock) -> TokenStream {
    let delegating = block.delegation.as_ref().map(|delegation| delegating_impl(model, block, delegation));
    let twin = Expansion::new(model, block, Bodies::Calls).expand();
    quote!(#delegating #twin)
}

/// The twin of a faulty impl: its methods are there for callers to name, without a body that could fail.
pub(crate) fn stub_impl(model: &Model, block: &ImplBlock) -> TokenStream {
    if model.methods.iter().any(Method::is_bridged) {
        Expansion::new(model, block, Bodies::Stubs).expand()
    } else {
        TokenStream::new()
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Bodies {
    Calls,
    Stubs,
}

struct Expansion<'a> {
    model: &'a Model,
    block: &'a ImplBlock,
    bodies: Bodies,
    /// What the impl has itself.
    own: Vec<&'a Ident>,
    inherited: Inherited,
}

impl<'a> Expansion<'a> {
    fn new(model: &'a Model, block: &'a ImplBlock, bodies: Bodies) -> Self {
        let own: Vec<_> = block.own_types.iter().collect();
        let inherited = Inherited::of(model, block, &own);
        Self { model, block, bodies, own, inherited }
    }

    /// How a type of the impl is said in that of the twin.
    fn qualify(&self) -> Qualify<'_> {
        let source = &self.block.source;
        Qualify {
            source,
            source_of_consts: matches!(self.block.twin, Twin::Existing(_)).then_some(source),
            own: &self.own,
            inherited: &self.inherited.path,
            of_supertraits: &self.inherited.types,
        }
    }

    fn expand(&self) -> TokenStream {
        let Self { model, block, bodies, .. } = self;
        let (twin, items) = match &block.twin {
            Twin::Generated(twin) => {
                let bridge =
                    (*bodies == Bodies::Calls).then(|| bridge_methods(model, &self.probes_without_call())).flatten();
                (twin, bridge.into_iter().chain(self.methods()).collect::<TokenStream>())
            }
            Twin::Existing(twin) => {
                let consts = block.consts.iter().map(|of| self.existing_const(of));
                let types = block.types.iter().map(|of| self.existing_type(of));
                (twin, consts.chain(types).chain(self.methods()).collect())
            }
            Twin::Unknown => return TokenStream::new(),
        };
        let attrs = forwarded(&block.attrs, Place::Implementation);
        let allow = allowances();
        let allow_stubs = (*bodies == Bodies::Stubs).then(stub_allowances);
        let generics = self.generics();
        let (impl_generics, _, where_clause) = generics.split_for_impl();
        let self_ty = &block.self_ty;
        let implementation = quote! {
            #(#attrs)*
            #[automatically_derived]
            #allow
            #allow_stubs
            impl #impl_generics #twin for #self_ty #where_clause {
                #items
            }
        };
        self.inherited.with(block, &private(&model.options), implementation)
    }

    fn methods(&self) -> Vec<TokenStream> {
        let methods = self.model.methods.iter().filter(|method| is_implemented(method, self.block));
        let methods: Vec<_> = methods.map(|method| (method, self.output(method))).collect();
        let is_bridged = |method: &Method| !matches!(method.kind, Kind::Sync);
        let bridged = methods.iter().filter(|(method, _)| is_bridged(method) && self.bodies == Bodies::Calls);
        let asked: Vec<_> = bridged.map(|(method, output)| asked(method, output)).collect();
        let mut probes = probes_of_block(&asked, &self.own, &private(&self.model.options)).into_iter();
        let methods = methods.iter().map(|(method, output)| match method.kind {
            Kind::Sync => self.delegated_method(method),
            _ => self.bridged_method(method, output, probes.next().as_ref()),
        });
        methods.collect()
    }

    fn output(&self, method: &Method) -> Type {
        let mut output = method.output.clone();
        self.qualify().visit_type_mut(&mut output);
        output
    }

    /// Those of the impl, with what other threads need of them.
    fn generics(&self) -> Generics {
        let Self { model, block, .. } = self;
        let (mut generics, private) = (block.generics.clone(), private(&model.options));
        let mut added = if model.methods.is_empty() {
            bounds_of_empty_impl(model, &private)
        } else {
            header_bounds(model, &model.methods.iter().collect::<Vec<_>>(), &private)
        };
        for of in &mut added {
            self.qualify().visit_where_predicate_mut(of);
        }
        if !added.is_empty() {
            generics.make_where_clause().predicates.extend(added);
        }
        if block.delegation.is_some() {
            bound_parameters(&mut generics, &model.options, &private);
        }
        generics
    }

    fn bridged_method(&self, method: &Method, output: &Type, probes: Option<&TokenStream>) -> TokenStream {
        let (block, options) = (self.block, &self.model.options);
        let private = private(options);
        let span = method.span();
        let attrs = forwarded(&method.attrs, Place::Implementation);
        let mut sig = method.sig.clone();
        add_bounds(&mut sig, method, self.model, &private);
        self.qualify().visit_signature_mut(&mut sig);
        sig.ident = method.twin_name(&self.model.suffix());
        wrap_output(&mut sig, method, self.model, &private);
        if self.bodies == Bodies::Stubs {
            let body = stub_body(method);
            return body.map(|body| quote_spanned!(span=> #(#attrs)* #sig #body)).unwrap_or_default();
        }
        let bridge = bridge_ref_for(method, options, &private);
        let source = block.source_in_body.to_token_stream();
        let body = body(method, output, Source::Trait(&source), impl_route(method, options), options, &bridge);
        let assertion = method.output_without_failure(options).map(|output| self.output_assertion(method, &output));
        let others = self
            .holds_probes(method)
            .then(|| probes_of_synchronous(&self.model.methods, &self.own, &block.self_ty, &private));
        let track = self.track_caller(&sig);
        quote_spanned!(span=> #(#attrs)* #track #sig { #others #assertion #probes #body })
    }

    /// Asks the twin whether `output`, which is visibly no `Result`, will do: not in a faulty one, where that has been said.
    fn output_assertion(&self, method: &Method, output: &Type) -> TokenStream {
        let Twin::Generated(twin) = &self.block.twin else { return TokenStream::new() };
        let span = output_span(output).unwrap_or_else(|| method.span());
        // One with an `impl Trait` in it has no name.
        let output = if is_nameable(output) { output.clone() } else { parse_quote_spanned!(span=> ()) };
        quote_spanned!(span=> <Self as #twin>::__assert_output::<#output>();)
    }

    /// Whether the body of `method` also asks about the synchronous methods beside it: one has to.
    fn holds_probes(&self, method: &Method) -> bool {
        let mut bridged = self.model.methods.iter().filter(|method| method.is_bridged());
        matches!(self.block.twin, Twin::Generated(_)) && bridged.next().is_some_and(|first| first.name == method.name)
    }

    /// The same where no method makes a call.
    fn probes_without_call(&self) -> TokenStream {
        if self.model.methods.iter().any(Method::is_bridged) {
            return TokenStream::new();
        }
        probes_of_synchronous(&self.model.methods, &self.own, &self.block.self_ty, &private(&self.model.options))
    }

    /// A synchronous method, which the twin answers with the original.
    fn delegated_method(&self, method: &Method) -> TokenStream {
        let block = self.block;
        let attrs = forwarded(&method.attrs, Place::Implementation);
        let mut sig = method.sig.clone();
        self.qualify().visit_signature_mut(&mut sig);
        sig.ident = method.twin_name("");
        let call = source_call(method, Source::Trait(&block.source_in_body.to_token_stream()));
        let track = self.track_caller(&sig);
        quote_spanned!(method.span()=> #(#attrs)* #track #sig { #call })
    }

    /// The type as it is written, because a public trait may not name it by way of a private one.
    fn existing_type(&self, of: &ImplItemType) -> TokenStream {
        let (cfgs, mut of) = (conditions(&of.attrs), of.clone());
        self.qualify().visit_impl_item_type_mut(&mut of);
        let ImplItemType { ident, generics, ty, .. } = &of;
        let where_clause = &generics.where_clause;
        quote!(#(#cfgs)* type #ident #generics = #ty #where_clause;)
    }

    fn existing_const(&self, of: &ImplItemConst) -> TokenStream {
        let (cfgs, ident, source) = (conditions(&of.attrs), &of.ident, &self.block.source);
        let mut ty = of.ty.clone();
        self.qualify().visit_type_mut(&mut ty);
        quote!(#(#cfgs)* const #ident: #ty = <Self as #source>::#ident;)
    }

    /// A generated twin says so for all its impls.
    fn track_caller(&self, sig: &Signature) -> Option<TokenStream> {
        matches!(self.block.twin, Twin::Existing(_)).then(|| track_caller(sig)).flatten()
    }
}

/// Tells the twin's defaults which bridge serves the methods that this impl leaves out. Where no method makes a call,
/// `probes` have no other place.
fn bridge_methods(model: &Model, probes: &TokenStream) -> Option<TokenStream> {
    let options = &model.options;
    let name = options.bridge.as_ref().map(|(name, _)| name);
    if name.is_none() && probes.is_empty() {
        return None;
    }
    let span = name.map_or_else(Span::mixed_site, |name| name.span().resolved_at(Span::mixed_site()));
    let private = private(options);
    let this = Token![self](span);
    let bridge = bridge_ref_of_block(options, this, &private, span);
    let without_self = name.filter(|_| !options.bridge_uses_self()).map(|_| {
        quote_spanned! {span=>
            fn __bridge_without_self() -> #private::OwnedBridgeRef {
                #bridge.into_owned()
            }
        }
    });
    Some(quote_spanned! {span=>
        fn __bridge(&#this) -> #private::BridgeRef<'_> {
            #probes
            #bridge
        }

        #without_self
    })
}

/// The associated types of supertraits of the source, which the impl names and its twin cannot.
struct Inherited {
    /// The trait that has them: it is there if there are any.
    path: Path,
    types: Vec<Ident>,
}

impl Inherited {
    fn of(model: &Model, block: &ImplBlock, own: &[&Ident]) -> Self {
        let mut found = OfSupertraits { own, found: Vec::new() };
        for method in model.methods.iter().filter(|method| is_implemented(method, block)) {
            found.visit_signature(&method.sig);
        }
        if let Twin::Existing(_) = block.twin {
            block.types.iter().for_each(|of| found.visit_impl_item_type(of));
            block.consts.iter().for_each(|of| found.visit_type(&of.ty));
        }
        let arguments = arguments(&block.generics);
        let name = Ident::new("__Inherited", Span::mixed_site());
        // Where a lifetime has no name, the trait could not be named.
        let types = if has_unnamed_lifetime(&block.source) { Vec::new() } else { found.found };
        Self { path: parse_quote!(#name #arguments), types }
    }

    // Output, for `Self::Item` in an impl of `trait Store<K>: Iterator`:
    //
    //     const _: () = {
    //         trait __Inherited<K> { type Item: ?Sized; }
    //         impl<__Source: ?Sized + Store<K>, K> __Inherited<K> for __Source { type Item = __Source::Item; }
    //         impl<K> BlockingStore<K> for S3 { … }
    //     };
    //
    // Of a type parameter the compiler looks among the supertraits of its bounds.
    fn with(&self, block: &ImplBlock, private: &TokenStream, implementation: TokenStream) -> TokenStream {
        let Self { path, types } = self;
        if types.is_empty() {
            return implementation;
        }
        let span = Span::mixed_site();
        let (attrs, allow, source) = (forwarded(&block.attrs, Place::Hidden), allowances(), &block.source);
        let name = &path.segments[0].ident;
        let mut generics = block.generics.clone();
        let where_clause = &block.generics.where_clause;
        let this = Ident::new("__Source", span);
        let sized = quote_spanned!(span=> ?#private::Sized);
        let after_lifetimes = generics.lifetimes().count();
        generics.params.insert(after_lifetimes, parse_quote!(#this: #sized + #source));
        let (impl_generics, _, _) = generics.split_for_impl();
        let declared = &block.generics;
        quote_spanned! {span=>
            #(#attrs)*
            #allow
            #[allow(non_local_definitions)]
            const _: () = {
                trait #name #declared #where_clause {
                    #(type #types: #sized;)*
                }

                impl #impl_generics #path for #this #where_clause {
                    #(type #types = #this::#types;)*
                }

                #implementation
            };
        }
    }
}

/// Whether the twin's impl has the method.
fn is_implemented(method: &Method, block: &ImplBlock) -> bool {
    match block.twin {
        Twin::Existing(_) => !method.is_skipped(),
        _ => method.is_bridged() || method.is_passed_through(),
    }
}
