// SPDX-License-Identifier: Apache-2.0
//! What can be typed behind `gmnode ledger`.

use clap::{Args, Subcommand};
use std::path::PathBuf;
use terminal::Out;

#[derive(Debug, Subcommand)]
pub(crate) enum Ledger {
    /// Show how far a ledger goes, and what it begins with
    Info(LedgerInfo),
    /// Verify everything in a ledger: checksums, hashes, links and signatures
    Verify(LedgerVerify),
    /// Write a snapshot: what another node needs to begin at this height
    Export(LedgerExport),
    /// Begin a ledger from a snapshot
    Import(LedgerImport),
    /// Make state, history and ids anew from the blocks
    Rebuild(LedgerRebuild),
    /// Remove old blocks, behind a snapshot that stands for them
    Prune(LedgerPrune),
    /// Copy a ledger, or what is new since the last copy
    Backup(LedgerBackup),
    /// Write a proof that a transaction was ordered
    Prove(LedgerProve),
    /// Say whether such a proof holds
    CheckProof(LedgerCheckProof),
}

/// Show how far a ledger goes, and what it begins with.
///
/// No node may run in the folder. What a crash has left behind is put right first, as a node does it.
///
/// Example: gmnode ledger info data/ch1
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct LedgerInfo {
    /// The folder of a channel's ledger
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
}

/// Verify everything in a ledger: checksums, hashes, links and signatures, on all cores.
///
/// Nothing is repaired, and what is wrong is no reason to stop: every block is looked at. Signatures are
/// judged by the configurations in the ledger, each of which must follow from the one before; the first
/// one is believed because it is there, unless a config block is named that must be in the ledger, or in
/// force where it begins. Exit status 1 when something is wrong.
///
/// Example: gmnode ledger verify data/ch1 --trust ch1.block
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct LedgerVerify {
    /// The folder of a channel's ledger
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// A config block to trust, such as the genesis block
    #[arg(long, value_name = "BLOCK")]
    pub(crate) trust: Option<PathBuf>,
}

/// Write a snapshot: the state of the last block, the ids of all transactions, the configuration block.
///
/// Run again after an interruption, it goes on. Compare the state hash that it prints with that of
/// other members before you trust it: equal ledgers have equal ones.
///
/// Example: gmnode ledger export data/ch1 --out ch1.snapshot
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct LedgerExport {
    /// The folder of a channel's ledger
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// The folder for the snapshot
    #[arg(long, short, value_name = "SNAPSHOT")]
    pub(crate) out: PathBuf,
}

/// Begin a ledger from a snapshot. Every checksum and hash of it is compared.
///
/// Run again after an interruption, it goes on. The first blocks and their history stay where the
/// snapshot comes from.
///
/// Example: gmnode ledger import data/ch1 --from ch1.snapshot --state-hash 3f1c...
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct LedgerImport {
    /// The folder for the ledger; without one so far
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// The folder of the snapshot
    #[arg(long, value_name = "SNAPSHOT")]
    pub(crate) from: PathBuf,
    /// The state hash that the snapshot must have, 64 hexadecimal digits
    #[arg(long, value_name = "HEX")]
    pub(crate) state_hash: Option<String>,
}

/// Make state, history and ids anew from the blocks, comparing every commit hash.
///
/// Example: gmnode ledger rebuild data/ch1
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct LedgerRebuild {
    /// The folder of a channel's ledger
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
}

/// Remove old blocks. A snapshot of the state takes their place in the folder first.
///
/// The history of keys begins anew, too. Blocks go in whole files of 64 MiB, so that some more than
/// asked for may stay.
///
/// Example: gmnode ledger prune data/ch1 --keep 1000
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct LedgerPrune {
    /// The folder of a channel's ledger
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// How many of the last blocks to keep
    #[arg(long, value_name = "BLOCKS")]
    pub(crate) keep: u64,
}

/// Copy a ledger into another folder; into one with an earlier copy, only the blocks that are new.
///
/// The copy is a ledger: a node can start on it.
///
/// Example: gmnode ledger backup data/ch1 --to /backup/ch1
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct LedgerBackup {
    /// The folder of a channel's ledger
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// The folder for the copy
    #[arg(long, value_name = "COPY")]
    pub(crate) to: PathBuf,
}

/// Write a proof that a transaction was ordered. No node may run in the folder.
///
/// Where the orderers state a transaction tree (capability GMCA_TRANSACTION_TREE) the proof is the
/// transaction and a few hashes, else the transactions of the whole block.
///
/// Example: gmnode ledger prove data/ch1 8f1c... --out tx.proof
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct LedgerProve {
    /// The folder of the channel's ledger
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// The id of the transaction; or block and place in it from 0, such as 17:0, which a change of the
    /// configuration needs, as it has no id
    #[arg(value_name = "TXID|BLOCK:PLACE")]
    pub(crate) transaction: String,
    #[command(flatten)]
    pub(crate) out: Out,
}

/// Say whether a proof holds that a transaction was ordered, and what it proves.
///
/// Example: gmnode ledger check-proof tx.proof --trust ch1.block
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct LedgerCheckProof {
    /// The proof (`-`: standard input)
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The config block that the block of the transaction was made under: its orderers are believed
    #[arg(long, value_name = "BLOCK")]
    pub(crate) trust: PathBuf,
}
