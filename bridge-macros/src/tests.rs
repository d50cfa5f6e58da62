//! What no compiler run shows: that the macro has an answer to every item, and that the answer is items again.

use crate::attribute::sync_bridge;
use proc_macro2::{TokenStream, TokenTree};

fn expand(args: &str, item: &str) -> TokenStream {
    sync_bridge(args.parse().unwrap(), item.parse().unwrap())
}

fn items(args: &str, item: &str) -> syn::File {
    let output = expand(args, item);
    syn::parse2(output.clone()).unwrap_or_else(|error| panic!("{error}: {output}"))
}

#[test]
fn every_item_expands_to_items() {
    let options = [
        "",
        "error = wrap",
        "error = panic",
        "error = a::b",
        "bridge = self.0",
        "bridge = f()",
        "bridge = &*S",
        "twin_trait = a::B<u8>",
        "twin = a::B<u8>",
        "crate = self",
        "crate = $crate",
        "error",
        "error =",
        "error = ,",
        "= wrap",
        ",,",
        "bridge = self.x, bridge = y",
        "twin = 1",
        "twin_trait = 1",
        "unknown(a, b), error = wrap",
        "error(wrap)",
        "\"text\"",
        "twin = <A as B>::C",
        "twin = B",
        "twin_trait = a::B<u8>, generated, suffix = \"_now\"",
        "blanket, bridge = self.x",
        "blanket, local, suffix = \"\"",
        "remote = a::B<u8>, send, implementors = C<u8>",
        "bounds(T: Send, Self::X<'static>: Send + Sync, U: ), local",
        "bounds(for<'x> &'x T: A, T::B: ), blanket",
        "remote = 3, implementors = 4, blanket = 4, suffix = \" \", local, send",
    ];
    let blocks = [
        "trait A {}",
        "trait A { async fn f(); }",
        "pub(crate) unsafe trait A<'a, T: ?Sized = str, const N: usize = 1>: B + 'a where T: C { async fn f(&self, _: u8); }",
        "trait A { type X<'a>: B where Self: 'a; const C: u8 = 1; async fn f(self: Box<Self>) -> Self::X<'_> { todo!() } m!{} }",
        "trait A { fn f(&self) -> impl Future; fn g() -> BoxStream<u8>; fn h() -> Pin<Box<dyn Future>>; }",
        "trait A { fn f<'life0, 'async_trait>(&'life0 self) -> Pin<Box<dyn Future<Output = u8> + 'async_trait>>; }",
        "trait A { fn f<'async_trait>() -> u8; fn g<'async_trait>(); }",
        "trait A { #[bridge] async fn f(#[cfg(x)] &self, #[cfg(x)] (a, b): (u8, u8)) -> !; #[bridge(rename = \"fn\")] async fn g(); }",
        "trait A { async fn r#f(&self, r#type: u8, bridge: u8, Self::B { x, .. }: B) -> (JoinHandle<u8>, impl B) { loop {} } }",
        "impl A for B {}",
        "unsafe impl<'a, T> a::A<'a, T> for [T; 3] where T: C { async unsafe fn f(&mut self) -> [u8; Self::N] { loop {} } }",
        "impl A for (B, &dyn C) { #[bridge(skip)] type X = u8; const N: u8 = 1; fn f() {} async fn g(self: Pin<&mut Self>) {} m!{} }",
        "impl A { async fn f() {} }",
        "impl<'a, T> (A<T>, &'a [u8; 2]) where T: B { #[bridge(skip)] const N: u8 = 1; fn g() {} pub(in a) async unsafe fn f(&mut self, Self { x, .. }: Self) -> impl B {} m!{} }",
        "async fn f() {}",
        "pub(crate) unsafe fn f<'a, T>(f: &'a T, (a, _): (u8, u8)) -> impl Future<Output = Self::X> + use<'a, T> where T: B { loop {} }",
        "async extern \"C\" fn f(self) -> BoxStream<u8> {}",
        "fn f() -> JoinHandle<()> { loop {} }",
        "trait Blocking { type X<'a>: B where Self: 'a; type Y: C = u8; #[cfg(x)] type Z: D; const C: u8 = 1; async fn f(self) -> Self::X<'_>; #[bridge(skip)] fn g(); }",
        "struct A;",
        "use a::b;",
        "m! {}",
    ];
    for args in options {
        for item in blocks {
            items(args, item);
        }
    }
}

