// SPDX-License-Identifier: Apache-2.0
//! What can be wrong with bytes or JSON, and where in the tree.

use std::fmt;

/// Why bytes were not printed, or JSON was not encoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No `.proto` file here has such a message; names are `package.Message`.
    #[error("no message is called {0:?}; write package and name, such as common.Block")]
    UnknownMessage(String),
    /// Bytes are not the message they should be.
    #[error("not a {message}: {why}")]
    Bytes {
        /// Its full name.
        message: String,
        /// The decoder's words.
        why: String,
    },
    /// A value does not fit the field it is for.
    #[error("{at}: {why}")]
    Json {
        /// Where, such as `data.data[0].payload.header`.
        at: String,
        /// What is wanted there.
        why: String,
    },
    /// More values than are printed.
    #[error("too many values to print, over {} million", super::MAX_VALUES / 1_000_000)]
    TooLarge,
}

impl Error {
    pub(super) fn json(at: &At<'_>, why: impl Into<String>) -> Self {
        Self::Json { at: at.to_string(), why: why.into() }
    }
}

/// A place in a tree of values, as a list of steps that leads back to the root.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    step: Step<'a>,
    parent: Option<&'a At<'a>>,
    depth: usize,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Field(&'a str),
    Index(usize),
}

impl At<'_> {
    pub(super) const ROOT: At<'static> = At { step: Step::Root, parent: None, depth: 0 };

    pub(super) fn field<'b>(&'b self, name: &'b str) -> At<'b> {
        self.down(Step::Field(name))
    }

    pub(super) fn index(&self, index: usize) -> At<'_> {
        self.down(Step::Index(index))
    }

    /// How many steps from the root.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    fn down<'b>(&'b self, step: Step<'b>) -> At<'b> {
        At { step, parent: Some(self), depth: self.depth.saturating_add(1) }
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut steps = Vec::with_capacity(self.depth);
        let mut at = Some(self);
        while let Some(here) = at {
            steps.push(here.step);
            at = here.parent;
        }
        let mut first = true;
        for step in steps.iter().rev() {
            match step {
                Step::Root => continue,
                // A name may be foreign, and makes no lines of its own.
                Step::Field(name) if first => write!(f, "{}", name.escape_debug())?,
                Step::Field(name) => write!(f, ".{}", name.escape_debug())?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
            first = false;
        }
        if first { f.write_str("the message") } else { Ok(()) }
    }
}
