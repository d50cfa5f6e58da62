//! Changes to a token stream that leave its brackets in pairs.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use proptest::prelude::*;
use proptest::sample::Index;

/// What is put in: what the macro looks for, in places where it does not expect it.
const FRAGMENTS: [&str; 66] = [
    "async",
    "unsafe",
    "const",
    "extern \"C\"",
    "fn",
    "pub",
    "impl",
    "dyn",
    "mut",
    "ref",
    "self",
    "Self",
    "where",
    "type",
    "for<'x>",
    "'a",
    "'_",
    "'static",
    "'async_trait",
    "'life0",
    "<'a, T>",
    "<'async_trait>",
    "<const N: usize>",
    "T: Send +",
    "&",
    "*",
    "+",
    "-> ",
    "->",
    ":",
    "::",
    ";",
    ",",
    "..",
    "=",
    "!",
    "?",
    "_",
    "#",
    "$crate",
    "()",
    "{}",
    "[]",
    "1",
    "\"5s\"",
    "r#type",
    "__call",
    "bridge",
    "u8",
    "Rc<Self>",
    "impl Trait",
    "Option<u8>",
    "Result<u8>",
    "JoinHandle<u8>",
    "MutexGuard<'_, u8>",
    "BoxStream<'_, u8>",
    "impl Stream<Item = u8> + Send",
    "BoxFuture<'_, Result<u8>>",
    "impl Future<Output = u8> + use<>",
    "Pin<Box<dyn Future<Output = ()> + Send + 'async_trait>>",
    "Self::Assoc<'_>",
    "type X<'a>: Y where Self: 'a;",
    "const N: usize = 1;",
    "async fn f(&self) -> Result<u8>;",
    "fn g() {}",
    "m! {}",
];

/// Whole attributes, ours and others'.
const ATTRIBUTES: [&str; 32] = [
    "#[bridge]",
    "#[bridge()]",
    "#[bridge = 1]",
    "#[bridge(skip)]",
    "#[bridge(iter)]",
    "#[bridge(task)]",
    "#[bridge(future)]",
    "#[bridge(enter)]",
    "#[bridge(keep)]",
    "#[bridge(passthrough)]",
    "#[bridge(twin)]",
    "#[bridge(calls = <Self as A<u8>>::b)]",
    "#[cfg_attr(x, a::builder, cfg(y))]",
    "#[doc = \"```\"]",
    "#[bridge(bridge = key.a(key))]",
    "#[bridge(read, write)]",
    "#[bridge(collect = Vec<u8>)]",
    "#[bridge(rename = \"x\")]",
    "#[bridge(timeout = \"5s\")]",
    "#[bridge(timeout = self.a(key, |b| b))]",
    "#[bridge(error = wrap)]",
    "#[bridge(error = a::b, unknown(1))]",
    "#[sync_bridge]",
    "#[sync_bridge(twin = A)]",
    "#[sync_bridge(twin_trait = A)]",
    "#[async_trait]",
    "#[async_trait::async_trait(?Send)]",
    "#[cfg(x)]",
    "#[cfg_attr(x, must_use, bridge(skip))]",
    "#[doc = \"x\"]",
    "#[track_caller]",
    "#[expect(dead_code, reason = \"x\")]",
];

