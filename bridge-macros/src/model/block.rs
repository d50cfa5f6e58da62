//! The facts of a block, owned, with the spans of the tokens they come from.

use crate::errors::Errors;
use crate::model::async_trait::{self, Promise};
use crate::model::method::Method;
use crate::model::names::{twin_of, twin_path};
use crate::model::polled_trait::PolledTrait;
use crate::model::strip::{strip_function, strip_impl, strip_trait};
use crate::options::block_options::BlockOptions;
use crate::options::item_options::ItemOptions;
use crate::options::marks::{marked_function, marked_impl, marked_trait};
use crate::options::twin_types::{Signatures, TwinTypes, without_arguments};
use crate::parse::{Input, ItemType};
use crate::syntax::rewrite::{name_lifetimes, name_lifetimes_of_type};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Generics, Ident, ImplItem, ImplItemConst, ImplItemType, ItemFn, ItemImpl, ItemTrait, Path, Signature,
    Token, TraitItem, TraitItemConst, TraitItemFn, TraitItemType, Type, TypeParamBound, TypePath, Visibility,
    parse_quote,
};

pub(crate) struct Model {
    /// The user's item, without the attributes that only we understand.
    pub(crate) original: TokenStream,
    /// What refuses options under conditions that do not hold.
    pub(crate) refused: TokenStream,
    pub(crate) options: BlockOptions,
    pub(crate) methods: Vec<Method>,
    /// Those of the associated types and constants.
    pub(crate) item_options: Vec<ItemOptions>,
    /// What a macro makes here is not there yet.
    pub(crate) macro_calls: Vec<(Path, ItemOptions)>,
    pub(crate) block: Block,
}

pub(crate) enum Block {
    Trait(Box<TraitBlock>),
    Impl(Box<ImplBlock>),
    Inherent(Box<InherentBlock>),
    Type(Box<TypeBlock>),
    Polled(Box<PolledBlock>),
    Function,
}

/// The impl of a trait that async code polls, for a type whose twin is a type.
pub(crate) struct PolledBlock {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) generics: Generics,
    pub(crate) self_ty: Type,
    pub(crate) polled: PolledTrait,
    /// What a stream yields, a sink takes or a future returns.
    pub(crate) item: Option<Type>,
    /// Those of the methods, none of which has a twin.
    pub(crate) method_options: Vec<ItemOptions>,
}

/// A type whose twin is written beside it, or in its place.
pub(crate) struct TypeBlock {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    pub(crate) is_unit: bool,
    pub(crate) twin: Ident,
    /// The async type, if it is another one than the item.
    pub(crate) remote: Option<TypePath>,
}

pub(crate) struct InherentBlock {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) generics: Generics,
    pub(crate) self_ty: Type,
    /// The constants that are not private.
    pub(crate) consts: Vec<ImplItemConst>,
    /// The methods without a body.
    pub(crate) signatures: Vec<Ident>,
    /// The items of the twin that the user has written, where the methods are somebody else's.
    pub(crate) own_items: Vec<ImplItem>,
}

pub(crate) struct TraitBlock {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    pub(crate) supertraits: Punctuated<TypeParamBound, Token![+]>,
    pub(crate) types: Vec<TraitItemType>,
    pub(crate) consts: Vec<TraitItemConst>,
    pub(crate) twin: Ident,
    pub(crate) implemented_for: ImplementedFor,
}

/// For which implementors of the async trait its twin is implemented.
pub(crate) enum ImplementedFor {
    /// Those whose impl has the attribute too.
    Annotated,
    /// `blanket`: all of them.
    Blanket,
    /// `remote = path`: all those of that trait, which this one mirrors. Without a path where that is faulty.
    Remote(Option<Path>),
}

impl ImplementedFor {
    pub(crate) fn is_every_implementor(&self) -> bool {
        matches!(self, Self::Blanket | Self::Remote(_))
    }
}

impl TraitBlock {
    /// The async trait, as the documentation names it.
    pub(crate) fn source_name(&self) -> String {
        match &self.implemented_for {
            ImplementedFor::Remote(Some(remote)) => {
                let names: Vec<_> = remote.segments.iter().map(|segment| segment.ident.to_string()).collect();
                names.join("::")
            }
            _ => self.ident.to_string(),
        }
    }
}

