//! What the macro does with code that nobody would write: the repository's own uses of it, with tokens dropped, doubled,
//! swapped and put in, between other options. It has an answer to each, which parses, and which has the user's item, and
//! either each twin or each fault.
//!
//! `FUZZ_CASES` says how many, for a longer run than that of every day.

mod mutation;
mod seeds;

use crate::attribute::sync_bridge;
use crate::check::rules::check;
use crate::errors::Errors;
use crate::model::block::{Model, give_bodies};
use crate::model::strip;
use crate::options::block_options::BlockOptions;
use crate::parse;
use mutation::{METHODS, Mutation, apply};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestCaseResult};
use quote::{ToTokens, quote};
use seeds::{Seed, seeds};
use std::sync::LazyLock;
use syn::Item;

static SEEDS: LazyLock<Vec<Seed>> = LazyLock::new(seeds);

/// The unoptimised macro expands some hundred blocks a second.
fn cases() -> u32 {
    std::env::var("FUZZ_CASES").map_or(1000, |cases| cases.parse().expect("FUZZ_CASES is a number"))
}

proptest! {
    // The seeds have no place for a file of failures; one that is found becomes a test.
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_item_has_an_answer(
        item in any::<prop::sample::Index>(),
        args in any::<prop::sample::Index>(),
        // Mostly the options that the item was written with.
        has_own_args in prop::bool::weighted(0.7),
        of_item in prop::collection::vec(mutation::strategy(), 0..4),
        of_args in prop::collection::vec(mutation::strategy(), 0..2),
    ) {
        let (item, args) = (item.get(&SEEDS), args.get(&SEEDS));
        let args = if has_own_args { item } else { args };
        has_an_answer(&mutated(&args.args, &of_args), &mutated(&item.item, &of_item))?;
    }
}

#[test]
fn seeds_have_answers_as_they_are() {
    let mut accepted = 0;
    for seed in &*SEEDS {
        let (args, item) = (seed.args.parse().unwrap(), seed.item.parse().unwrap());
        has_an_answer(&args, &item).unwrap_or_else(|error| panic!("{error}"));
        accepted += usize::from(!sync_bridge(args, item).to_string().contains("compile_error"));
    }
    // Both what is accepted and what is not: a mutation of one may be the other.
    assert!(SEEDS.len() > 200 && accepted > 100 && accepted < SEEDS.len(), "{accepted} of {}", SEEDS.len());
}