/// Whole methods, for a trait as well as for an impl: forms that few of the uses have, beside whatever else is there.
pub(super) const METHODS: [&str; 20] = [
    "fn m<'a, T: Row, const N: usize>(&'a self, rows: &[T; N]) -> impl Stream<Item = T> + Send { loop {} }",
    "fn m<T, const N: usize>(&self) -> Table<'_, T, N> { loop {} }",
    "fn m(&self) -> Table<Box<dyn for<'x> Fn(&'x u8)>> { loop {} }",
    "#[bridge(collect = Result<Vec<[u8; N]>>)] async fn m<const N: usize>(&mut self) -> Result<BoxStream<'_, [u8; N]>> { loop {} }",
    "#[bridge(timeout = \"1s\", error = a::b)] async fn m(self: Pin<&mut Self>, #[bridge(iter)] rows: impl Stream<Item = ()> + Send) -> Result<u8> { loop {} }",
    "#[bridge(iter)] async fn m(r#ref: &str, #[bridge(iter)] rows: BoxStream<'static, u8>) -> Result<(u8, Rows<'_>)> { loop {} }",
    "async fn m<'a, R: AsyncRead + Send, T>(&mut self, #[bridge(read)] a: &'a mut R, _: T, #[bridge(write)] b: Box<dyn AsyncWrite + Send>) -> Result<u8> where R: Unpin { loop {} }",
    "#[bridge(error = wrap)] async fn m(#[bridge(read)] a: Pin<&mut (impl AsyncRead + Send)>, #[bridge(write)] (b): Pin<Box<impl AsyncWrite>>, #[bridge(write)] c: impl AsyncWrite) { loop {} }",
    "#[bridge(read, write)] fn m<'a>(self: &'a Arc<Self>) -> Option<impl AsyncRead + AsyncWrite + Send> { loop {} }",
    "#[bridge(task)] fn m() -> (u8, Vec<task::JoinHandle<u8>>) where Self: Sized { loop {} }",
    "#[bridge(enter)] fn m<'a, T: Row>(self: &'a Arc<Self>, #[bridge(iter)] rows: BoxStream<'a, T>) -> Result<impl Fn() + 'a> { loop {} }",
    "#[bridge(keep, timeout = \"1s\")] async fn m(&mut self) -> DbResult<Option<(Guard<'_>, [u8; N])>> { loop {} }",
    "#[bridge(future, rename = \"n\")] fn m(&self, (a, _): (u8, u8), _: [u8; 2]) -> Alias<'_> { loop {} }",
    "#[bridge(bounds(T::Item: Send, impl AsRef<str>:))] async fn m<T: Iterator>(&self, a: &T, b: &impl AsRef<str>, c: T::Item) -> Result<Self::Row> where T::Item: Display { loop {} }",
    "#[bridge(passthrough)] unsafe extern \"C\" fn m<const N: usize>(self) -> [u8; N] { loop {} }",
    "async fn m(self: Box<Self>, mut a: u8, ref b: u8, c @ 1..: u8) -> Result<&'static dyn for<'x> Fn(&'x u8), Self::Error> { loop {} }",
    "#[bridge(timeout = Some(self.limit(key.limit, *r#ref)))] async fn m(&mut self, key: &str, mut r#ref: u8, (a, _): (u8, u8)) -> Result<u8> { loop {} }",
    "#[bridge(bridge = *context.r#ref(key))] async fn m(self, context: &mut Context, key: u8, r#ref: impl Row) -> Result<u8> { loop {} }",
    "async fn m(&self, #[cfg(x)] a: u8, #[cfg(x)] #[cfg(y)] (b, c): (u8, u8), #[cfg_attr(z, cfg(x))] #[bridge(iter)] d: BoxStream<'_, u8>) -> Result<u8> { loop {} }",
    "#[bridge(error = wrap)] fn m<'a, 'b: 'a>(&'a self, key: &'b str) -> Pin<Box<dyn Future<Output = !> + Send + 'a>> { loop {} }",
];

