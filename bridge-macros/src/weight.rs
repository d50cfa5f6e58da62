//! How much is generated for each method. The compiler parses, resolves and checks all of it in every crate that uses the
//! attribute.

use crate::attribute::sync_bridge;
use proc_macro2::{TokenStream, TokenTree};

/// What an expansion has beside the user's item.
struct Weight {
    tokens: usize,
    lines: usize,
}

impl Weight {
    fn of(item: &str) -> Self {
        let written: TokenStream = item.parse().unwrap();
        let expanded = sync_bridge(TokenStream::new(), written.clone());
        Self { tokens: tokens(expanded.clone()) - tokens(written.clone()), lines: lines(expanded) - lines(written) }
    }

    /// What one method more adds to a block that has two.
    fn of_one_more(block: &str, method: &str) -> Self {
        let with = |count: usize| {
            let methods: String = (0..count).map(|number| method.replace('#', &number.to_string())).collect();
            Self::of(&format!("{block} {{ {methods} }}"))
        };
        let (two, three) = (with(2), with(3));
        Self { tokens: three.tokens - two.tokens, lines: three.lines - two.lines }
    }

    /// Fails if there is more, or if the budget is far too large.
    fn assert_within(&self, what: &str, budget: &Self) {
        let Self { tokens, lines } = self;
        let is_within = |found: &usize, budget: usize| (budget * 8..=budget * 10).contains(&(found * 10));
        assert!(
            is_within(tokens, budget.tokens) && is_within(lines, budget.lines),
            "{what} adds {tokens} tokens and {lines} lines; the budget is {} and {}. If it is more, look for what can be \
             generated once for a block, or be a function in `bridge-core/src/__private`, and measure with `cargo run \
             --release -p benches --bin expand`. If it is less, or there is no other way, change the budget.",
            budget.tokens,
            budget.lines,
        );
    }
}

/// The tokens, those in groups as well. A group is two: its delimiters.
fn tokens(stream: TokenStream) -> usize {
    let count = |token| match token {
        TokenTree::Group(group) => 2 + tokens(group.stream()),
        _ => 1,
    };
    stream.into_iter().map(count).sum()
}

fn lines(stream: TokenStream) -> usize {
    prettyplease::unparse(&syn::parse2(stream).unwrap()).lines().count()
}

const TRAIT: &str = "pub trait Store";
const IMPL: &str = "impl Store for S3";
const INHERENT: &str = "impl S3";
const SIGNATURE: &str = "async fn get#(&self, key: &str, count: usize)";

#[test]
fn of_a_declaration() {
    let method = format!("{SIGNATURE} -> io::Result<Vec<String>>;");
    Weight::of_one_more(TRAIT, &method).assert_within("a method of a trait", &Weight { tokens: 40, lines: 3 });
}

#[test]
fn of_a_default() {
    let method = format!("{SIGNATURE} -> io::Result<Vec<String>> {{ todo!() }}");
    Weight::of_one_more(TRAIT, &method).assert_within("a default of a trait", &Weight { tokens: 250, lines: 30 });
}

#[test]
fn of_a_method_of_an_impl() {
    let method = format!("{SIGNATURE} -> io::Result<Vec<String>> {{ todo!() }}");
    Weight::of_one_more(IMPL, &method).assert_within("a method of an impl", &Weight { tokens: 120, lines: 14 });
}

#[test]
fn of_an_inherent_method() {
    let method = format!("pub {SIGNATURE} -> io::Result<Vec<String>> {{ todo!() }}");
    Weight::of_one_more(INHERENT, &method).assert_within("an inherent method", &Weight { tokens: 130, lines: 16 });
}

#[test]
fn of_a_function() {
    let item = "async fn get(key: &str) -> io::Result<Vec<String>> { todo!() }";
    Weight::of(item).assert_within("a function", &Weight { tokens: 150, lines: 27 });
}

/// What the types are is asked once for all methods of the block.
#[test]
fn of_a_method_that_returns_types_of_others() {
    let method = format!("{SIGNATURE} -> Result<Page, StoreError> {{ todo!() }}");
    Weight::of_one_more(IMPL, &method)
        .assert_within("a method that returns types of others", &Weight { tokens: 150, lines: 17 });
}

#[test]
fn of_a_method_that_returns_a_type_of_its_own() {
    let method = format!("{SIGNATURE} -> Result<Page#, StoreError> {{ todo!() }}");
    Weight::of_one_more(IMPL, &method)
        .assert_within("a method that returns a type of its own", &Weight { tokens: 770, lines: 52 });
}

#[test]
fn of_a_method_with_a_stream() {
    let method = "pub fn list#(&self) -> BoxStream<'_, io::Result<u8>> { todo!() }";
    Weight::of_one_more(INHERENT, method).assert_within("a method with a stream", &Weight { tokens: 240, lines: 34 });
}
