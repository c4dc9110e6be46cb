// SPDX-License-Identifier: Apache-2.0
//! Yes or no to a policy, and what a no lacked.

use crate::Principal;
use crate::manager::Signers;
use std::fmt;

/// Whether a policy is satisfied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is.
    Satisfied,
    /// It is not, and this is missing.
    Unsatisfied(Shortfall),
}

impl Decision {
    /// Whether it is.
    #[must_use]
    pub fn is_satisfied(&self) -> bool {
        matches!(self, Self::Satisfied)
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Satisfied => f.write_str("satisfied"),
            Self::Unsatisfied(shortfall) => shortfall.fmt(f),
        }
    }
}

/// What a policy lacked, from the whole to its parts. Printing it gives one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortfall {
    /// What did not hold.
    pub what: String,
    /// Which parts of it did not.
    pub parts: Vec<Shortfall>,
    /// The principal that nobody who signed is, where that is all.
    pub principal: Option<String>,
    /// Signatures that did not count at all, and why not; only at the top.
    pub dropped: Vec<String>,
}

impl Shortfall {
    pub(super) fn new(what: String, parts: Vec<Self>) -> Self {
        Self { what, parts, principal: None, dropped: Vec::new() }
    }

    pub(super) fn nobody(principal: &Principal, parts: Vec<Self>) -> Self {
        let what = format!("nobody left who signed is {principal}");
        Self { principal: Some(principal.to_string()), ..Self::new(what, parts) }
    }

    pub(super) fn leaf(what: String) -> Self {
        Self::new(what, Vec::new())
    }

    pub(super) fn with_dropped(mut self, signers: &Signers) -> Self {
        self.dropped = signers.dropped().iter().map(ToString::to_string).collect();
        self
    }

    /// One line for each part, parts indented by two blanks below the whole.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        self.collect(0, &mut lines);
        lines.extend(self.dropped.iter().map(|why| format!("not counted: {why}")));
        lines
    }

    /// The principals that would have had to sign, each once, in the order of the rules.
    #[must_use]
    pub fn missing(&self) -> Vec<&str> {
        let mut missing: Vec<&str> = self.principal.as_deref().into_iter().collect();
        for principal in self.parts.iter().flat_map(Self::missing) {
            if !missing.contains(&principal) {
                missing.push(principal);
            }
        }
        missing
    }

    fn collect(&self, depth: usize, lines: &mut Vec<String>) {
        lines.push(format!("{}{}", "  ".repeat(depth), self.what));
        for part in &self.parts {
            part.collect(depth.saturating_add(1), lines);
        }
    }
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        for (at, part) in self.parts.iter().enumerate() {
            write!(f, "{}{part}", if at == 0 { " (" } else { "; " })?;
        }
        if !self.parts.is_empty() {
            f.write_str(")")?;
        }
        for why in &self.dropped {
            write!(f, "; not counted: {why}")?;
        }
        Ok(())
    }
}