#[test]
fn our_name_counts_in_an_invisible_group() {
    let ours = TokenTree::Group(Group::new(Delimiter::None, quote!(bridge)));
    let item = quote!(impl Client { #[cfg_attr(miri, #ours(timeout = "5s"))] async fn fetch(&self) {} });
    has_an_answer(&quote!(error = wrap), &item).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn commas_count_in_an_invisible_group() {
    let comma = TokenTree::Group(Group::new(Delimiter::None, quote!(,)));
    for list in [quote!(x, must_use #comma bridge(skip)), quote!(x #comma must_use, bridge(skip))] {
        let item = quote!(
            trait Store {
                #[cfg_attr(#list)]
                fn list(&self) -> u8;
                async fn get(&self) -> io::Result<u8>;
            }
        );
        has_an_answer(&quote!(), &item).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn twins_are_not_named_by_keywords() {
    for args in [quote!(twin = self), quote!(twin = Self, blanket), quote!(twin = crate), quote!(twin = super)] {
        has_an_answer(
            &args,
            &quote!(
                trait Store {
                    async fn get(&self);
                }
            ),
        )
        .unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn receiver_may_be_a_pattern() {
    for item in [
        quote!(trait Api { async fn get(ref self: Pin<Box<Self>>) -> Answer<usize> { todo!() } }),
        quote!(impl Api { pub async fn get(ref self, key: u8) -> Answer<usize> { todo!() } }),
        quote!(impl Api { pub fn get(ref mut self: u8) -> Answer<usize> { todo!() } }),
    ] {
        for args in [quote!(), quote!(twin = BlockingApi)] {
            has_an_answer(&args, &item).unwrap_or_else(|error| panic!("{error}"));
        }
    }
}

#[test]
fn types_may_end_with_a_plus() {
    let item = quote! {
        pub trait Store {
            #[bridge(task)] fn watch(&self) -> Task<dyn Row +>;
            #[bridge(task)] fn follow(&self) -> dyn Row +;
            #[bridge(future)] fn load(&self) -> dyn Row +;
            async fn get(&self, key: &(dyn Row +), keys: impl IntoIterator<Item = u8> +) -> Box<dyn Row +>;
            fn rows(&self) -> Pin<Box<dyn Stream<Item = u8> + Send +>>;
        }
    };
    for args in [quote!(), quote!(error = wrap), quote!(error = panic), quote!(error = convert)] {
        has_an_answer(&args, &item).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn seeds_expand_to_the_same_each_time() {
    for Seed { args, item } in &*SEEDS {
        let expanded = || sync_bridge(args.parse().unwrap(), item.parse().unwrap()).to_string();
        assert_eq!(expanded(), expanded(), "#[sync_bridge({args})]\n{item}");
    }
}

#[test]
fn seeds_have_answers_with_one_method_more() {
    for (index, seed) in SEEDS.iter().enumerate() {
        let more = Mutation::Append(METHODS[index % METHODS.len()]);
        has_an_answer(&mutated(&seed.args, &[]), &mutated(&seed.item, &[more]))
            .unwrap_or_else(|error| panic!("{error}"));
    }
}

fn mutated(source: &str, mutations: &[Mutation]) -> TokenStream {
    mutations.iter().fold(source.parse().unwrap(), apply)
}

fn has_an_answer(args: &TokenStream, item: &TokenStream) -> TestCaseResult {
    let output = sync_bridge(args.clone(), item.clone());
    let failed =
        |what: &str| TestCaseError::fail(format!("{what}\n#[sync_bridge({args})]\n{item}\n\nexpands to\n{output}"));
    let Ok(parsed) = syn::parse2::<Item>(item.clone()) else {
        if let Err(parse::Rejected::Syntax) = parse::parse(item.clone()) {
            prop_assert_eq!(output.to_string(), item.to_string());
            return Ok(());
        }
        // What is wrong is in a body, which is kept as it is. The item has an answer all the same.
        let (faults, twins) = expected(args, item);
        let lacks_twin = faults == 0 && twins.iter().any(|twin| count_of(&output, twin) == 0);
        if lacks_twin || count_of(&output, "compile_error") < faults {
            return Err(failed("no answer because of a body:"));
        }
        return Ok(());
    };
    let file = syn::parse2::<syn::File>(output.clone()).map_err(|error| failed(&format!("no items ({error}):")))?;
    // In text, unlike in tokens, no group holds together what a `macro_rules!` has passed on.
    if !has_invisible_group(&output) {
        syn::parse_file(&output.to_string()).map_err(|error| failed(&format!("no text ({error}):")))?;
    }
    // What is written of a remote item is there as its twin only.
    let is_remote = !matches!(parsed, Item::Fn(_)) && args.to_string().contains("remote");
    let with_bodies = with_bodies(parsed);
    let without_ours = without_our_attributes(with_bodies.to_token_stream()).to_string();
    let kept = kept(with_bodies).to_token_stream().to_string();
    let place = file.items.iter().position(|found| found.to_token_stream().to_string() == kept);
    match place.map(|place| file.items[place].to_token_stream()) {
        Some(found) if without_our_attributes(found.clone()).to_string() != without_ours => {
            return Err(failed("more than our attributes is gone:"));
        }
        None if !is_remote => return Err(failed("the user's item is gone:")),
        _ => {}
    }
    let added = file.items.iter().enumerate().filter(|(index, _)| Some(*index) != place);
    let added: TokenStream = added.map(|(_, item)| item.to_token_stream()).collect();
    let (faults, twins) = expected(args, item);
    if count_of(&added, "compile_error") != faults {
        return Err(failed(&format!("not the {faults} faults there are:")));
    }
    if let Some(missing) = twins.iter().find(|twin| faults == 0 && count_of(&added, twin) == 0) {
        return Err(failed(&format!("no `{missing}`:")));
    }
    Ok(())
}

/// How many faults a block has, and the names of its twins.
fn expected(args: &TokenStream, item: &TokenStream) -> (usize, Vec<String>) {
    let mut errors = Errors::new();
    let options = BlockOptions::parse(args.clone(), &mut errors);
    let (mut twins, mut conditional) = (Vec::new(), 0);
    match parse::parse(item.clone()) {
        Ok(input) => {
            let model = Model::new(input, options, &mut errors);
            check(&model, &mut errors);
            let bridged = model.methods.iter().filter(|method| method.is_bridged());
            twins.extend(bridged.map(|method| method.twin_name(&model.suffix()).to_string()));
            conditional = count_of(&model.refused, "compile_error");
        }
        Err(parse::Rejected::Item(error)) => errors.push(error),
        Err(parse::Rejected::Syntax) => {}
    }
    let faults = errors.finish().map_or(0, |errors| count_of(&errors, "compile_error"));
    (faults + conditional, twins)
}

fn count_of(tokens: &TokenStream, name: &str) -> usize {
    let each = tokens.clone().into_iter().map(|token| match token {
        TokenTree::Group(group) => count_of(&group.stream(), name),
        TokenTree::Ident(ident) => usize::from(ident == name),
        _ => 0,
    });
    each.sum()
}

/// Without any `#[bridge…]`, wherever it stands.
fn without_our_attributes(tokens: TokenStream) -> TokenStream {
    let mut left: Vec<TokenTree> = Vec::new();
    for token in tokens {
        let TokenTree::Group(group) = token else {
            left.push(token);
            continue;
        };
        let is_attribute = matches!(left.last(), Some(TokenTree::Punct(hash)) if hash.as_char() == '#');
        let kept = if is_attribute && group.delimiter() == Delimiter::Bracket {
            without_ours(group.stream())
        } else {
            Some(without_our_attributes(group.stream()))
        };
        match kept {
            Some(kept) => left.push(Group::new(group.delimiter(), kept).into()),
            None => _ = left.pop(),
        }
    }
    left.into_iter().collect()
}

/// The attribute, if it is not ours alone; of `cfg_attr(…)` what is not.
fn without_ours(attribute: TokenStream) -> Option<TokenStream> {
    let tokens: Vec<_> = visible(attribute.clone()).into_iter().collect();
    match &tokens[..] {
        [TokenTree::Ident(name), ..] if name == "bridge" => None,
        [TokenTree::Ident(name), TokenTree::Group(list)] if name == "cfg_attr" => {
            let list: Vec<_> = visible(list.stream()).into_iter().collect();
            let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ',');
            let mut parts = list.split(is_comma).map(|part| part.iter().cloned().collect::<TokenStream>());
            let predicate = parts.next()?;
            let kept: Vec<_> = parts.filter(|part| !part.is_empty()).filter_map(without_ours).collect();
            (!kept.is_empty()).then(|| quote!(#name(#predicate, #(#kept),*)))
        }
        _ => Some(attribute),
    }
}

/// The same, without the groups that nobody sees. The names in them are names all the same.
fn visible(tokens: TokenStream) -> TokenStream {
    let each = tokens.into_iter().flat_map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => visible(group.stream()),
        other => other.into(),
    });
    each.collect()
}

/// A method without a body gets one, as there is a fault already.
fn with_bodies(mut item: Item) -> Item {
    if let Item::Impl(item) = &mut item {
        if item.trait_.is_none() {
            give_bodies(item);
        }
    }
    item
}

/// What is to be left of the user's item: all of it, or all but our own attributes.
fn kept(item: Item) -> Item {
    match (parse::parse(item.to_token_stream()), item) {
        (Ok(_), Item::Trait(mut item)) => {
            let _ = strip::strip_trait(&mut item);
            Item::Trait(item)
        }
        (Ok(_), Item::Impl(mut item)) => {
            let _ = strip::strip_impl(&mut item);
            Item::Impl(item)
        }
        (Ok(_), Item::Fn(mut item)) => {
            let _ = strip::strip_function(&mut item);
            Item::Fn(item)
        }
        (_, item) => item,
    }
}

fn has_invisible_group(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::None || has_invisible_group(&group.stream()),
        _ => false,
    })
}
