//! `timeout = …`: the time limit of a call, as the user states it.

use crate::errors::Errors;
use crate::faults;
use crate::options::duration::parse_duration;
use crate::options::option_list::value;
use crate::syntax::expression::without_parentheses;
use crate::syntax::tokens::mentions;
use quote::ToTokens;
use std::time::Duration;
use syn::parse::ParseStream;
use syn::{Expr, ExprLit, Ident, Lit};

pub(crate) enum Timeout {
    /// `"5s"`
    After(Duration),
    /// `None`, also where the block has a limit.
    Never,
    /// Each call evaluates the expression.
    Computed(Box<Expr>),
}

impl Timeout {
    /// The expression, if each call evaluates one.
    pub(crate) fn computed(&self) -> Option<&Expr> {
        match self {
            Self::Computed(expr) => Some(expr),
            Self::After(_) | Self::Never => None,
        }
    }

    /// Whether the expression needs a `self` to evaluate.
    pub(crate) fn uses_self(&self) -> bool {
        self.computed().is_some_and(|expr| mentions(expr.to_token_stream(), "self"))
    }

    pub(crate) fn parse(name: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Option<Self> {
        let expected = "timeout = \"5s\"`, or an expression such as `timeout = Duration::from_secs(5)";
        let expr: Expr = value(name, input, expected, errors)?;
        let reason = match without_parentheses(&expr) {
            Expr::Lit(ExprLit { lit: Lit::Str(literal), .. }) => match parse_duration(&literal.value()) {
                Ok(limit) => return Some(Self::After(limit)),
                Err(reason) => reason,
            },
            Expr::Lit(_) => "",
            Expr::Path(path) if path.path.is_ident("None") => return Some(Self::Never),
            _ => return Some(Self::Computed(Box::new(expr))),
        };
        errors.push(faults::bad_value("timeout", reason, expected).at(expr.to_token_stream()));
        None
    }
}
