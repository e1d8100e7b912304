//! Reads out of one source file what it declares and what it imports. Items that exist in
//! tests alone (`#[cfg(test)]`) are left out: a test may look at its surroundings.

use super::lexer::{Kind, Token, tokens};

/// A path such as `crate::decide::State`, seen in the module `scope` of its file; `scope` is
/// empty outside of all `mod name { … }`.
#[derive(Clone, Debug, PartialEq)]
pub struct PathUse {
    pub scope: Vec<String>,
    pub segments: Vec<String>,
    pub line: usize,
    /// The name that a `use` makes known; `None` for a path within code, `*` for a glob.
    pub binds: Option<String>,
}

/// What a file holds.
#[derive(Debug, Default)]
pub struct Source {
    /// Modules with a file of their own: the scope of the declaration, then the name.
    pub file_modules: Vec<Vec<String>>,
    /// Modules with a body in this file, likewise.
    pub inline_modules: Vec<Vec<String>>,
    pub paths: Vec<PathUse>,
    /// Names of the items that are defined here, each after its scope.
    pub items: Vec<Vec<String>>,
}

const ITEM_KEYWORDS: [&str; 8] =
    ["struct", "enum", "union", "trait", "fn", "type", "const", "static"];

pub fn read(text: &str) -> Source {
    let tokens = tokens(text);
    if starts_with_test_attribute(&tokens, true) {
        return Source::default();
    }
    let mut reader =
        Reader { tokens, at: 0, depth: 0, scope: Vec::new(), source: Source::default() };
    while reader.at < reader.tokens.len() {
        reader.step();
    }
    reader.source
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
    /// Open braces.
    depth: usize,
    /// Inline modules that are open, each with the depth inside it.
    scope: Vec<(String, usize)>,
    source: Source,
}

impl Reader {
    fn step(&mut self) {
        if starts_with_test_attribute(&self.tokens[self.at..], false) {
            self.skip_item();
            return;
        }
        match &self.tokens[self.at].kind {
            Kind::Mark('{') => self.depth += 1,
            Kind::Mark('}') => self.close(),
            Kind::Word(word) => {
                let word = word.clone();
                return self.word(&word);
            }
            _ => {}
        }
        self.at += 1;
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        while self.scope.last().is_some_and(|(_, inside)| *inside > self.depth) {
            self.scope.pop();
        }
    }

    fn word(&mut self, word: &str) {
        match word {
            // `impl Trait + use<'a>` imports nothing.
            "use" if !self.is_mark(1, '<') => {
                self.at += 1;
                self.use_tree(&[]);
            }
            "mod" => self.module(),
            "pub" if self.is_mark(1, '(') => {
                // `pub(in crate::output)` says who may use the item; it imports nothing.
                while self.at < self.tokens.len() && !self.is_mark(0, ')') {
                    self.at += 1;
                }
            }
            _ => {
                let is_outside_of_code = self.depth == self.scope.last().map_or(0, |open| open.1);
                if is_outside_of_code && ITEM_KEYWORDS.contains(&word) {
                    if let Some(name) = self.word_at(1) {
                        let name = name.to_owned();
                        let path = self.in_scope(&name);
                        self.source.items.push(path);
                    }
                    self.at += 1;
                } else {
                    self.path_in_code();
                }
            }
        }
    }

    fn module(&mut self) {
        let Some(name) = self.word_at(1).map(str::to_owned) else {
            self.at += 1;
            return;
        };
        let path = self.in_scope(&name);
        if self.is_mark(2, '{') {
            self.source.inline_modules.push(path);
            self.depth += 1;
            self.scope.push((name, self.depth));
            self.at += 3;
        } else {
            self.source.file_modules.push(path);
            self.at += 2;
        }
    }

    /// One branch of a `use`, up to its `;`, `,` or `}`.
    fn use_tree(&mut self, before: &[String]) {
        let mut segments = before.to_vec();
        let line = self.tokens.get(self.at).map_or(0, |token| token.line);
        let mut binds = None;
        while let Some(token) = self.tokens.get(self.at) {
            match token.kind.clone() {
                Kind::PathSeparator => self.at += 1,
                Kind::Word(word) if word == "as" => {
                    binds = self.word_at(1).map(str::to_owned);
                    self.at += 2;
                }
                Kind::Word(word) => {
                    segments.push(word);
                    self.at += 1;
                }
                Kind::Mark('*') => {
                    binds = Some("*".to_owned());
                    self.at += 1;
                }
                Kind::Mark('{') => return self.use_branches(&segments),
                Kind::Mark(_) => break,
            }
        }
        // `use super::outer::{self}` imports `outer` itself.
        if segments.len() > 1 && segments.last().is_some_and(|last| last == "self") {
            segments.pop();
        }
        let binds = binds.or_else(|| segments.last().cloned());
        self.push_path(segments, line, binds);
    }

