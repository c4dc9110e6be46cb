// SPDX-License-Identifier: Apache-2.0
//! Options of `gmca cms`.

use super::{Out, Password};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Cms {
    /// Sign a file, the content in the message or apart
    #[command(
        after_help = "Example:\n  gmca cms sign --key peer0.key --cert peer0.crt contract.pdf \
                            --detached --out contract.p7s"
    )]
    Sign(CmsSign),
    /// Verify a signed message, and the certificates of its signers
    #[command(
        after_help = "Example:\n  gmca cms verify --ca-file ca/ca.crt contract.p7s --content contract.pdf"
    )]
    Verify(CmsVerify),
    /// Encrypt a file to the holders of certificates, signed too or not
    #[command(
        after_help = "Examples:\n  gmca cms encrypt --to peer0.crt contract.pdf --out contract.p7m\n  \
                            gmca cms encrypt --to peer0.crt --key me.key --cert me.crt contract.pdf \
                            --out both.p7m"
    )]
    Encrypt(CmsEncrypt),
    /// Decrypt a message
    #[command(after_help = "Example:\n  gmca cms decrypt --key peer0.key contract.p7m \
                            --out contract.pdf")]
    Decrypt(CmsDecrypt),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DialectArg {
    /// RFC 5652, PKCS#7
    Rfc,
    /// GM/T 0010, GB/T 35275
    Gm,
    /// GM/T 0010 as GmSSL 3 makes it, whose signatures nobody else takes
    Gmssl,
}

impl From<DialectArg> for cms::Dialect {
    fn from(dialect: DialectArg) -> Self {
        match dialect {
            DialectArg::Rfc => Self::Rfc,
            DialectArg::Gm => Self::Gm,
            DialectArg::Gmssl => Self::GmSsl,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct CmsSign {
    /// The private key
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// Its certificate; further ones in the file go into the message
    #[arg(long, value_name = "FILE")]
    pub(crate) cert: PathBuf,
    /// The file to sign (`-`: standard input)
    pub(crate) file: PathBuf,
    /// Leave the content out of the message
    #[arg(long)]
    pub(crate) detached: bool,
    /// The form (default: gm for SM2 keys, rfc for P-256)
    #[arg(long, value_enum)]
    pub(crate) form: Option<DialectArg>,
    /// Write DER, not PEM
    #[arg(long)]
    pub(crate) der: bool,
    #[command(flatten)]
    pub(crate) out: Out,
    #[command(flatten)]
    pub(crate) password: Password,
}

#[derive(Debug, Args)]
pub(crate) struct CmsVerify {
    /// The message (PEM, DER or BER)
    pub(crate) file: PathBuf,
    /// The content, where it is not in the message
    #[arg(long, value_name = "FILE")]
    pub(crate) content: Option<PathBuf>,
    /// A file of trusted certificates (may be repeated); without any, the signers are just named
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Vec<PathBuf>,
    /// A file of certificates of signers or in between (may be repeated)
    #[arg(long, value_name = "FILE")]
    pub(crate) untrusted: Vec<PathBuf>,
    /// `gmssl` for messages that GmSSL signed: they are judged in its way
    #[arg(long, value_enum)]
    pub(crate) form: Option<DialectArg>,
    /// The time to judge certificates at, such as 2030-01-01T00:00:00Z (default: now)
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// Where to write the content of the message
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Replace that file when it exists
    #[arg(long, requires = "out")]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CmsEncrypt {
    /// A file of certificates of receivers (may be repeated)
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) to: Vec<PathBuf>,
    /// The file to encrypt (`-`: standard input)
    pub(crate) file: PathBuf,
    /// Sign with this key, too
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(crate) key: Option<PathBuf>,
    /// The certificate of that key
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) cert: Option<PathBuf>,
    /// The form (default: gm when all receivers have SM2 keys, else rfc)
    #[arg(long, value_enum)]
    pub(crate) form: Option<DialectArg>,
    /// Write DER, not PEM
    #[arg(long)]
    pub(crate) der: bool,
    #[command(flatten)]
    pub(crate) out: Out,
    #[command(flatten)]
    pub(crate) password: Password,
}

#[derive(Debug, Args)]
pub(crate) struct CmsDecrypt {
    /// The private key of the receiver
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// Its certificate; without it every receiver in the message is tried
    #[arg(long, value_name = "FILE")]
    pub(crate) cert: Option<PathBuf>,
    /// The message (PEM, DER or BER)
    pub(crate) file: PathBuf,
    /// For a message that is signed too: a file of trusted certificates (may be repeated)
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Vec<PathBuf>,
    /// `gmssl` for messages that GmSSL signed
    #[arg(long, value_enum)]
    pub(crate) form: Option<DialectArg>,
    #[command(flatten)]
    pub(crate) out: Out,
    #[command(flatten)]
    pub(crate) password: Password,
}
