//! Writes `#[sync_bridge]` into the sources of a crate. Nothing else of them changes, except for the imports of the table.
//!
//! Input:  `impl Pool { pub async fn get(&self) -> … }`
//! Output: `#[::sync_bridge::sync_bridge(error = wrap)] impl Pool { pub async fn get(&self) -> … }`

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, ReturnType, Signature, Type, Visibility};

use crate::table::{At, Crate};

/// What `crate_sources` has written.
#[derive(Default)]
pub(crate) struct Annotated {
    /// Items that have the attribute now, with the file that each is in.
    pub(crate) blocks: Vec<Block>,
    /// The marks of the table that stand for something in the sources, by their positions.
    pub(crate) used_marks: BTreeSet<usize>,
}

/// An item with the attribute.
pub(crate) struct Block {
    pub(crate) file: PathBuf,
    pub(crate) twins: usize,
}

/// Annotates the sources under `folder`.
///
/// # Errors
///
/// If a file cannot be read, parsed or written.
pub(crate) fn crate_sources(folder: &Path, entry: &Crate) -> Result<Annotated, Box<dyn Error>> {
    let mut files = Vec::new();
    for path in rust_files(folder)? {
        let text = fs::read_to_string(&path)?;
        let syntax = syn::parse_file(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        files.push((path, text, syntax));
    }
    let mut traits = AsyncTraits::default();
    for (_, _, syntax) in &files {
        traits.visit_file(syntax);
    }
    let mut annotated = Annotated::default();
    for (path, text, syntax) in files {
        let mut blocks =
            Blocks { entry, traits: &traits.names, path: &path, insertions: Vec::new(), annotated: &mut annotated };
        blocks.visit_file(&syntax);
        blocks.imports(&syntax);
        let insertions = blocks.insertions;
        if !insertions.is_empty() {
            let text = insert(text, insertions);
            let attributes = count_attributes(&text)?;
            let blocks = annotated.blocks.iter().filter(|block| block.file == path).count();
            if attributes != blocks {
                return Err(format!("{}: {attributes} attributes for {blocks} blocks", path.display()).into());
            }
            fs::write(&path, text)?;
        }
    }
    Ok(annotated)
}

/// The Rust files of the library under `folder`.
fn rust_files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for item in fs::read_dir(folder)? {
            let path = item?.path();
            if path.is_dir() {
                if path.file_name().is_none_or(|name| name != "bin") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Puts each text at its place.
fn insert(mut text: String, mut insertions: Vec<(usize, String)>) -> String {
    insertions.sort_by_key(|(place, _)| *place);
    for (place, insertion) in insertions.iter().rev() {
        text.insert_str(*place, insertion);
    }
    text
}

/// How many attributes a parser sees in the text.
fn count_attributes(text: &str) -> syn::Result<usize> {
    struct Count(usize);
    impl Visit<'_> for Count {
        fn visit_attribute(&mut self, attribute: &Attribute) {
            self.0 += usize::from(attribute.path().segments.last().is_some_and(|last| last.ident == "sync_bridge"));
        }
    }
    let mut count = Count(0);
    count.visit_file(&syn::parse_file(text)?);
    Ok(count.0)
}

/// The names of the traits that have async methods.
#[derive(Default)]
struct AsyncTraits {
    names: BTreeSet<String>,
}

impl<'ast> Visit<'ast> for AsyncTraits {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_test(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        if trait_methods(item).any(is_async) {
            self.names.insert(item.ident.to_string());
        }
    }
}

/// Finds the items of one file that get the attribute.
struct Blocks<'a> {
    entry: &'a Crate,
    traits: &'a BTreeSet<String>,
    path: &'a Path,
    insertions: Vec<(usize, String)>,
    annotated: &'a mut Annotated,
}

impl<'ast> Visit<'ast> for Blocks<'_> {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_test(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    // Items in the body of a function are nobody's API.
    fn visit_block(&mut self, _: &'ast syn::Block) {}

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        let name = item.ident.to_string();
        let methods = item.items.iter().filter_map(|item| match item {
            syn::TraitItem::Fn(method) => Some((method.attrs.as_slice(), &method.sig, method.span())),
            _ => None,
        });
        if self.traits.contains(&name) {
            self.block(&name, &item.attrs, item.span(), methods);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let Some(of) = last_name(&item.self_ty) else { return };
        let methods = || {
            item.items.iter().filter_map(|item| match item {
                syn::ImplItem::Fn(method) => Some(method),
                _ => None,
            })
        };
        let facts = |method: &'ast syn::ImplItemFn| (method.attrs.as_slice(), &method.sig, method.span());
        if let Some((path, _)) = &item.trait_ {
            let name = path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
            if self.traits.contains(&name) {
                self.block(&format!("{name} for {of}"), &item.attrs, item.span(), methods().map(facts));
            }
        } else if methods().any(|method| is_visible(&method.vis) && is_async(&method.sig)) {
            self.block(&of, &item.attrs, item.span(), methods().filter(|method| is_visible(&method.vis)).map(facts));
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if is_visible(&item.vis) && item.sig.asyncness.is_some() {
            let signature = [(item.attrs.as_slice(), &item.sig, item.span())];
            self.block(&item.sig.ident.to_string(), &item.attrs, item.span(), signature.into_iter());
        }
    }
}

impl Blocks<'_> {
    /// Annotates one item, and marks its methods.
    fn block<'m>(
        &mut self,
        name: &str,
        attrs: &[Attribute],
        span: proc_macro2::Span,
        methods: impl Iterator<Item = (&'m [Attribute], &'m Signature, proc_macro2::Span)>,
    ) {
        let mut options = vec![self.entry.options];
        for (index, mark) in self.marks() {
            match mark.at {
                At::Block(at) if at == name => options.push(mark.options),
                At::Left(at) if at == name => {
                    self.annotated.used_marks.insert(index);
                    return;
                }
                _ => continue,
            }
            self.annotated.used_marks.insert(index);
        }
        let attribute = format!("#[::sync_bridge::sync_bridge({})]", options.join(", "));
        self.insertions.push(insertion(&attribute, attrs, span));
        let mut twins = 0;
        for (attrs, signature, span) in methods {
            let method = format!("{name}::{}", signature.ident);
            let text = without_spaces(&signature.to_token_stream().to_string());
            let mut marks = Vec::new();
            for (index, mark) in self.marks() {
                if matches!(mark.at, At::Method(at) if at == method)
                    || matches!(mark.at, At::Signature(part) if text.contains(&without_spaces(part)))
                {
                    marks.push(mark.options);
                    self.annotated.used_marks.insert(index);
                }
            }
            twins += usize::from(is_async(signature) && !marks.contains(&"skip"));
            if !marks.is_empty() {
                self.insertions.push(insertion(&format!("#[bridge({})]", marks.join(", ")), attrs, span));
            }
        }
        self.annotated.blocks.push(Block { file: self.path.to_owned(), twins });
    }

    /// Puts the imports of the table in front of the first item of the file.
    fn imports(&mut self, syntax: &syn::File) {
        let Some(first) = syntax.items.first() else { return };
        for (index, mark) in self.marks() {
            if let At::File(file) = mark.at {
                if self.path.ends_with(file) {
                    self.insertions.push((first.span().byte_range().start, format!("{}\n", mark.options)));
                    self.annotated.used_marks.insert(index);
                }
            }
        }
    }

    fn marks(&self) -> impl Iterator<Item = (usize, &'static crate::table::Mark)> + use<> {
        self.entry.marks.iter().enumerate()
    }
}