pub(crate) struct ImplBlock {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) generics: Generics,
    /// The async trait, with its arguments.
    pub(crate) source: Path,
    /// The same, as a body says it: lifetimes without a name are inferred there.
    pub(crate) source_in_body: Path,
    /// The type of the impl. Where its twin is a type, that.
    pub(crate) self_ty: Type,
    pub(crate) delegation: Option<Delegation>,
    pub(crate) twin: Twin,
    pub(crate) own_types: Vec<Ident>,
    /// Those without `#[bridge(skip)]`.
    pub(crate) types: Vec<ImplItemType>,
    pub(crate) consts: Vec<ImplItemConst>,
}

/// How a twin type implements the async trait of its original.
pub(crate) struct Delegation {
    pub(crate) original: Type,
    pub(crate) twin: Type,
    pub(crate) twins: TwinTypes,
    /// The items of the impl.
    pub(crate) items: Vec<ImplItem>,
}

impl Delegation {
    fn of(item: &ItemImpl, options: &BlockOptions, generics: &mut Generics) -> Option<Self> {
        let twins = twin_types(item, options).filter(|twins| !twins.is_of_twins())?;
        let mut original = (*item.self_ty).clone();
        name_lifetimes_of_type(generics, &mut original);
        let twin = twins.twin_of(&original)?;
        Some(Self { original, twin, twins, items: item.items.clone() })
    }
}

/// The trait that an implementation of the async trait is also to implement.
pub(crate) enum Twin {
    /// Written by `#[sync_bridge]`, under a name of its making.
    Generated(Path),
    /// Written by hand, with names of its own: `twin_trait = path`.
    Existing(Path),
    /// The path is faulty.
    Unknown,
}

impl Model {
    /// Whether `twin_trait = path` names a trait written by hand, or nothing that could be one.
    pub(crate) fn has_existing_twin(&self) -> bool {
        let is_named = self.options.twin_trait.is_some() && self.options.generated.is_none();
        is_named && matches!(self.block, Block::Impl(_))
    }

    /// Whether the twins stand in the scope of their originals.
    pub(crate) fn has_twins_in_scope(&self) -> bool {
        matches!(self.block, Block::Inherent(_) | Block::Function)
    }

    /// The parameters of the block.
    pub(crate) fn generics(&self) -> Option<&Generics> {
        match &self.block {
            Block::Trait(block) => Some(&block.generics),
            Block::Impl(block) => Some(&block.generics),
            Block::Inherent(block) => Some(&block.generics),
            Block::Type(block) => Some(&block.generics),
            Block::Polled(block) => Some(&block.generics),
            Block::Function => None,
        }
    }

    /// The same, with the methods that its twin has: one for each combination of the conditions of its parameters.
    pub(crate) fn resolved(mut self) -> Self {
        self.methods = self.methods.into_iter().flat_map(Method::resolved).collect();
        self
    }

    /// The user's item as the output has it. A mirror is there as its twin only: its remote is the async trait.
    pub(crate) fn emitted_item(&self) -> TokenStream {
        match &self.block {
            Block::Trait(block) if matches!(block.implemented_for, ImplementedFor::Remote(_)) => TokenStream::new(),
            _ => self.original.clone(),
        }
    }

    /// What the name of a twin's method ends in. An existing twin has chosen its names.
    pub(crate) fn suffix(&self) -> String {
        if self.options.twin_types.is_some() {
            return String::new();
        }
        match &self.options.suffix {
            Some((_, Some(suffix))) if !(suffix.value().is_empty() && self.has_twins_in_scope()) => suffix.value(),
            _ if self.has_existing_twin() => String::new(),
            _ => String::from("_blocking"),
        }
    }

    pub(crate) fn new(input: Input, options: BlockOptions, errors: &mut Errors) -> Self {
        match input {
            Input::Trait(item) => Self::of_trait(item, options, errors),
            Input::Impl(item) => Self::of_impl(item, options, errors),
            Input::Inherent(item) => Self::of_inherent(item, options, errors),
            Input::Function(item) => Self::of_function(item, options, errors),
            Input::Type(item) => Self::of_type(item, options),
        }
    }

