// SPDX-License-Identifier: Apache-2.0
//! The text form of signature policies, read.
//!
//! Not here: writing it (`Display` in `signature`).

use super::signature::{MAX_DEPTH, MAX_RULES, SignaturePolicy};
use crate::{MspRole, PolicyError, Principal};
use std::iter::Peekable;
use std::str::CharIndices;

/// Bytes of a text.
const MAX_TEXT: usize = 256 << 10;

/// Reads a whole text.
pub(super) fn parse(text: &str) -> Result<SignaturePolicy, PolicyError> {
    if text.len() > MAX_TEXT {
        return Err(PolicyError::TooLarge("256 KiB of text"));
    }
    let mut parser = Parser { text, rest: text.char_indices().peekable(), column: 1, rules: 0 };
    let policy = parser.rule(MAX_DEPTH)?;
    parser.skip_space();
    match parser.peek() {
        None => Ok(policy),
        Some(_) => Err(parser.fail("nothing more was expected")),
    }
}

struct Parser<'a> {
    text: &'a str,
    rest: Peekable<CharIndices<'a>>,
    /// The character that comes next, from 1.
    column: usize,
    rules: usize,
}

#[derive(Clone, Copy)]
enum Gate {
    And,
    Or,
    OutOf,
}

impl Gate {
    /// As Fabric names them: all small, all capitals, or as the third.
    fn named(word: &str) -> Option<Self> {
        match word {
            "AND" | "And" | "and" => Some(Self::And),
            "OR" | "Or" | "or" => Some(Self::Or),
            "OutOf" | "outof" | "OUTOF" => Some(Self::OutOf),
            _ => None,
        }
    }
}

impl<'a> Parser<'a> {
    fn rule(&mut self, depth: usize) -> Result<SignaturePolicy, PolicyError> {
        self.rules = self.rules.saturating_add(1);
        if self.rules > MAX_RULES {
            return Err(PolicyError::TooLarge("4096 rules"));
        }
        self.skip_space();
        match self.peek() {
            Some('\'' | '"') => self.principal(),
            Some(c) if c.is_ascii_alphabetic() => {
                let depth = depth.checked_sub(1).ok_or(PolicyError::TooDeep)?;
                self.gate(depth)
            }
            _ => Err(self.fail("expected AND(…), OR(…), OutOf(n, …) or 'MSPID.role'")),
        }
    }

    fn gate(&mut self, depth: usize) -> Result<SignaturePolicy, PolicyError> {
        let column = self.column;
        let word = self.take_while(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
        let Some(gate) = Gate::named(word) else {
            let word = word.escape_debug();
            let hint = "expected AND, OR or OutOf; a principal stands in quotes, 'MSPID.role'";
            return Err(fail(column, format!("`{word}` is no gate: {hint}")));
        };
        self.skip_space();
        self.expect('(')?;
        let wanted = match gate {
            Gate::OutOf => Some(self.number()?),
            Gate::And | Gate::Or => None,
        };
        let mut rules = Vec::new();
        if wanted.is_none() {
            rules.push(self.rule(depth)?);
        }
        self.skip_space();
        while self.peek() == Some(',') {
            self.next();
            rules.push(self.rule(depth)?);
            self.skip_space();
        }
        if self.peek() != Some(')') {
            return Err(self.fail("expected `,` or `)`"));
        }
        if rules.is_empty() {
            return Err(self.fail("expected `,` and what to choose from, as in OutOf(1, 'A.peer')"));
        }
        self.next();
        match (gate, wanted) {
            (Gate::Or, _) => Ok(SignaturePolicy::or(rules)),
            (_, None) => Ok(SignaturePolicy::and(rules)),
            (_, Some((column, n))) => out_of(column, n, rules),
        }
    }

    /// A number, which Fabric also takes in quotes.
    fn number(&mut self) -> Result<(usize, u32), PolicyError> {
        self.skip_space();
        let quote = self.peek().filter(|c| matches!(c, '\'' | '"'));
        if quote.is_some() {
            self.next();
        }
        let column = self.column;
        let digits = self.take_while(|c| c.is_ascii_digit());
        let n = digits.parse();
        let n = n.map_err(|_| fail(column, "expected a number, as in OutOf(2, …)".to_owned()))?;
        if let Some(quote) = quote {
            self.expect(quote)?;
        }
        Ok((column, n))
    }

    fn principal(&mut self) -> Result<SignaturePolicy, PolicyError> {
        let quote = self.next().unwrap_or_default();
        let column = self.column;
        let text = self.take_while(|c| c != quote && c != '\n');
        if self.peek() != Some(quote) {
            return Err(fail(column, format!("the principal does not end with {quote}")));
        }
        self.next();
        let Some((msp_id, role)) = text.rsplit_once('.') else {
            let hint = "expected 'MSPID.role', as in 'Org1MSP.member'";
            return Err(fail(column, hint.to_owned()));
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        if let Some(at) = msp_id.chars().position(|c| !is_name(c)) {
            let column = column.saturating_add(at);
            let what = "the name of an MSP in a policy is made of letters, digits, `.` and `-`";
            return Err(fail(column, what.to_owned()));
        }
        if msp_id.is_empty() {
            return Err(fail(column, "expected the name of an MSP in front of the dot".to_owned()));
        }
        let Some(role) = MspRole::named(role) else {
            let column = column.saturating_add(msp_id.chars().count()).saturating_add(1);
            let known = "expected member, admin, client, peer or orderer";
            return Err(fail(column, format!("`{}` is no role: {known}", role.escape_debug())));
        };
        Ok(SignaturePolicy::SignedBy(Principal::role(msp_id, role)))
    }

    fn peek(&mut self) -> Option<char> {
        self.rest.peek().map(|(_, c)| *c)
    }

    fn next(&mut self) -> Option<char> {
        let (_, c) = self.rest.next()?;
        self.column = self.column.saturating_add(1);
        Some(c)
    }

    fn skip_space(&mut self) {
        self.take_while(char::is_whitespace);
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let start = self.offset();
        while self.peek().is_some_and(&wanted) {
            self.next();
        }
        let end = self.offset();
        self.text.get(start..end).unwrap_or_default()
    }

    fn offset(&mut self) -> usize {
        self.rest.peek().map_or(self.text.len(), |(at, _)| *at)
    }

    fn expect(&mut self, wanted: char) -> Result<(), PolicyError> {
        if self.peek() == Some(wanted) {
            self.next();
            return Ok(());
        }
        Err(self.fail(&format!("expected `{wanted}`")))
    }

    fn fail(&mut self, what: &str) -> PolicyError {
        let found = match self.peek() {
            Some(c) => format!("found `{}`", c.escape_debug()),
            None => "the text ends".to_owned(),
        };
        fail(self.column, format!("{what}; {found}"))
    }
}

/// Fabric takes one more than there are rules, too; nobody could ever satisfy it.
fn out_of(
    column: usize,
    n: u32,
    rules: Vec<SignaturePolicy>,
) -> Result<SignaturePolicy, PolicyError> {
    if usize::try_from(n).is_ok_and(|n| n <= rules.len()) {
        return Ok(SignaturePolicy::OutOf(n, rules));
    }
    let count = rules.len();
    let what = format!("{n} of {count} can never hold: a number from 0 to {count} was expected");
    Err(fail(column, what))
}

fn fail(column: usize, what: String) -> PolicyError {
    PolicyError::Text { column, what }
}
