//! Uses of the macro, gathered from the tests of this repository.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::quote;
use std::path::{Path, PathBuf};
use syn::parse::Parser;
use syn::{ImplItem, ImplItemFn};

/// An annotated item, as text: tokens cannot be shared among threads.
pub(super) struct Seed {
    pub(super) args: String,
    pub(super) item: String,
}

/// Every item that is annotated in the cases that do and do not compile, and the methods of the grid in each form.
pub(super) fn seeds() -> Vec<Seed> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package has a workspace around it");
    let mut files = Vec::new();
    for folder in ["ui-tests/cases", "ui-tests/pass", "tests"] {
        rust_files(&root.join(folder), &mut files);
    }
    // The order in which a folder lists its files is nobody's.
    files.sort();
    let (mut seeds, mut of_the_grid) = (Vec::new(), Vec::new());
    for file in files {
        let source = std::fs::read_to_string(&file).expect("a file that is listed can be read");
        let tokens: TokenStream = source.parse().expect("a test file has tokens");
        annotated(&tokens, &mut seeds);
        if file.parent().is_some_and(|folder| folder.ends_with("twin_grid")) {
            of_grid(&tokens, &mut of_the_grid);
        }
    }
    assert!(!of_the_grid.is_empty(), "the grid has its methods where they are looked for");
    seeds.append(&mut of_the_grid);
    seeds
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of tests can be listed") {
        let path = entry.expect("a folder of tests can be listed").path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The items below `#[sync_bridge]`, in modules and macros as well. An item ends with its block, or a semicolon.
fn annotated(tokens: &TokenStream, seeds: &mut Vec<Seed>) {
    let tokens: Vec<_> = tokens.clone().into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        annotated(&group.stream(), seeds);
        let Some(args) = args_of_ours(&group.stream()) else { continue };
        let rest = &tokens[index + 1..];
        let is_end = |token: &TokenTree| match token {
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            TokenTree::Punct(punct) => punct.as_char() == ';',
            _ => false,
        };
        if let Some(end) = rest.iter().position(is_end) {
            let item = rest[..=end].iter().cloned().collect::<TokenStream>();
            seeds.push(Seed { args: args.to_string(), item: item.to_string() });
        }
    }
}

/// The arguments, if this is `sync_bridge` or `sync_bridge(…)`.
fn args_of_ours(attribute: &TokenStream) -> Option<TokenStream> {
    let mut tokens = attribute.clone().into_iter();
    match (tokens.next(), tokens.next(), tokens.next()) {
        (Some(TokenTree::Ident(name)), None, None) if name == "sync_bridge" => Some(TokenStream::new()),
        (Some(TokenTree::Ident(name)), Some(TokenTree::Group(args)), None) if name == "sync_bridge" => {
            Some(args.stream())
        }
        _ => None,
    }
}

/// Each method of the grid by itself, in each form: what is changed in it is then not lost among the others.
fn of_grid(tokens: &TokenStream, seeds: &mut Vec<Seed>) {
    for token in tokens.clone() {
        let TokenTree::Group(group) = token else { continue };
        match methods.parse2(group.stream()) {
            Ok(methods) if methods.iter().any(|method| method.sig.asyncness.is_some()) => {
                for method in &methods {
                    in_each_form(method, seeds);
                }
            }
            _ => of_grid(&group.stream(), seeds),
        }
    }
}

/// Only methods, all of them with a body.
fn methods(input: syn::parse::ParseStream<'_>) -> syn::Result<Vec<ImplItemFn>> {
    let mut methods = Vec::new();
    while !input.is_empty() {
        match input.parse()? {
            ImplItem::Fn(method) => methods.push(method),
            _ => return Err(input.error("no method")),
        }
    }
    Ok(methods)
}

fn in_each_form(method: &ImplItemFn, seeds: &mut Vec<Seed>) {
    let sig = &method.sig;
    let mut push = |args: TokenStream, item: TokenStream| {
        seeds.push(Seed { args: args.to_string(), item: item.to_string() });
    };
    push(quote!(), quote!(pub trait Api { #sig; }));
    push(quote!(error = wrap), quote!(trait Api { #method }));
    push(quote!(bridge = self.bridge), quote!(impl Api for Value { #method }));
    push(quote!(twin_trait = Existing), quote!(#[async_trait] impl Api for Value { #method }));
    push(quote!(blanket), quote!(#[async_trait(?Send)] trait Api { #method }));
    push(quote!(remote = a::Api<u8>, local), quote!(trait Mirror { #sig; }));
    push(quote!(suffix = "_now", error = panic), quote!(impl Value { #method }));
    if sig.receiver().is_none() {
        push(quote!(), quote!(#method));
    }
}
