//! Cuts Rust source text into the tokens that matter for imports. Comments, strings,
//! characters and lifetimes are left out, so that a path in a comment is never an import.

/// A token and the line it is on, counted from 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    pub kind: Kind,
    pub line: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// An identifier, a keyword or a number.
    Word(String),
    /// `::`
    PathSeparator,
    /// Any other character that is not white space.
    Mark(char),
}

pub fn tokens(source: &str) -> Vec<Token> {
    let mut lexer = Lexer { rest: source, line: 1, tokens: Vec::new() };
    while lexer.step() {}
    lexer.tokens
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    /// Consumes one token or one piece of text without meaning; false at the end of the text.
    fn step(&mut self) -> bool {
        let Some(first) = self.rest.chars().next() else {
            return false;
        };
        if self.rest.starts_with("//") {
            self.skip(self.rest.find('\n').unwrap_or(self.rest.len()));
        } else if self.rest.starts_with("/*") {
            self.skip(block_comment_length(self.rest));
        } else if let Some(length) = string_length(self.rest) {
            self.skip(length);
        } else if first == '\'' {
            self.skip(character_or_lifetime_length(self.rest));
        } else if self.rest.starts_with("::") {
            self.push(Kind::PathSeparator, 2);
        } else if is_word(first) {
            self.word();
        } else {
            if !first.is_whitespace() {
                self.tokens.push(Token { kind: Kind::Mark(first), line: self.line });
            }
            self.skip(first.len_utf8());
        }
        true
    }

    fn word(&mut self) {
        // A raw identifier such as `r#type`.
        if self.rest.starts_with("r#") {
            self.skip(2);
        }
        let length = self.rest.find(|c| !is_word(c)).unwrap_or(self.rest.len());
        self.push(Kind::Word(self.rest[..length].to_owned()), length);
    }

    fn push(&mut self, kind: Kind, length: usize) {
        self.tokens.push(Token { kind, line: self.line });
        self.skip(length);
    }

    fn skip(&mut self, length: usize) {
        let (skipped, rest) = self.rest.split_at(length);
        self.line += skipped.matches('\n').count();
        self.rest = rest;
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Block comments nest.
fn block_comment_length(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The length of the string literal that the text begins with, if it begins with one: plain,
/// of bytes (`b""`), of C (`c""`), or raw (`r#""#`).
fn string_length(text: &str) -> Option<usize> {
    let after_prefix = text.strip_prefix(['b', 'c']).unwrap_or(text);
    if let Some(after_r) = after_prefix.strip_prefix('r') {
        let hashes = after_r.len() - after_r.trim_start_matches('#').len();
        if after_r[hashes..].starts_with('"') {
            let start = text.len() - after_r.len() + hashes + 1;
            let end = format!("\"{}", "#".repeat(hashes));
            let length = text[start..].find(&end).map(|at| start + at + end.len());
            return Some(length.unwrap_or(text.len()));
        }
    }
    let start = text.len() - after_prefix.strip_prefix('"')?.len();
    Some(end_of_quoted(text, start, '"'))
}

/// Just after the closing quote; `start` is just after the opening one.
fn end_of_quoted(text: &str, start: usize, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in text[start..].char_indices() {
        if is_escaped {
            is_escaped = false;
        } else if c == '\\' {
            is_escaped = true;
        } else if c == quote {
            return start + at + 1;
        }
    }
    text.len()
}

/// `'a'` and `'\n'` are characters, `'a` is a lifetime or a label.
fn character_or_lifetime_length(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    let second = chars.next().map(|(_, c)| c);
    let third = chars.next();
    if second == Some('\\') || third.is_some_and(|(_, c)| c == '\'') {
        return end_of_quoted(text, 1, '\'');
    }
    text[1..].find(|c| !is_word(c)).map_or(text.len(), |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str) -> Vec<String> {
        let word = |token: Token| match token.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        };
        tokens(source).into_iter().filter_map(word).collect()
    }

    #[test]
    fn text_without_meaning_is_left_out() {
        let source = r####"
            a // b
            /* c /* d */ e */ f "g \" h" r#"i " j"# b"k" 'l' '\'' 'm n r#o br"p" "####;
        assert_eq!(words(source), ["a", "f", "n", "o"]);
    }

    #[test]
    fn tokens_know_their_line() {
        let lines: Vec<usize> = tokens("a\n\"x\ny\"\nb").iter().map(|token| token.line).collect();
        assert_eq!(lines, [1, 4]);
    }
}