    fn of_type(item: ItemType, options: BlockOptions) -> Self {
        let ItemType { attrs, vis, ident, generics, is_unit, tokens } = item;
        let remote = options.remote.as_ref().and_then(|(_, remote)| remote.clone());
        let remote = remote.map(|path| TypePath { attrs: Vec::new(), qself: None, path });
        let twin = if options.remote.is_some() { ident.clone() } else { twin_of(&ident, &options) };
        let block = TypeBlock { attrs, vis, ident, generics, is_unit, twin, remote };
        Self {
            original: if options.remote.is_some() { TokenStream::new() } else { tokens },
            refused: TokenStream::new(),
            options,
            methods: Vec::new(),
            item_options: Vec::new(),
            macro_calls: Vec::new(),
            block: Block::Type(Box::new(block)),
        }
    }

    fn of_trait(mut item: ItemTrait, options: BlockOptions, errors: &mut Errors) -> Self {
        let implemented_for = match &options.remote {
            Some((_, remote)) => ImplementedFor::Remote(remote.clone()),
            None if options.blanket.is_some() => ImplementedFor::Blanket,
            None => ImplementedFor::Annotated,
        };
        let mut pending = async_trait::pending(&item.attrs);
        if let ImplementedFor::Remote(_) = implemented_for {
            // An `async fn` of a mirror says that the future of its remote is `Send`.
            pending = pending.or(Some(Promise::Send));
        }
        let (mut methods, mut types, mut consts) = (Vec::new(), Vec::new(), Vec::new());
        let (mut item_options, mut macro_calls) = (Vec::new(), Vec::new());
        for inner in &marked_trait(&item, &options.marks, errors).items {
            match inner {
                TraitItem::Fn(of) => {
                    let mut method = Method::new(&of.attrs, &of.sig, of.default.as_ref(), pending, &options, errors);
                    if of.default.is_none() {
                        method.change(|method| method.hide_arguments(&options));
                    }
                    methods.push(method);
                }
                TraitItem::Type(of) => {
                    item_options.push(ItemOptions::parse(&of.attrs, errors));
                    types.push(of.clone());
                }
                TraitItem::Const(of) => {
                    item_options.push(ItemOptions::parse(&of.attrs, errors));
                    consts.push(of.clone());
                }
                TraitItem::Macro(of) => {
                    macro_calls.push((of.mac.path.clone(), ItemOptions::parse(&of.attrs, errors)));
                }
                _ => {}
            }
        }
        let refused = strip_trait(&mut item);
        let block = TraitBlock {
            attrs: item.attrs.clone(),
            vis: item.vis.clone(),
            twin: twin_of(&item.ident, &options),
            implemented_for,
            ident: item.ident.clone(),
            generics: item.generics.clone(),
            supertraits: item.supertraits.clone(),
            types,
            consts,
        };
        Self {
            original: item.into_token_stream(),
            refused,
            options,
            methods,
            item_options,
            macro_calls,
            block: Block::Trait(Box::new(block)),
        }
    }

    /// The impl of a trait that async code polls has no method that blocking code could call.
    fn of_polled(mut item: ItemImpl, polled: PolledTrait, mut options: BlockOptions, errors: &mut Errors) -> Self {
        options.twin_types = twin_types(&item, &options);
        let (mut item_options, mut method_options) = (Vec::new(), Vec::new());
        for inner in &marked_impl(&item, &options.marks, errors).items {
            match inner {
                ImplItem::Fn(of) => method_options.push(ItemOptions::parse(&of.attrs, errors)),
                ImplItem::Type(of) => item_options.push(ItemOptions::parse(&of.attrs, errors)),
                ImplItem::Const(of) => item_options.push(ItemOptions::parse(&of.attrs, errors)),
                _ => {}
            }
        }
        let refused = strip_impl(&mut item);
        let associated = polled.item_name().and_then(|name| {
            item.items.iter().find_map(|inner| match inner {
                ImplItem::Type(of) if of.ident == name => Some(of.ty.clone()),
                _ => None,
            })
        });
        let block = PolledBlock {
            attrs: item.attrs.clone(),
            generics: item.generics.clone(),
            self_ty: (*item.self_ty).clone(),
            polled,
            item: associated.or_else(|| polled.item_in(&item.trait_.as_ref()?.0)),
            method_options,
        };
        Self {
            original: item.into_token_stream(),
            refused,
            options,
            methods: Vec::new(),
            item_options,
            macro_calls: Vec::new(),
            block: Block::Polled(Box::new(block)),
        }
    }