/// An attribute above `#[async_trait]`, otherwise below all attributes.
fn insertion(attribute: &str, attrs: &[Attribute], item: proc_macro2::Span) -> (usize, String) {
    let is_async_trait =
        |attribute: &&Attribute| attribute.path().segments.last().is_some_and(|segment| segment.ident == "async_trait");
    match (attrs.iter().find(is_async_trait), attrs.last()) {
        (Some(async_trait), _) => (async_trait.span().byte_range().start, format!("{attribute}\n")),
        // The last one may be a comment, which ends with its line.
        (None, Some(last)) => (last.span().byte_range().end, format!("\n{attribute}")),
        (None, None) => (item.byte_range().start, format!("{attribute}\n")),
    }
}

fn trait_methods(item: &syn::ItemTrait) -> impl Iterator<Item = &Signature> {
    item.items.iter().filter_map(|item| match item {
        syn::TraitItem::Fn(method) => Some(&method.sig),
        _ => None,
    })
}

/// Whether a method is one that `#[sync_bridge]` writes a twin for without a mark.
fn is_async(signature: &Signature) -> bool {
    if signature.asyncness.is_some() {
        return true;
    }
    let ReturnType::Type(_, output) = &signature.output else { return false };
    let text = output.to_token_stream().to_string();
    ["impl Future", "impl std :: future :: Future", "impl Stream", "BoxFuture <", "Pin < Box < dyn Future"]
        .iter()
        .any(|start| text.starts_with(start))
}

/// Whether a method has a twin without a mark: all have one but those that are private.
fn is_visible(visibility: &Visibility) -> bool {
    !matches!(visibility, Visibility::Inherited)
}

fn is_test(attrs: &[Attribute]) -> bool {
    attrs
        .iter()
        .any(|attribute| attribute.path().is_ident("cfg") && attribute.to_token_stream().to_string().contains("test"))
}

/// Tokens may be printed with other spaces than they are written with.
fn without_spaces(text: &str) -> String {
    text.replace(char::is_whitespace, "")
}

/// The name of a type, without its path and arguments.
fn last_name(of: &Type) -> Option<String> {
    match of {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        Type::Reference(reference) => last_name(&reference.elem),
        other => Some(other.to_token_stream().to_string()),
    }
}
