// SPDX-License-Identifier: Apache-2.0
//! Options of the commands that hash, sign, check, encrypt and decrypt files.

use super::{Out, Password};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Hash {
    /// Files (`-`, or none: standard input)
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SignatureForm {
    /// SEQUENCE of two INTEGERs
    Der,
    /// r and s, 64 bytes
    Raw,
    /// r, s and the public key, 128 bytes (FISCO BCOS)
    RawPublic,
}

#[derive(Debug, Args)]
pub(crate) struct Sign {
    /// The private key
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// The file to sign (`-`: standard input)
    pub(crate) file: PathBuf,
    /// The form of the signature
    #[arg(long, value_enum, default_value = "der")]
    pub(crate) form: SignatureForm,
    /// The SM2 signer ID, where it is not 1234567812345678
    #[arg(long)]
    pub(crate) id: Option<String>,
    #[command(flatten)]
    pub(crate) out: Out,
    #[command(flatten)]
    pub(crate) password: Password,
}

#[derive(Debug, Args)]
pub(crate) struct CheckSig {
    /// The certificate of the signer
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "public_key",
        conflicts_with = "public_key"
    )]
    pub(crate) cert: Option<PathBuf>,
    /// The public key of the signer
    #[arg(long, value_name = "FILE")]
    pub(crate) public_key: Option<PathBuf>,
    /// The signature
    #[arg(long, value_name = "FILE")]
    pub(crate) signature: PathBuf,
    /// The form of the signature
    #[arg(long, value_enum, default_value = "der")]
    pub(crate) form: SignatureForm,
    /// The SM2 signer ID, where it is not 1234567812345678
    #[arg(long)]
    pub(crate) id: Option<String>,
    /// The file that was signed (`-`: standard input)
    pub(crate) file: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RawForm {
    /// SEQUENCE of the standard (P-256: HPKE)
    Der,
    /// C1, C3, C2 (since 2012)
    C1c3c2,
    /// C1, C2, C3 (before)
    C1c2c3,
}

#[derive(Debug, Args)]
pub(crate) struct Encrypt {
    /// The certificate or public key of the receiver
    #[arg(long, value_name = "FILE")]
    pub(crate) to: PathBuf,
    /// The file to encrypt (`-`: standard input)
    pub(crate) file: PathBuf,
    /// Plain public-key encryption of a small input, in this form
    #[arg(long, value_enum, value_name = "FORM", num_args = 0..=1, default_missing_value = "der")]
    pub(crate) raw: Option<RawForm>,
    #[command(flatten)]
    pub(crate) out: Out,
}

#[derive(Debug, Args)]
pub(crate) struct Decrypt {
    /// The private key of the receiver
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// The file to decrypt (`-`: standard input)
    pub(crate) file: PathBuf,
    /// Plain public-key encryption in this form
    #[arg(long, value_enum, value_name = "FORM", num_args = 0..=1, default_missing_value = "der")]
    pub(crate) raw: Option<RawForm>,
    #[command(flatten)]
    pub(crate) out: Out,
    #[command(flatten)]
    pub(crate) password: Password,
}
