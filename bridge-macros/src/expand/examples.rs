//! The documentation of an original without its examples. They are for async code, and the tests of a crate's documentation
//! would run them once more with each twin.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, ExprLit, Lit};

/// The value of one `#[doc = …]`.
pub(crate) enum Doc {
    /// What a macro such as `concat!` makes, which is not there yet.
    Made(TokenStream),
    Text {
        text: String,
        /// The attribute is under a `#[cfg_attr]`.
        is_conditional: bool,
    },
}

/// What the twin has of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kept {
    All,
    Lines(String),
    Nothing,
}

impl Doc {
    pub(crate) fn of(value: &Expr, is_conditional: bool) -> Self {
        match value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Self::Text { text: text.value(), is_conditional },
            Expr::Group(group) => Self::of(&group.expr, is_conditional),
            made => Self::Made(made.to_token_stream()),
        }
    }
}

// Input:
//     Fetches a page.
//
//     # Examples
//
//     ```
//     client.fetch("a").await?;
//     ```
//
// Output:
//     Fetches a page.
//
/// What the twin has of each part of a documentation: no Rust code, and no section of examples that had some.
pub(crate) fn without_examples(docs: &[Doc]) -> Vec<Kept> {
    let mut scan = Scan::new(docs);
    for (index, doc) in docs.iter().enumerate() {
        match doc {
            Doc::Text { text, is_conditional } => {
                for line in text.split('\n') {
                    scan.line(index, line, *is_conditional);
                }
            }
            Doc::Made(tokens) => scan.made(index, tokens),
        }
    }
    scan.drop_sections();
    scan.drop_introductions();
    scan.kept(docs)
}

struct Line {
    /// The index of its documentation.
    doc: usize,
    text: String,
    is_conditional: bool,
    is_kept: bool,
    what: What,
}

#[derive(Clone, Copy, PartialEq)]
enum What {
    Text,
    Blank,
    Heading(usize),
    /// Code, or its fence.
    Code,
    Made,
}

/// A block of code that has not ended.
struct Fence {
    of: char,
    length: usize,
    is_kept: bool,
}

struct Scan {
    /// What all lines begin with, of which rustdoc takes no notice.
    indent: usize,
    lines: Vec<Line>,
    fence: Option<Fence>,
    /// Where the text of each list begins that has not ended.
    lists: Vec<usize>,
}

impl Scan {
    fn new(docs: &[Doc]) -> Self {
        let lines = docs.iter().flat_map(|doc| match doc {
            Doc::Text { text, .. } => text.split('\n').collect(),
            Doc::Made(_) => Vec::new(),
        });
        let indent = lines.filter(|line| !line.trim().is_empty()).map(indent_of).min().unwrap_or_default();
        Self { indent, lines: Vec::new(), fence: None, lists: Vec::new() }
    }

    fn push(&mut self, doc: usize, text: &str, is_conditional: bool, is_kept: bool, what: What) {
        self.lines.push(Line { doc, text: text.to_owned(), is_conditional, is_kept, what });
    }

    fn line(&mut self, doc: usize, text: &str, is_conditional: bool) {
        let inner = without_markers(text);
        let opening = opening(inner);
        if self.fence.is_some() {
            let is_kept = self.line_of_code(opening, is_conditional);
            self.push(doc, text, is_conditional, is_kept, What::Code);
        } else if inner.is_empty() {
            self.push(doc, text, is_conditional, true, What::Blank);
        } else if self.is_indented_code(text) {
            self.push(doc, text, is_conditional, false, What::Code);
        } else if let Some((of, length, info)) = opening {
            let is_kept = !is_rust(info);
            self.fence = Some(Fence { of, length, is_kept });
            self.push(doc, text, is_conditional, is_kept, What::Code);
        } else {
            let level = inner.chars().take_while(|c| *c == '#').count();
            let is_heading = (1..=6).contains(&level) && inner[level..].starts_with([' ', '\t']);
            let what = if is_heading { What::Heading(level) } else { What::Text };
            self.push(doc, text, is_conditional, true, what);
        }
    }

