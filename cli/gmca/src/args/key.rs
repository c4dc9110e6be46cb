// SPDX-License-Identifier: Apache-2.0
//! Options of `gmca key`: what private keys are made into and protected with.

use super::{Out, Password};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Make a private key
    #[command(after_help = "Examples:\n  gmca key new --out peer0.key --ask-password\n  \
                            gmca key new --keystore msp/keystore --label peer0")]
    New(KeyNew),
    /// Show what a key is, without its secret
    #[command(after_help = "Example:\n  gmca key show peer0.key")]
    Show(KeyShow),
    /// Write a key in another form
    #[command(after_help = "Example:\n  gmca key convert peer0.key --to sec1 --out peer0-sec1.key")]
    Convert(KeyConvert),
    /// Open the private key that a CA sent along with an encryption certificate
    #[command(
        after_help = "Example:\n  gmca key open peer0.response --key peer0.key --out peer0-enc.key"
    )]
    Open(super::KeyOpen),
    /// Give a key another password, or none
    #[command(
        after_help = "Example:\n  gmca key passwd peer0.key --ask-password --new-password-file pw"
    )]
    Passwd(KeyPasswd),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeyUseArg {
    /// Sign
    Sign,
    /// Decrypt and agree
    Decrypt,
}

impl From<KeyUseArg> for bccsp::KeyUse {
    fn from(key_use: KeyUseArg) -> Self {
        match key_use {
            KeyUseArg::Sign => Self::Sign,
            KeyUseArg::Decrypt => Self::Decrypt,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct KeyNew {
    /// The file to write (default: the key store of the configuration)
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Replace the file when it exists
    #[arg(long)]
    pub(crate) force: bool,
    /// Put it into a key store folder, under Fabric's name, instead
    #[arg(long, value_name = "DIR", conflicts_with = "out")]
    pub(crate) keystore: Option<PathBuf>,
    /// Its label in the key store
    #[arg(long, default_value = "", conflicts_with = "out")]
    pub(crate) label: String,
    /// What it is for
    #[arg(long = "use", value_enum, default_value = "sign", conflicts_with = "out")]
    pub(crate) key_use: KeyUseArg,
    #[command(flatten)]
    pub(crate) password: Password,
}

#[derive(Debug, Args)]
pub(crate) struct KeyShow {
    /// The key file
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) password: Password,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeyForm {
    /// PKCS#8 in PEM
    Pkcs8,
    /// PKCS#8 in DER
    Pkcs8Der,
    /// EC PRIVATE KEY in PEM, without password
    Sec1,
    /// The public key in PEM
    Public,
    /// The public key in DER
    PublicDer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProtectionArg {
    /// SM4-CBC with HMAC-SM3: GmSSL reads it
    Gm,
    /// AES-256-CBC with HMAC-SHA256: everybody else reads it
    Nist,
    /// SM4-CBC with HMAC-SHA256: OpenSSL 3.0 reads it
    Compat,
}

/// A new password for what is written.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct NewPassword {
    /// Ask for the new password
    #[arg(long, group = "new_password_source", help_heading = "Password")]
    pub(crate) ask_new_password: bool,
    /// Read the new password from the first line of a file
    #[arg(long, group = "new_password_source", value_name = "FILE", help_heading = "Password")]
    pub(crate) new_password_file: Option<PathBuf>,
    /// Take the new password from an environment variable
    #[arg(long, group = "new_password_source", value_name = "NAME", help_heading = "Password")]
    pub(crate) new_password_env: Option<String>,
    /// How the key is protected (default: the algorithms of its own family)
    #[arg(long, value_enum, help_heading = "Password")]
    pub(crate) protection: Option<ProtectionArg>,
    /// Rounds of PBKDF2
    #[arg(long, default_value_t = bccsp::encoding::pbes2::DEFAULT_ITERATIONS, help_heading = "Password")]
    pub(crate) iterations: u32,
}

#[derive(Debug, Args)]
pub(crate) struct KeyConvert {
    /// The key file
    pub(crate) file: PathBuf,
    /// The form to write
    #[arg(long, value_enum)]
    pub(crate) to: KeyForm,
    #[command(flatten)]
    pub(crate) out: Out,
    #[command(flatten)]
    pub(crate) password: Password,
    #[command(flatten)]
    pub(crate) new_password: NewPassword,
}

#[derive(Debug, Args)]
pub(crate) struct KeyPasswd {
    /// The key file, replaced in place
    pub(crate) file: PathBuf,
    /// Write it without a password
    #[arg(long, group = "new_password_source", help_heading = "Password")]
    pub(crate) no_password: bool,
    #[command(flatten)]
    pub(crate) password: Password,
    #[command(flatten)]
    pub(crate) new_password: NewPassword,
}
