// SPDX-License-Identifier: Apache-2.0
//! What can be wrong with a configuration or a change of it, by who must act.

use crate::{BLOCK_VALIDATION, Element};

/// Why a configuration was not read, or a change not accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Bytes are not what they claim to be.
    #[error("{what} cannot be read: {why}")]
    Malformed {
        /// The message that was expected.
        what: String,
        /// The first rule it breaks.
        why: String,
    },
    /// An element of the tree says something that no channel may say.
    #[error("{element}: {why}")]
    Element {
        /// The element.
        element: Element,
        /// What is wrong, and what to write instead.
        why: String,
    },
    /// A group asks for something this program does not have: going on would part the ledgers.
    #[error(
        "{element}: capability `{name}` is not known here; use a newer version of this program"
    )]
    Capability {
        /// The group's `Capabilities`.
        element: Element,
        /// The unknown one.
        name: String,
    },
    /// The name of a channel.
    #[error(
        "`{}` is no channel name: lower-case letters, digits, `.` and `-`, a letter first, at most 249",
        .0.escape_debug()
    )]
    ChannelId(String),
    /// A change that would change nothing.
    #[error("the update would change nothing")]
    NoChange,
    /// A change that the rules or the policies of the channel do not admit.
    #[error("the update is refused: {element}: {why}")]
    Update {
        /// The element that stopped it.
        element: Element,
        /// Why.
        why: String,
    },
    /// A change for another channel.
    #[error("the update is for channel `{}`, this is `{wanted}`", .found.escape_debug())]
    OtherChannel {
        /// The channel of the update.
        found: String,
        /// The channel at hand.
        wanted: String,
    },
    /// A block that too few orderers have signed.
    #[error("its signatures do not satisfy {BLOCK_VALIDATION}: {0}")]
    Unsigned(String),
    /// A block that is not the next one of this channel.
    #[error("{0}")]
    NotNext(String),
    /// A proof that shows nothing in this channel.
    #[error("the proof does not hold: {0}")]
    Proof(String),
    /// A proof that may hold, under a configuration that is not at hand: nothing is known.
    #[error("block {block} was made under {wanted}: give that one to trust")]
    OtherConfiguration {
        /// The block of the proof.
        block: u64,
        /// The configuration.
        wanted: String,
    },
    /// An edit that makes no sense here.
    #[error("{0}")]
    Edit(String),
    /// An envelope or block.
    #[error(transparent)]
    Block(#[from] block::Error),
    /// A membership service provider.
    #[error(transparent)]
    Msp(#[from] msp::Error),
    /// A provider did not do its part: nothing is known.
    #[error(transparent)]
    Crypto(#[from] bccsp::Error),
}

impl Error {
    pub(crate) fn element(element: Element, why: impl Into<String>) -> Self {
        Self::Element { element, why: why.into() }
    }

    pub(crate) fn update(element: &Element, why: impl Into<String>) -> Self {
        Self::Update { element: element.clone(), why: why.into() }
    }

    pub(crate) fn malformed(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Malformed { what: what.into(), why: why.into() }
    }
}