    /// Whether the next line of a block with a fence is kept. The block ends with it, or begins in another way: under each
    /// of two conditions it may have another first line.
    fn line_of_code(&mut self, opening: Option<(char, usize, &str)>, is_conditional: bool) -> bool {
        let Some(fence) = &mut self.fence else { return true };
        let is_first_line = |line: &Line| {
            line.is_conditional && line.what == What::Code && self::opening(without_markers(&line.text)).is_some()
        };
        match opening {
            Some((.., info)) if is_conditional && self.lines.last().is_some_and(is_first_line) => {
                if is_rust(info) {
                    fence.is_kept = false;
                    for line in self.lines.iter_mut().rev().take_while(|line| is_first_line(line)) {
                        line.is_kept = false;
                    }
                }
                fence.is_kept
            }
            Some((of, length, "")) if of == fence.of && length >= fence.length => {
                let is_kept = fence.is_kept;
                self.fence = None;
                is_kept
            }
            _ => fence.is_kept,
        }
    }

    fn made(&mut self, doc: usize, tokens: &TokenStream) {
        let text = literals(tokens.clone());
        let is_in_code = self.fence.as_ref().is_some_and(|fence| !fence.is_kept);
        // What is in a file is not known.
        let is_kept = !is_in_code && !text.contains("```") && !text.contains("include_str");
        if text.matches("```").count() % 2 == 1 {
            self.fence = match self.fence {
                Some(_) => None,
                None => Some(Fence { of: '`', length: 3, is_kept: false }),
            };
        }
        self.push(doc, "", false, is_kept, What::Made);
    }

    /// Whether the line is in a block of code that has no fence.
    fn is_indented_code(&mut self, text: &str) -> bool {
        let indent = indent_of(text).saturating_sub(self.indent);
        let is_after_text = self.lines.last().is_some_and(|line| matches!(line.what, What::Text | What::Made));
        if !is_after_text {
            while self.lists.last().is_some_and(|list| indent < *list) {
                self.lists.pop();
            }
        }
        let base = self.lists.last().copied().unwrap_or_default();
        if indent >= base + 4 && !is_after_text {
            return true;
        }
        if let Some(marker) = list_marker(text.trim_start()) {
            self.lists.push(indent + marker);
        }
        false
    }

    /// A section whose heading says that it has examples, and that has lost some.
    fn drop_sections(&mut self) {
        for start in 0..self.lines.len() {
            let What::Heading(level) = self.lines[start].what else { continue };
            let title = without_markers(&self.lines[start].text).trim_start_matches('#').trim();
            if !title.to_lowercase().starts_with("example") {
                continue;
            }
            let ends = |line: &Line| matches!(line.what, What::Heading(other) if other <= level);
            let end =
                self.lines[start + 1..].iter().position(ends).map_or(self.lines.len(), |length| start + 1 + length);
            if self.lines[start..end].iter().any(|line| !line.is_kept && line.what == What::Code) {
                self.drop_lines(start, end);
            }
        }
    }

    /// A paragraph that only introduces code that is gone: it ends with a colon, and is not the first.
    fn drop_introductions(&mut self) {
        let is_blank = |line: &Line| line.what == What::Blank;
        let first = self.lines.iter().position(|line| !is_blank(line)).unwrap_or_default();
        for code in 1..self.lines.len() {
            if self.lines[code].is_kept || self.lines[code].what != What::Code {
                continue;
            }
            let Some(last) = self.lines[..code].iter().rposition(|line| !is_blank(line)) else { continue };
            if self.lines[last].what != What::Text || !self.lines[last].text.trim_end().ends_with(':') {
                continue;
            }
            let start =
                self.lines[..last].iter().rposition(|line| line.what != What::Text).map_or(0, |before| before + 1);
            if start > first {
                self.drop_lines(start, last + 1);
            }
        }
    }

    fn drop_lines(&mut self, start: usize, end: usize) {
        for line in &mut self.lines[start..end] {
            line.is_kept = false;
        }
    }

    fn kept(mut self, docs: &[Doc]) -> Vec<Kept> {
        if self.lines.iter().all(|line| line.is_kept) {
            return docs.iter().map(|_| Kept::All).collect();
        }
        // What follows is ours, after an empty line of ours.
        for line in self.lines.iter_mut().rev().take_while(|line| !line.is_kept || line.what == What::Blank) {
            line.is_kept = false;
        }
        let each = docs.iter().enumerate().map(|(index, doc)| {
            let lines = self.lines.iter().filter(|line| line.doc == index);
            let kept: Vec<_> = lines.clone().filter(|line| line.is_kept).map(|line| line.text.as_str()).collect();
            match doc {
                _ if kept.is_empty() => Kept::Nothing,
                Doc::Text { .. } if kept.len() < lines.count() => Kept::Lines(kept.join("\n")),
                Doc::Text { .. } | Doc::Made(_) => Kept::All,
            }
        });
        each.collect()
    }
}

