// SPDX-License-Identifier: Apache-2.0
//! Options of `gmca pair`, `gmca escrow` and `gmca key open`: keys that a CA makes and keeps.

use super::{NewPassword, Out, Password, Wished};
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Pair {
    /// The CA's folder
    #[arg(long, value_name = "DIR")]
    pub(crate) ca: PathBuf,
    /// The request with the signing key
    pub(crate) request: PathBuf,
    /// What the signing certificate is for
    #[arg(long, value_name = "NAME", default_value = "sign")]
    pub(crate) profile: String,
    /// What the encryption certificate is for
    #[arg(long, value_name = "NAME", default_value = "encrypt")]
    pub(crate) encrypt_profile: String,
    /// How long both are valid, in days (default: the profiles')
    #[arg(long)]
    pub(crate) days: Option<u32>,
    /// The name to certify instead of the request's
    #[arg(long)]
    pub(crate) subject: Option<String>,
    /// Write the signing certificate here, too
    #[arg(long, value_name = "FILE")]
    pub(crate) sign_out: Option<PathBuf>,
    /// Write the encryption certificate here, too
    #[arg(long, value_name = "FILE")]
    pub(crate) encrypt_out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) wished: Wished,
    #[command(flatten)]
    pub(crate) out: Out,
    #[command(flatten)]
    pub(crate) password: Password,
}

#[derive(Debug, Args)]
pub(crate) struct KeyOpen {
    /// What the CA sent: a CSRResponse (GM/T 0092), an SM2EnvelopedKey, or the text of CFCA
    pub(crate) file: PathBuf,
    /// The private key that it was sent to
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// Write the signing certificate here
    #[arg(long, value_name = "FILE")]
    pub(crate) sign_out: Option<PathBuf>,
    /// Write the encryption certificate here
    #[arg(long, value_name = "FILE")]
    pub(crate) encrypt_out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) out: Out,
    #[command(flatten)]
    pub(crate) password: Password,
    #[command(flatten)]
    pub(crate) new_password: NewPassword,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Escrow {
    /// Make somebody an administrator, who with another may open keys
    #[command(after_help = "Example:\n  gmca escrow add --ca ca --cert alice.crt")]
    Add {
        /// The CA's folder
        #[arg(long, value_name = "DIR")]
        ca: PathBuf,
        /// The administrator's certificate, by whomever issued
        #[arg(long, value_name = "FILE")]
        cert: PathBuf,
        #[command(flatten)]
        password: Password,
    },
    /// Take that away
    #[command(after_help = "Example:\n  gmca escrow remove --ca ca 1")]
    Remove {
        /// The CA's folder
        #[arg(long, value_name = "DIR")]
        ca: PathBuf,
        /// The administrator's number
        number: u64,
        #[command(flatten)]
        password: Password,
    },
    /// List administrators
    #[command(after_help = "Example:\n  gmca escrow list --ca ca")]
    List {
        /// The CA's folder
        #[arg(long, value_name = "DIR")]
        ca: PathBuf,
    },
    /// Ask for a key that the CA keeps
    #[command(after_help = "Example:\n  gmca escrow ask --ca ca peer0-enc.crt --to new.crt \
                            --reason 'token lost' --out recovery.json")]
    Ask(EscrowAsk),
    /// Agree to that, as an administrator
    #[command(after_help = "Example:\n  gmca escrow approve recovery.json --ca-cert ca.crt \
                            --key alice.key --out alice.json")]
    Approve(EscrowApprove),
    /// Open the key on two approvals
    #[command(after_help = "Example:\n  gmca escrow recover --ca ca recovery.json alice.json \
                            bob.json --out peer0-enc.envelope")]
    Recover(EscrowRecover),
}

#[derive(Debug, Args)]
pub(crate) struct EscrowAsk {
    /// The CA's folder
    #[arg(long, value_name = "DIR")]
    pub(crate) ca: PathBuf,
    /// The encryption certificate
    #[arg(required_unless_present = "serial", conflicts_with = "serial")]
    pub(crate) certificate: Option<PathBuf>,
    /// Its serial number, in hex
    #[arg(long, value_name = "HEX")]
    pub(crate) serial: Option<String>,
    /// Whom it goes to: a certificate, request or public key
    #[arg(long, value_name = "FILE")]
    pub(crate) to: PathBuf,
    /// Why, in one line
    #[arg(long)]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) out: Out,
}

#[derive(Debug, Args)]
pub(crate) struct EscrowApprove {
    /// The file that `gmca escrow ask` wrote
    pub(crate) request: PathBuf,
    /// The CA's certificate, from where you trust it to come
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_cert: PathBuf,
    /// The administrator's private key
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    #[command(flatten)]
    pub(crate) out: Out,
    #[command(flatten)]
    pub(crate) password: Password,
}

#[derive(Debug, Args)]
pub(crate) struct EscrowRecover {
    /// The CA's folder
    #[arg(long, value_name = "DIR")]
    pub(crate) ca: PathBuf,
    /// The file that `gmca escrow ask` wrote
    pub(crate) request: PathBuf,
    /// The approvals of two administrators
    #[arg(required = true)]
    pub(crate) approvals: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) out: Out,
    #[command(flatten)]
    pub(crate) password: Password,
}