/// Every pair of options of a method, on every kind of signature, in a trait and in both kinds of impl.
#[test]
fn every_option_on_every_method_expands_to_items() {
    let options = [
        "bounds(T: Send, impl A:, Self::B: C)",
        "bounds(T: , 'a)",
        "collect = Vec<u8>",
        "collect = Result<impl A, !>",
        "collect",
        "error = wrap",
        "error = a::b",
        "error",
        "future",
        "iter",
        "iter = 1",
        "passthrough",
        "read",
        "rename = \"x\"",
        "skip",
        "task",
        "timeout = \"1s\"",
        "timeout = \"\"",
        "timeout = None",
        "timeout = self.limit(a)",
        "write",
    ];
    let signatures = [
        "async fn f(&self)",
        "fn f()",
        "fn f(&self) -> BoxStream<'_, u8>",
        "fn f<'a, T>(self: &'a Self, _: &T, _: impl A) -> impl Stream<Item = T> + Send",
        "fn f(&self, a: &A<'_>) -> impl Stream",
        "fn f() -> LocalBoxStream",
        "fn f(self) -> Result<(BoxStream<'static, u8>, [JoinHandle<u8>; 2], u8), Option<impl Future>>",
        "async fn f(&mut self) -> Result<Vec<Option<(JoinHandle, (), impl AsyncRead + 'static)>>>",
        "fn f() -> JoinHandle",
        "fn f(&self) -> Box<dyn AsyncWrite>",
        "fn f<'a>(&'a self) -> impl AsyncRead + AsyncWrite",
        "fn f(&self) -> Pin<Box<dyn Future<Output = Result<BoxStream<'_, u8>>>>>",
        "fn f(&self) -> BoxFuture",
        "fn f(&self) -> BoxFuture<'_, Self::A>",
        "fn f(#[bridge(iter)] self, #[bridge(iter)] (a, b): impl Stream<Item = (u8, u8)>) -> Result",
        "async fn f(#[bridge(iter)] __call: BoxStream<'_, u8>, #[bridge(iter)] a: u8, #[bridge] b: u8, #[bridge(skip)] c: u8)",
        "fn f<'life0, 'async_trait>(&'life0 self) -> Pin<Box<dyn Future<Output = BoxStream<'life0, u8>> + Send + 'async_trait>>",
        "async fn f<R: AsyncRead, W>(&mut self, #[bridge(read)] a: &mut R, #[bridge(write)] b: Pin<&mut W>) -> Result<u8> where W: AsyncWrite",
        "fn f(#[bridge(read)] a: Box<dyn AsyncRead + Send>, #[bridge(write)] _: (impl AsyncWrite), #[bridge(read)] c: u8) -> BoxStream<'_, u8>",
        "fn f(&self) -> <Self as A>::B",
        "fn f() -> !",
    ];
    for (index, one) in options.iter().enumerate() {
        for other in &options[index..] {
            for signature in signatures {
                let method = format!("#[bridge({one}, {other})] {signature}");
                items("", &format!("trait A {{ {method}; }}"));
                items("error = panic", &format!("trait A {{ {method} {{ loop {{}} }} }}"));
                items("error = wrap", &format!("impl A for B {{ {method} {{ loop {{}} }} }}"));
                items("twin_trait = C, bridge = self.0", &format!("impl A for B {{ {method} {{ loop {{}} }} }}"));
            }
        }
    }
}

