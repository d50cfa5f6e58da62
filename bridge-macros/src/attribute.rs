//! The entry: the user's item, and its twin or what is wrong with it. The item itself is always there, or for a mirror,
//! its twin.

use crate::check::rules::check;
use crate::errors::Errors;
use crate::expand::impl_twin::{expand_impl, stub_impl};
use crate::expand::inherent_twin::{expand_function, expand_inherent, stub_function, stub_inherent};
use crate::expand::trait_twin::{expand_trait, stub_trait};
use crate::expand::twin_type::{expand_type, stub_type};
use crate::expand::twin_type_impl::{expand_polled, expand_twin_impl, stub_twin_impl};
use crate::model::block::{Block, Model};
use crate::options::block_options::BlockOptions;
use crate::parse::{Rejected, parse};
use proc_macro2::TokenStream;

pub(crate) fn sync_bridge(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let options = BlockOptions::parse(args, &mut errors);
    let mut output = item.clone();
    let input = match parse(item) {
        Ok(input) => input,
        Err(Rejected::Syntax) => {
            let _ = errors.finish();
            return output;
        }
        Err(Rejected::Item(error)) => {
            errors.push(error);
            output.extend(errors.finish());
            return output;
        }
    };
    let model = Model::new(input, options, &mut errors);
    check(&model, &mut errors);
    let model = model.resolved();
    output = model.emitted_item();
    output.extend(model.refused.clone());
    match (errors.finish(), &model.block) {
        (None, Block::Trait(block)) => output.extend(expand_trait(&model, block)),
        (None, Block::Impl(block)) => output.extend(expand_impl(&model, block)),
        (None, Block::Inherent(block)) => output.extend(match &model.options.twin_types {
            Some(twins) => expand_twin_impl(&model, block, twins),
            None => expand_inherent(&model, block),
        }),
        (None, Block::Polled(block)) => output.extend(expand_polled(&model, block)),
        (Some(errors), Block::Polled(_)) => output.extend(errors),
        (None, Block::Type(block)) => output.extend(expand_type(&model, block)),
        (None, Block::Function) => output.extend(expand_function(&model)),
        // Whoever uses the twin finds it, so the faults stand alone.
        (Some(errors), Block::Trait(block)) => output.extend([errors, stub_trait(&model, block)]),
        (Some(errors), Block::Impl(block)) => output.extend([errors, stub_impl(&model, block)]),
        (Some(errors), Block::Inherent(block)) => output.extend(match &model.options.twin_types {
            Some(twins) => [errors, stub_twin_impl(&model, block, twins)],
            None => [errors, stub_inherent(&model, block)],
        }),
        (Some(errors), Block::Type(block)) => output.extend([errors, stub_type(&model, block)]),
        (Some(errors), Block::Function) => output.extend([errors, stub_function(&model)]),
    }
    output
}
