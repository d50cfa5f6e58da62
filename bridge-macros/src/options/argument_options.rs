//! What the user writes in `#[bridge(…)]` on an argument.

use crate::errors::Errors;
use crate::faults;
use crate::options::item_options::bridge_attrs;
use crate::options::option_list::{check_given_once, check_no_value, each_option};
use syn::{Attribute, Ident};

const ARGUMENT_OPTIONS: &str = "`iter`, `read` and `write`, on an argument";

#[derive(Clone, Copy)]
pub(crate) enum ArgumentOption {
    Iter,
    Read,
    Write,
}

/// Reads the `#[bridge(…)]` among the attributes of an argument.
pub(crate) fn parse_argument(attrs: &[Attribute], errors: &mut Errors) -> Option<(Ident, ArgumentOption)> {
    let mut found: Option<(Ident, ArgumentOption)> = None;
    let mut given = Vec::new();
    for tokens in bridge_attrs(attrs, "#[bridge(iter)]", errors) {
        each_option(tokens, errors, |name, input, errors| {
            let option = match name.to_string().as_str() {
                "iter" => ArgumentOption::Iter,
                "read" => ArgumentOption::Read,
                "write" => ArgumentOption::Write,
                other => {
                    errors.push(faults::unknown_option(other, ARGUMENT_OPTIONS).at(&name));
                    return;
                }
            };
            check_no_value(&name, input, errors);
            match &found {
                Some((other, _)) if *other != name => {
                    let why = "a twin takes one type in place of the argument";
                    errors.push(faults::conflicting_options(&other.to_string(), &name.to_string(), why).at(&name));
                }
                _ => {
                    check_given_once(&name, &mut given, errors);
                    found = Some((name, option));
                }
            }
        });
    }
    found
}
