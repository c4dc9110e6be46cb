// SPDX-License-Identifier: Apache-2.0
//! Options of `gmca p12`.

use super::{NewPassword, Out, Password};
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum P12 {
    /// Put a key and its certificates into one file
    #[command(
        after_help = "Example:\n  gmca p12 export --key peer0.key --cert peer0.crt --chain ca/ca.crt \
                            --new-password-file pw --out peer0.p12"
    )]
    Export(P12Export),
    /// Take a key and its certificates out of such a file
    #[command(
        after_help = "Example:\n  gmca p12 import peer0.p12 --password-file pw --key-out peer0.key \
                            --cert-out peer0.crt"
    )]
    Import(P12Import),
}

#[derive(Debug, Args)]
pub(crate) struct P12Export {
    /// The private key
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// Its certificate
    #[arg(long, value_name = "FILE")]
    pub(crate) cert: PathBuf,
    /// Further certificates, such as its issuers (may be repeated)
    #[arg(long, value_name = "FILE")]
    pub(crate) chain: Vec<PathBuf>,
    /// The name that people see
    #[arg(long)]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) out: Out,
    #[command(flatten)]
    pub(crate) password: Password,
    #[command(flatten)]
    pub(crate) new_password: NewPassword,
}

#[derive(Debug, Args)]
pub(crate) struct P12Import {
    /// The file
    pub(crate) file: PathBuf,
    /// Where the private key goes
    #[arg(long, value_name = "FILE")]
    pub(crate) key_out: PathBuf,
    /// Where the certificates go, the key's own first
    #[arg(long, value_name = "FILE")]
    pub(crate) cert_out: PathBuf,
    /// Replace files that exist
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) password: Password,
    #[command(flatten)]
    pub(crate) new_password: NewPassword,
}