/// One change, at a place among all tokens.
#[derive(Clone, Debug)]
pub(super) enum Mutation {
    Drop(Index),
    Double(Index),
    Swap(Index, Index),
    Insert(Index, &'static str),
    /// Puts a method at the end of the block.
    Append(&'static str),
    /// Puts the token into a group that nobody sees, as a fragment of a `macro_rules!` is.
    Wrap(Index),
    /// Takes the brackets off a group.
    Unwrap(Index),
}

pub(super) fn strategy() -> impl Strategy<Value = Mutation> {
    let at = any::<Index>;
    prop_oneof![
        at().prop_map(Mutation::Drop),
        at().prop_map(Mutation::Double),
        (at(), at()).prop_map(|(one, other)| Mutation::Swap(one, other)),
        (at(), prop::sample::select(&FRAGMENTS[..])).prop_map(|(at, what)| Mutation::Insert(at, what)),
        (at(), prop::sample::select(&ATTRIBUTES[..])).prop_map(|(at, what)| Mutation::Insert(at, what)),
        prop::sample::select(&METHODS[..]).prop_map(Mutation::Append),
        at().prop_map(Mutation::Wrap),
        at().prop_map(Mutation::Unwrap),
    ]
}

pub(super) fn apply(tokens: TokenStream, mutation: &Mutation) -> TokenStream {
    let count = count(&tokens);
    if count == 0 {
        return match mutation {
            Mutation::Insert(_, what) => parsed(what),
            _ => tokens,
        };
    }
    match mutation {
        Mutation::Drop(at) => at_place(&tokens, at.index(count), &|_| TokenStream::new()),
        Mutation::Double(at) => {
            at_place(&tokens, at.index(count), &|token| [token.clone(), token].into_iter().collect())
        }
        Mutation::Swap(one, other) => {
            let (one, other) = (one.index(count), other.index(count));
            let (Some(first), Some(second)) = (nth(&tokens, &mut { one }), nth(&tokens, &mut { other })) else {
                return tokens;
            };
            // The later place first: a change there leaves the earlier one where it is.
            let (early, late) = if one < other { (one, other) } else { (other, one) };
            let (first, second) = if one < other { (first, second) } else { (second, first) };
            let changed = at_place(&tokens, late, &|_| first.clone().into());
            at_place(&changed, early, &|_| second.clone().into())
        }
        Mutation::Insert(at, what) => {
            at_place(&tokens, at.index(count), &|token| parsed(what).into_iter().chain([token]).collect())
        }
        Mutation::Append(method) => {
            let mut tokens: Vec<_> = tokens.into_iter().collect();
            if let Some(TokenTree::Group(block)) = tokens.last() {
                let inner = block.stream().into_iter().chain(parsed(method)).collect();
                let block = Group::new(block.delimiter(), inner);
                tokens.pop();
                tokens.push(block.into());
            }
            tokens.into_iter().collect()
        }
        Mutation::Wrap(at) => at_place(&tokens, at.index(count), &|token| {
            TokenTree::Group(Group::new(Delimiter::None, token.into())).into()
        }),
        Mutation::Unwrap(at) => at_place(&tokens, at.index(count), &|token| match token {
            TokenTree::Group(group) => group.stream(),
            other => other.into(),
        }),
    }
}

/// A fragment that is no stream of tokens by itself would be a mistake here.
fn parsed(fragment: &str) -> TokenStream {
    fragment.parse().expect("a fragment is a stream of tokens")
}

/// How many tokens there are, those in groups and the groups themselves among them.
fn count(tokens: &TokenStream) -> usize {
    tokens.clone().into_iter().map(|token| 1 + inside(&token).map_or(0, |tokens| count(&tokens))).sum()
}

fn inside(token: &TokenTree) -> Option<TokenStream> {
    match token {
        TokenTree::Group(group) => Some(group.stream()),
        _ => None,
    }
}

/// The token at `place`, counted from the outside in.
fn nth(tokens: &TokenStream, place: &mut usize) -> Option<TokenTree> {
    for token in tokens.clone() {
        if *place == 0 {
            return Some(token);
        }
        *place -= 1;
        if let Some(found) = inside(&token).and_then(|tokens| nth(&tokens, place)) {
            return Some(found);
        }
    }
    None
}

/// The same tokens, with `change` of the one at `place` in its place.
fn at_place(tokens: &TokenStream, place: usize, change: &dyn Fn(TokenTree) -> TokenStream) -> TokenStream {
    changed(tokens, &mut Some(place), change)
}

fn changed(tokens: &TokenStream, place: &mut Option<usize>, change: &dyn Fn(TokenTree) -> TokenStream) -> TokenStream {
    let each = tokens.clone().into_iter().flat_map(|token| match *place {
        Some(0) => {
            *place = None;
            change(token)
        }
        Some(left) => {
            *place = Some(left - 1);
            match token {
                TokenTree::Group(group) => {
                    TokenTree::Group(Group::new(group.delimiter(), changed(&group.stream(), place, change))).into()
                }
                other => other.into(),
            }
        }
        None => token.into(),
    });
    each.collect()
}
