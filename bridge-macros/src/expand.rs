//! The entry: the user's item, and its twin or what is wrong with it. The item itself is always there.

use crate::check::check;
use crate::errors::Errors;
use crate::expand_impl::expand_impl;
use crate::expand_trait::{expand_trait, stub_trait};
use crate::model::{Block, Model};
use crate::options::BlockOptions;
use crate::parse::parse;
use proc_macro2::TokenStream;

pub(crate) fn sync_bridge(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let options = BlockOptions::parse(args, &mut errors);
    let mut output = item.clone();
    let Some(input) = errors.keep(parse(item)) else {
        output.extend(errors.finish());
        return output;
    };
    let model = Model::new(input, options, &mut errors);
    check(&model, &mut errors);
    output = model.original.clone();
    match (errors.finish(), &model.block) {
        (None, Block::Trait(block)) => output.extend(expand_trait(&model, block)),
        (None, Block::Impl(block)) => output.extend(expand_impl(&model, block)),
        // Names that come from a twin still resolve, so the faults stand alone. A missing impl is no matter of
        // names: it is not reported beside them.
        (Some(errors), Block::Trait(block)) => output.extend([errors, stub_trait(&model, block)]),
        (Some(errors), Block::Impl(_)) => output.extend(errors),
    }
    output
}