    fn use_branches(&mut self, segments: &[String]) {
        while self.at < self.tokens.len() && !self.is_mark(0, '}') {
            // The opening brace or a comma.
            self.at += 1;
            if !self.is_mark(0, '}') {
                self.use_tree(segments);
            }
        }
        self.at += 1;
    }

    fn path_in_code(&mut self) {
        let is_continued = self.at > 0 && self.tokens[self.at - 1].kind == Kind::PathSeparator;
        let line = self.tokens[self.at].line;
        let mut segments = Vec::new();
        while let Some(word) = self.word_at(0) {
            segments.push(word.to_owned());
            self.at += 1;
            if self.word_at(1).is_none() || !self.is_separator(0) {
                break;
            }
            self.at += 1;
        }
        if segments.len() > 1 && !is_continued {
            self.push_path(segments, line, None);
        }
    }

    fn push_path(&mut self, segments: Vec<String>, line: usize, binds: Option<String>) {
        if !segments.is_empty() {
            let scope = self.scope.iter().map(|(name, _)| name.clone()).collect();
            self.source.paths.push(PathUse { scope, segments, line, binds });
        }
    }

    /// Skips an item with its attributes: to the end of its body, or to its semicolon.
    fn skip_item(&mut self) {
        let mut nesting = 0_usize;
        let mut is_use = false;
        while let Some(token) = self.tokens.get(self.at) {
            self.at += 1;
            match &token.kind {
                Kind::Word(word) if word == "use" && nesting == 0 => is_use = true,
                Kind::Mark('(' | '[' | '{') => nesting += 1,
                Kind::Mark(')' | ']') => nesting = nesting.saturating_sub(1),
                Kind::Mark('}') => {
                    nesting = nesting.saturating_sub(1);
                    if nesting == 0 && !is_use {
                        return;
                    }
                }
                Kind::Mark(';') if nesting == 0 => return,
                _ => {}
            }
        }
    }

    fn in_scope(&self, name: &str) -> Vec<String> {
        self.scope.iter().map(|(name, _)| name.clone()).chain([name.to_owned()]).collect()
    }

    fn word_at(&self, ahead: usize) -> Option<&str> {
        match &self.tokens.get(self.at + ahead)?.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    fn is_mark(&self, ahead: usize, mark: char) -> bool {
        self.tokens.get(self.at + ahead).is_some_and(|token| token.kind == Kind::Mark(mark))
    }

    fn is_separator(&self, ahead: usize) -> bool {
        self.tokens.get(self.at + ahead).is_some_and(|token| token.kind == Kind::PathSeparator)
    }
}

/// Whether `#[cfg(test)]` or `#[cfg(all(test, …))]` comes next; `#![cfg(test)]` if it is to be
/// the attribute of the file.
fn starts_with_test_attribute(tokens: &[Token], is_of_file: bool) -> bool {
    if tokens.first().is_none_or(|token| token.kind != Kind::Mark('#')) {
        return false;
    }
    let text: String = tokens
        .iter()
        .take(9)
        .map(|token| match &token.kind {
            Kind::Word(word) => word.clone(),
            Kind::PathSeparator => "::".to_owned(),
            Kind::Mark(mark) => mark.to_string(),
        })
        .collect();
    let start = if is_of_file { "#![cfg(" } else { "#[cfg(" };
    text.strip_prefix(start)
        .is_some_and(|rest| rest.starts_with("test)") || rest.starts_with("all(test,"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        read(text).paths.iter().map(|path| path.segments.join("::")).collect()
    }

    #[test]
    fn a_use_is_taken_apart() {
        let text = "pub(crate) use crate::{a::{self, B}, c as d, e::*}; use f;";
        assert_eq!(paths(text), ["crate::a", "crate::a::B", "crate::c", "crate::e", "f"]);
        let binds: Vec<_> = read(text).paths.into_iter().filter_map(|path| path.binds).collect();
        assert_eq!(binds, ["a", "B", "d", "*", "f"]);
    }

    #[test]
    fn paths_in_code_count_and_visibilities_do_not() {
        let text = "pub(in crate::a) fn f() -> super::B { crate::c::d::<u8>(); x.e::<F>() }";
        assert_eq!(paths(text), ["super::B", "crate::c::d"]);
    }

    #[test]
    fn tests_are_left_out() {
        let text =
            "#[cfg(test)] use crate::{a}; #[cfg(test)] mod tests { use crate::b; } use c::D;";
        assert_eq!(paths(text), ["c::D"]);
        assert!(read("#![cfg(test)] use crate::a;").paths.is_empty());
        assert!(read("#[cfg(test)] mod tests;").file_modules.is_empty());
    }

    #[test]
    fn modules_and_items_have_their_scope() {
        let source = read("mod a; mod b { mod c; pub struct D { e: u8 } } const fn f() {}");
        assert_eq!(source.file_modules, [vec!["a"], vec!["b", "c"]]);
        assert_eq!(source.inline_modules, [vec!["b"]]);
        assert_eq!(source.items[0], ["b", "D"]);
        assert!(source.items.contains(&vec!["f".to_owned()]));
    }
}