    fn of_impl(mut item: ItemImpl, mut options: BlockOptions, errors: &mut Errors) -> Self {
        let polled = item.trait_.as_ref().and_then(|(path, _)| PolledTrait::of(path));
        if let (Some(polled), Some(_)) = (polled, &options.twin) {
            return Self::of_polled(item, polled, options, errors);
        }
        let pending = async_trait::pending(&item.attrs);
        let (mut methods, mut types, mut consts) = (Vec::new(), Vec::new(), Vec::new());
        let (mut own_types, mut item_options, mut macro_calls) = (Vec::new(), Vec::new(), Vec::new());
        for inner in &marked_impl(&item, &options.marks, errors).items {
            match inner {
                ImplItem::Fn(of) => methods.push(Method::new(&of.attrs, &of.sig, None, pending, &options, errors)),
                ImplItem::Type(of) => {
                    let options = ItemOptions::parse(&of.attrs, errors);
                    own_types.push(of.ident.clone());
                    types.extend(options.skip.is_none().then(|| of.clone()));
                    item_options.push(options);
                }
                ImplItem::Const(of) => {
                    let options = ItemOptions::parse(&of.attrs, errors);
                    consts.extend(options.skip.is_none().then(|| of.clone()));
                    item_options.push(options);
                }
                ImplItem::Macro(of) => {
                    macro_calls.push((of.mac.path.clone(), ItemOptions::parse(&of.attrs, errors)));
                }
                _ => {}
            }
        }
        let refused = strip_impl(&mut item);
        let mut source = match &item.trait_ {
            Some((path, _)) => path.clone(),
            None => unreachable!("`parse` lets no inherent impl through"),
        };
        let source_in_body = source.clone();
        let mut generics = item.generics.clone();
        let mut twin = match &options.twin_trait {
            Some((_, Some(path))) if options.generated.is_some() => Twin::Generated(path.clone()),
            Some((_, Some(path))) => Twin::Existing(path.clone()),
            Some((_, None)) => Twin::Unknown,
            None => Twin::Generated(twin_path(&source)),
        };
        if let Twin::Existing(twin) | Twin::Generated(twin) = &mut twin {
            name_lifetimes(&mut generics, [&mut source, twin]);
        }
        let mut self_ty = (*item.self_ty).clone();
        let delegation = Delegation::of(&item, &options, &mut generics);
        if let Some(Delegation { twin, .. }) = &delegation {
            self_ty = twin.clone();
            // Each value has a bridge of its own.
            let krate = options.krate.as_ref().map_or_else(|| quote!(::sync_bridge), ToTokens::to_token_stream);
            let bridge = parse_quote!({
                use #krate::__private::TwinBridge as _;
                self.__twin_bridge()
            });
            let name = options.twin.as_ref().map(|(name, _)| name.clone());
            options.bridge = name.map(|name| (name, bridge));
        }
        let block = ImplBlock {
            attrs: item.attrs.clone(),
            generics,
            source,
            source_in_body,
            self_ty,
            delegation,
            twin,
            own_types,
            types,
            consts,
        };
        Self {
            original: item.into_token_stream(),
            refused,
            options,
            methods,
            item_options,
            macro_calls,
            block: Block::Impl(Box::new(block)),
        }
    }
}