fn indent_of(line: &str) -> usize {
    let spaces = line.chars().take_while(|c| c.is_whitespace());
    spaces.map(|space| if space == '\t' { 4 } else { 1 }).sum()
}

/// Without the spaces and the marks of quotations and lists that the line begins with.
fn without_markers(line: &str) -> &str {
    let mut rest = line.trim();
    loop {
        let next = match list_marker(rest) {
            Some(marker) => rest.get(marker..).unwrap_or_default().trim_start(),
            None => rest.strip_prefix('>').unwrap_or(rest).trim_start(),
        };
        if next == rest {
            return rest;
        }
        rest = next;
    }
}

/// How long the mark of a list is that `text` begins with, up to the text of its item.
fn list_marker(text: &str) -> Option<usize> {
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let mark = match text[digits..].chars().next() {
        Some('-' | '*' | '+') if digits == 0 => 1,
        Some('.' | ')') if (1..=9).contains(&digits) => digits + 1,
        _ => return None,
    };
    let spaces = text[mark..].chars().take_while(|c| *c == ' ').count();
    match spaces {
        0 => None,
        // More are the indent of code within the item.
        1..=4 => Some(mark + spaces),
        _ => Some(mark + 1),
    }
}

/// The character of a fence, how many there are, and what follows.
fn opening(line: &str) -> Option<(char, usize, &str)> {
    let of = line.chars().next().filter(|first| matches!(first, '`' | '~'))?;
    let length = line.chars().take_while(|c| *c == of).count();
    let info = line[length..].trim();
    (length >= 3 && !(of == '`' && info.contains('`'))).then_some((of, length, info))
}

/// Whether rustdoc takes code with this mark for Rust.
fn is_rust(info: &str) -> bool {
    let mut is_other = false;
    for word in info.split([',', ' ', '\t']).filter(|word| !word.is_empty()) {
        match word {
            "rust" => return true,
            "should_panic" | "no_run" | "ignore" | "test_harness" | "compile_fail" | "standalone"
            | "standalone_crate" => {}
            word if word.starts_with("ignore-") || word.starts_with("edition") || word.starts_with(['{', '.']) => {}
            word if word.starts_with('E') && word[1..].chars().all(|c| c.is_ascii_digit()) => {}
            _ => is_other = true,
        }
    }
    !is_other
}

