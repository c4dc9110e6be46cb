// SPDX-License-Identifier: Apache-2.0
//! Why a policy could not be read.

/// What is wrong with a policy, its text or its message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The text of a policy is not one.
    #[error("column {column}: {what}")]
    Text {
        /// The character it is about, from 1.
        column: usize,
        /// What is wrong there, and what could stand there instead.
        what: String,
    },
    /// Bytes that are not the message they should be.
    #[error("the {what} of the policy cannot be read: {why}")]
    Malformed {
        /// The part.
        what: &'static str,
        /// What protobuf says.
        why: String,
    },
    /// A number that means nothing here.
    #[error("{value} is no {what} that is known here")]
    Unknown {
        /// What it should be.
        what: &'static str,
        /// The number.
        value: i32,
    },
    /// A policy of the type that refers to an MSP, which Fabric does not evaluate either.
    #[error("a policy of type MSP cannot be evaluated: write a signature policy instead")]
    MspType,
    /// A rule asks for an identity that is not in the list.
    #[error("a rule asks for identity {index}, and the policy lists {count}")]
    NoSuchIdentity {
        /// Which, from 0.
        index: i32,
        /// How many there are.
        count: usize,
    },
    /// A rule that says nothing.
    #[error("a rule of the policy is empty")]
    EmptyRule,
    /// A combination of no principals.
    #[error("a combined principal combines nothing")]
    EmptyCombination,
    /// Fewer than none is asked for.
    #[error("a rule asks for {0} of its parts: it must be 0 or more")]
    Negative(i32),
    /// Rules in rules in rules.
    #[error("the policy is nested too deep")]
    TooDeep,
    /// More rules or principals than a policy has.
    #[error("the policy is larger than any that is meant: at most {0} are read")]
    TooLarge(&'static str),
}

impl PolicyError {
    pub(crate) fn unknown(what: &'static str, value: i32) -> Self {
        Self::Unknown { what, value }
    }
}
