//! Parameters under `#[cfg]`. A call cannot leave an argument to the compiler, so a method has a twin for each combination
//! of its conditions, under that combination.

use crate::options::conditional::presence;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, FnArg, Signature, parse_quote};

/// How many conditions there may be. Each doubles the number of twins.
pub(crate) const MOST: usize = 3;

/// A method with the parameters that it has under a condition.
pub(crate) struct Variant {
    pub(crate) condition: Attribute,
    pub(crate) sig: Signature,
}

/// A parameter whose condition cannot be followed.
pub(crate) enum Refused {
    Receiver(Attribute),
    Unreadable(Attribute),
    TooMany(Attribute),
}

// Input:
//     (&self, key: &str, #[cfg(unix)] mode: u32)
//
// Output:
//     #[cfg(all(unix))] (&self, key: &str, mode: u32)
//     #[cfg(all(not(unix)))] (&self, key: &str)
//
/// Each combination, or none if no parameter has a condition.
pub(crate) fn variants(sig: &Signature) -> Result<Vec<Variant>, Vec<Refused>> {
    let (mut conditions, mut of_inputs, mut refused) = (Vec::<TokenStream>::new(), Vec::new(), Vec::new());
    for input in &sig.inputs {
        let (attrs, is_receiver) = match input {
            FnArg::Receiver(receiver) => (&receiver.attrs, true),
            FnArg::Typed(argument) => (&argument.attrs, false),
        };
        let mut of_input = Vec::new();
        for attr in attrs {
            match presence(attr) {
                Ok(None) => {}
                Ok(Some(_)) if is_receiver => refused.push(Refused::Receiver(attr.clone())),
                Ok(Some(condition)) => {
                    let known = conditions.iter().position(|known| known.to_string() == condition.to_string());
                    if known.is_none() && conditions.len() == MOST {
                        refused.push(Refused::TooMany(attr.clone()));
                        continue;
                    }
                    of_input.push(known.unwrap_or(conditions.len()));
                    if known.is_none() {
                        conditions.push(condition);
                    }
                }
                Err(()) => refused.push(Refused::Unreadable(attr.clone())),
            }
        }
        of_inputs.push(of_input);
    }
    if !refused.is_empty() {
        return Err(refused);
    }
    if conditions.is_empty() {
        return Ok(Vec::new());
    }
    let holds = |combination: usize, condition: usize| combination & (1 << condition) != 0;
    let each = (0..1 << conditions.len()).map(|combination| {
        let predicates = conditions.iter().enumerate().map(|(index, condition)| {
            if holds(combination, index) { condition.to_token_stream() } else { quote!(not(#condition)) }
        });
        let inputs = sig.inputs.iter().zip(&of_inputs);
        let inputs = inputs.filter(|(_, conditions)| conditions.iter().all(|index| holds(combination, *index)));
        let inputs = inputs.map(|(input, _)| input.clone()).collect();
        Variant { condition: parse_quote!(#[cfg(all(#(#predicates),*))]), sig: Signature { inputs, ..sig.clone() } }
    });
    Ok(each.collect())
}
