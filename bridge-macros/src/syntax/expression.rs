//! Expressions that the user writes as the values of options.

use syn::Expr;

/// A fragment of a `macro_rules!` stands in parentheses that nobody sees.
pub(crate) fn without_parentheses(expr: &Expr) -> &Expr {
    match expr {
        Expr::Group(inner) if inner.attrs.is_empty() => without_parentheses(&inner.expr),
        Expr::Paren(inner) if inner.attrs.is_empty() => without_parentheses(&inner.expr),
        _ => expr,
    }
}
