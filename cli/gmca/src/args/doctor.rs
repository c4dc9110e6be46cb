// SPDX-License-Identifier: Apache-2.0
//! Options of `gmca doctor`.

use super::Password;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Keys, certificates, signatures, ciphertexts, messages, requests, chains: what belongs together
    #[arg(required_unless_present_any = ["message", "signature", "ciphertext", "key"])]
    pub(crate) files: Vec<PathBuf>,
    /// A file that is the message, whatever it looks like (may be repeated, as the next three)
    #[arg(long, value_name = "FILE")]
    pub(crate) message: Vec<PathBuf>,
    /// A file that is a signature
    #[arg(long, value_name = "FILE")]
    pub(crate) signature: Vec<PathBuf>,
    /// A file that is a ciphertext
    #[arg(long, value_name = "FILE")]
    pub(crate) ciphertext: Vec<PathBuf>,
    /// A file that is a private or public key, such as a bare number or point
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Vec<PathBuf>,
    /// An SM2 signer ID that is expected (may be repeated; default: 1234567812345678)
    #[arg(long)]
    pub(crate) id: Vec<String>,
    #[command(flatten)]
    pub(crate) password: Password,
}