impl Model {
    fn of_inherent(mut item: ItemImpl, mut options: BlockOptions, errors: &mut Errors) -> Self {
        let signatures = give_bodies(&mut item);
        options.twin_types = twin_types(&item, &options);
        let is_remote = options.twin_types.as_ref().is_some_and(|twins| twins.signatures == Signatures::OfTwins);
        let (mut methods, mut item_options, mut macro_calls) = (Vec::new(), Vec::new(), Vec::new());
        let mut consts = Vec::new();
        for inner in &marked_impl(&item, &options.marks, errors).items {
            match inner {
                // What has a body here is the user's own method of the twin.
                ImplItem::Fn(of) if is_remote && !signatures.contains(&of.sig.ident) => {}
                ImplItem::Fn(of) => {
                    let method = Method::new(&of.attrs, &of.sig, None, None, &options, errors);
                    methods.push(method.in_inherent_impl(&of.vis, &options));
                }
                ImplItem::Const(of) => {
                    let of_const = ItemOptions::parse(&of.attrs, errors);
                    let is_public = !matches!(of.vis, Visibility::Inherited);
                    consts.extend((is_public && of_const.skip.is_none()).then(|| of.clone()));
                    item_options.push(of_const);
                }
                ImplItem::Type(of) => item_options.push(ItemOptions::parse(&of.attrs, errors)),
                ImplItem::Macro(of) => {
                    macro_calls.push((of.mac.path.clone(), ItemOptions::parse(&of.attrs, errors)));
                }
                _ => {}
            }
        }
        let refused = strip_impl(&mut item);
        let mut own_items = Vec::new();
        if is_remote {
            let is_signature =
                |inner: &ImplItem| matches!(inner, ImplItem::Fn(of) if signatures.contains(&of.sig.ident));
            own_items.extend(item.items.iter().filter(|inner| !is_signature(inner)).cloned());
        }
        let block = InherentBlock {
            attrs: item.attrs.clone(),
            generics: item.generics.clone(),
            self_ty: (*item.self_ty).clone(),
            consts,
            signatures,
            own_items,
        };
        let block = Block::Inherent(Box::new(block));
        let original = if is_remote { TokenStream::new() } else { item.into_token_stream() };
        Self { original, refused, options, methods, item_options, macro_calls, block }
    }

    fn of_function(mut item: ItemFn, options: BlockOptions, errors: &mut Errors) -> Self {
        let marked = marked_function(&item, &options.marks, errors);
        let mut method = Method::new(&marked.attrs, &marked.sig, None, None, &options, errors);
        method.change(|method| {
            method.vis = item.vis.clone();
            // The attribute is on the function itself, so what it says may name the arguments.
            method.options.bridge = method.options.bridge.take().or(options.bridge.clone());
        });
        let refused = strip_function(&mut item);
        let original = item.into_token_stream();
        Self {
            original,
            refused,
            options,
            methods: vec![method],
            item_options: Vec::new(),
            macro_calls: Vec::new(),
            block: Block::Function,
        }
    }
}

/// Gives a body to each method that has none, and returns the names of these methods.
pub(crate) fn give_bodies(item: &mut ItemImpl) -> Vec<Ident> {
    let mut names = Vec::new();
    for inner in &mut item.items {
        let ImplItem::Verbatim(tokens) = inner else { continue };
        let Ok(Signed { attrs, vis, sig }) = syn::parse2(tokens.clone()) else { continue };
        names.push(sig.ident.clone());
        *inner = parse_quote!(#(#attrs)* #vis #sig { loop {} });
    }
    names
}

/// A method without a body, as only a trait may have one.
struct Signed {
    attrs: Vec<Attribute>,
    vis: Visibility,
    sig: Signature,
}

impl Parse for Signed {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        let TraitItemFn { sig, .. } = input.parse()?;
        Ok(Self { attrs, vis, sig })
    }
}

/// The twins in the signatures of an inherent impl, if the twin of its type is a type.
fn twin_types(item: &ItemImpl, options: &BlockOptions) -> Option<TwinTypes> {
    let Type::Path(this) = &*item.self_ty else { return None };
    let this = without_arguments(&this.path);
    let listed = options.twins.as_ref().map(|(_, listed)| listed.clone()).unwrap_or_default();
    let (own, signatures) = match (&options.twin, &options.remote) {
        (Some((_, Some(twin))), _) => ((this, twin.clone()), Signatures::OfOriginals),
        (None, Some((_, Some(_)))) => ((this.clone(), this), Signatures::OfTwins),
        _ => return None,
    };
    Some(TwinTypes { listed, own, signatures })
}
