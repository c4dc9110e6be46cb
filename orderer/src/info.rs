// SPDX-License-Identifier: Apache-2.0
//! How a channel stands on this node, in the words of Fabric's `osnadmin`.

/// A channel of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// Its name.
    pub name: String,
    /// Number of the next block.
    pub height: u64,
    /// Whether blocks come in.
    pub status: Status,
    /// Whether this node agrees on them.
    pub relation: Relation,
    /// What went wrong, for [`Status::Failed`].
    pub why: Option<String>,
}

/// Whether blocks come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// They are ordered here, or pulled as they come.
    Active,
    /// Those up to the one that was joined with are still to be pulled.
    Onboarding,
    /// A disk failed, or what is on it could not be read: open the channel again.
    Failed,
}

impl Status {
    /// As `osnadmin` prints it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Onboarding => "onboarding",
            Self::Failed => "failed",
        }
    }
}

/// Whether this node agrees on blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// It is listed as one who does.
    Consenter,
    /// It is not, and pulls blocks.
    Follower,
    /// Nobody knows: the channel could not be read.
    Other,
}

impl Relation {
    /// As `osnadmin` prints it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Consenter => "consenter",
            Self::Follower => "follower",
            Self::Other => "other",
        }
    }
}