/// The names and the texts among `tokens`.
fn literals(tokens: TokenStream) -> String {
    let each = tokens.into_iter().map(|token| match token {
        TokenTree::Group(group) => literals(group.stream()),
        TokenTree::Punct(_) => String::new(),
        other => other.to_string() + " ",
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::{Doc, Kept, without_examples};
    use syn::parse_str;

    /// What is left of lines that each have an attribute of their own.
    fn left(lines: &str) -> String {
        let docs = docs(lines);
        let kept = without_examples(&docs);
        let each = docs.iter().zip(kept).filter_map(|(doc, kept)| match (doc, kept) {
            (Doc::Text { text, .. }, Kept::All) => Some(text.clone()),
            (_, Kept::Lines(text)) => Some(text),
            (Doc::Made(tokens), Kept::All) => Some(tokens.to_string()),
            (_, Kept::Nothing) => None,
        });
        each.collect::<Vec<_>>().join("\n")
    }

    /// A line that begins with `?` is conditional, and one with `!` is made by a macro.
    fn docs(lines: &str) -> Vec<Doc> {
        let each = lines.lines().map(|line| match line.trim_start() {
            line if line.starts_with('!') => Doc::Made(parse_str(&line[1..]).unwrap()),
            line if line.starts_with('?') => Doc::Text { text: line[1..].to_owned(), is_conditional: true },
            _ => Doc::Text { text: line.to_owned(), is_conditional: false },
        });
        each.collect()
    }

    #[test]
    fn documentation_without_code_is_unchanged() {
        for text in ["", " One line.", " Text.\n\n # Errors\n\n - one:\n   more\n\n   and more\n\n # Example\n\n None."]
        {
            assert_eq!(left(text), text);
        }
        let whole = [Doc::Text { text: "a\n\nb\n".to_owned(), is_conditional: false }];
        assert_eq!(without_examples(&whole), [Kept::All]);
    }

    #[test]
    fn code_in_rust_is_left_out() {
        for info in
            ["", "rust", "no_run", "rust,ignore", "should_panic, edition2021", "compile_fail,E0277", "ignore-wasm"]
        {
            assert_eq!(left(&format!(" a\n\n ```{info}\n x.await\n\n # y\n ```\n\n b")), " a\n\n\n b", "{info}");
        }
        for info in ["text", "toml", "sh", "console", "rust-ish", "Errors"] {
            let text = format!(" a\n\n ```{info}\n x.await\n ```\n\n b");
            assert_eq!(left(&text), text);
        }
        assert_eq!(left(" a\n ~~~~\n ```\n ~~~\n ~~~~\n b"), " a\n b");
        assert_eq!(left(" a\n > ```\n > x\n > ```\n b"), " a\n b");
        assert_eq!(left(" - a\n   ```\n   x\n   ```\n - b"), " - a\n - b");
        // No end: rustdoc takes the rest for code.
        assert_eq!(left(" a\n ```\n b"), " a");
    }

    #[test]
    fn indented_code_is_left_out() {
        assert_eq!(left(" a\n\n     x.await\n\n     y\n\n b"), " a\n\n\n\n b");
        assert_eq!(left(" - a\n\n   more of a\n\n       x.await\n\n b"), " - a\n\n   more of a\n\n\n b");
        // A line of a paragraph, however far to the right.
        assert_eq!(left(" a\n      b"), " a\n      b");
        assert_eq!(left(" 1. a\n\n    b\n 2. c"), " 1. a\n\n    b\n 2. c");
    }

    #[test]
    fn sections_of_examples_go_with_their_code() {
        let text = " a\n\n # Examples\n\n Like this.\n\n ```\n x\n ```\n\n ## Another\n\n more\n\n # Errors\n\n b";
        assert_eq!(left(text), " a\n\n # Errors\n\n b");
        assert_eq!(left(" a\n\n # Example\n ```\n x\n ```\n"), " a");
        assert_eq!(left(" a\n\n # Errors\n\n ```\n x\n ```\n\n b"), " a\n\n # Errors\n\n\n b");
    }

    #[test]
    fn introductions_go_with_their_code() {
        assert_eq!(left(" a\n\n Use it\n so:\n\n ```\n x\n ```\n\n b"), " a\n\n\n\n b");
        assert_eq!(left(" a:\n ```\n x\n ```\n\n b"), " a:\n\n b");
    }

    #[test]
    fn code_under_conditions_is_left_out() {
        let text = " a\n?```\n?```ignore\n x\n ```\n b";
        assert_eq!(left(text), " a\n b");
        assert_eq!(left(&text.replace("?```\n?```ignore", "?```ignore\n?```")), " a\n b");
        assert_eq!(left(&text.replace("?```\n", "?```text\n")), " a\n b");
        assert_eq!(left(&text.replace("?```\n", "?b\n?```text\n")), " a\nb\n b");
        assert_eq!(left(" a\n?b\n c"), " a\nb\n c");
    }

    #[test]
    fn what_macros_make_is_kept_unless_it_may_be_code() {
        assert_eq!(left("!concat!(\"a\", stringify!(b))\n c"), "concat ! (\"a\" , stringify ! (b))\n c");
        assert_eq!(left(" a\n ```\n!concat!(\"x\")\n ```\n b"), " a\n b");
        assert_eq!(left(" a\n!concat!(\"```\", \"\")\n x\n!concat!(\"```\")\n b"), " a\n b");
        assert_eq!(left(" a\n!include_str!(\"a.md\")\n b"), " a\n b");
    }

    #[test]
    fn one_attribute_loses_lines() {
        let whole = [Doc::Text { text: "\n a\n\n ```\n x\n ```\n b\n ".to_owned(), is_conditional: false }];
        assert_eq!(without_examples(&whole), [Kept::Lines("\n a\n\n b".to_owned())]);
    }
}
