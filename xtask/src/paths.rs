// SPDX-License-Identifier: Apache-2.0
//! Paths such as `std::fs::read` in masked code, with the groups of `use` written out.

/// Every path of two or more parts, and its line.
#[must_use]
pub fn paths(code: &str) -> Vec<(usize, String)> {
    let tokens = tokens(code);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let next = path(&tokens, at, "", &mut found);
        at = next.max(at + 1);
    }
    found.retain(|(_, path)| path.contains("::"));
    found
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Token<'a> {
    Word(&'a str),
    Join,
    Open,
    Close,
    Comma,
    Other,
}

fn tokens(code: &str) -> Vec<(usize, Token<'_>)> {
    let mut tokens = Vec::new();
    for (index, line) in code.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'));
            let (token, length) = match (first, word.unwrap_or(rest.len())) {
                (_, length @ 1..) => (Token::Word(&rest[..length]), length),
                (':', _) if rest.starts_with("::") => (Token::Join, 2),
                ('{', _) => (Token::Open, 1),
                ('}', _) => (Token::Close, 1),
                (',', _) => (Token::Comma, 1),
                (other, _) => (Token::Other, other.len_utf8()),
            };
            tokens.push((index + 1, token));
            rest = rest[length..].trim_start();
        }
    }
    tokens
}

/// Reads a path at `at` under `prefix`; gives where it ends.
fn path(
    tokens: &[(usize, Token<'_>)],
    mut at: usize,
    prefix: &str,
    found: &mut Vec<(usize, String)>,
) -> usize {
    let mut name = prefix.to_owned();
    let mut line = None;
    while let Some((here, Token::Word(word))) = tokens.get(at) {
        line.get_or_insert(*here);
        if *word != "self" {
            join(&mut name, word);
        }
        at += 1;
        if tokens.get(at).map(|t| t.1) != Some(Token::Join) {
            break;
        }
        at += 1;
    }
    let group = at > 0
        && tokens.get(at).map(|t| t.1) == Some(Token::Open)
        && tokens[at - 1].1 == Token::Join;
    if group {
        return members(tokens, at + 1, &name, found);
    }
    if let Some(line) = line {
        found.push((line, name));
    }
    at
}

/// Reads the members of a `{…}` group; gives where it ends.
fn members(
    tokens: &[(usize, Token<'_>)],
    mut at: usize,
    prefix: &str,
    found: &mut Vec<(usize, String)>,
) -> usize {
    while let Some((_, token)) = tokens.get(at) {
        match token {
            Token::Close => return at + 1,
            // `fs as files`: the new name is no path.
            Token::Word("as") => at += 2,
            Token::Word(_) => at = path(tokens, at, prefix, found),
            _ => at += 1,
        }
    }
    at
}

fn join(name: &mut String, word: &str) {
    if !name.is_empty() {
        name.push_str("::");
    }
    name.push_str(word);
}