#[test]
fn item_that_does_not_parse_is_handed_back() {
    for item in ["trait A { async fn f(&self, key); }", "impl", "trait A { fn }", ""] {
        assert_eq!(expand("error = panic", item).to_string(), item.parse::<TokenStream>().unwrap().to_string());
    }
}

/// An editor shows the twin of a method while the method is being written.
#[test]
fn what_is_wrong_in_a_body_does_not_hide_the_twin() {
    for item in
        ["trait A { async fn f(&self) { 1 + } }", "impl A { pub async fn f(&self) { let } }", "async fn f() { if }"]
    {
        let expanded = expand("error = wrap", item).to_string();
        assert!(expanded.starts_with(&item.parse::<TokenStream>().unwrap().to_string()), "{expanded}");
        assert!(expanded.contains("f_blocking"), "{expanded}");
    }
}

/// What an editor goes by: to the definition of a twin, of its method and of an argument it goes to those of the user.
#[test]
fn names_of_the_twin_lead_to_the_users() {
    let method = "async fn fetch(&self, key: &str) -> io::Result<u8>";
    leads("", &format!("trait Store {{ {method}; }}"), "BlockingStore", "Store");
    for (name, original) in [("fetch_blocking", "fetch"), ("key", "key")] {
        leads("", &format!("trait Store {{ {method}; }}"), name, original);
        leads("", &format!("trait Store {{ {method} {{ loop {{}} }} }}"), name, original);
        leads("blanket", &format!("trait Store {{ {method}; }}"), name, original);
        leads("", &format!("impl Store for S3 {{ {method} {{ loop {{}} }} }}"), name, original);
        leads("private", &format!("impl S3 {{ {method} {{ loop {{}} }} }}"), name, original);
    }
    leads("remote = a::Store", &format!("trait Store {{ {method}; }}"), "fetch_blocking", "fetch");
    leads("", "async fn fetch(key: &str) -> io::Result<u8> { loop {} }", "fetch_blocking", "fetch");
    leads("", "impl S3 { #[bridge(rename = \"load\")] async fn fetch() -> io::Result<u8> {} }", "load", "\"load\"");
}

/// Every `name` in the expansion has its place from an `original` of the item's.
fn leads(args: &str, item: &str, name: &str, original: &str) {
    let mut found = Vec::new();
    sources(expand(args, item), name, &mut found);
    assert!(!found.is_empty(), "no `{name}`");
    for source in found {
        assert_eq!(source.as_deref(), Some(original), "{name} of {item}");
    }
}

/// The text at the place of each `name`.
fn sources(tokens: TokenStream, name: &str, found: &mut Vec<Option<String>>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => sources(group.stream(), name, found),
            TokenTree::Ident(ident) if ident == name => found.push(ident.span().source_text()),
            _ => {}
        }
    }
}

#[test]
fn documentation_says_what_a_limit_is_of() {
    let documented = |options: &str, output: &str| {
        let method =
            format!("#[bridge({options}, timeout = \"5s\", error = wrap)] async fn f() -> {output} {{ loop {{}} }}");
        expand("", &format!("impl A {{ {method} }}")).to_string()
    };
    assert!(documented("rename = \"g\"", "u8").contains("Each wait ends after 5s."));
    assert!(documented("iter", "BoxStream<'static, u8>").contains("Each wait ends after 5s."));
    assert!(documented("task", "JoinHandle<u8>").contains("The call ends after 5s; the task may take longer."));
    let computed = |item: &str| expand("private, timeout = self.limit", item).to_string();
    let method = "async fn f(&self) -> Result<u8> { loop {} }";
    assert!(computed(&format!("impl A {{ {method} }}")).contains("Each wait may have a time limit"));
    assert!(!computed(&format!("impl A {{ #[bridge(timeout = None)] {method} }}")).contains("time limit"));
    let method = "fn f(&self) -> JoinHandle<u8> { loop {} }";
    assert!(computed(&format!("impl A {{ #[bridge(task)] {method} }}")).contains("The call may have a time limit"));
}
