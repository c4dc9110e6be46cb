// SPDX-License-Identifier: Apache-2.0
//! What can be typed: commands, their options, and help with an example each.

mod authorities;
mod ca;
mod cms;
mod doctor;
mod escrow;
mod file;
mod key;
mod msp;
mod p12;
mod profile;
mod renew;

pub(crate) use authorities::{Cas, Cross, Rollover};
pub(crate) use ca::{Crl, Init, Issue, List, OpensslConf, Release, Req, Revoke};
pub(crate) use cms::{Cms, CmsDecrypt, CmsEncrypt, CmsSign, CmsVerify, DialectArg};
pub(crate) use doctor::Doctor;
pub(crate) use escrow::{Escrow, EscrowApprove, EscrowAsk, EscrowRecover, KeyOpen, Pair};
pub(crate) use file::{CheckSig, Decrypt, Encrypt, Hash, RawForm, Sign, SignatureForm};
pub(crate) use key::{
    Key, KeyConvert, KeyForm, KeyNew, KeyPasswd, KeyShow, NewPassword, ProtectionArg,
};
pub(crate) use msp::{Msp, MspCheck, MspMake};
pub(crate) use p12::{P12, P12Export, P12Import};
pub(crate) use profile::{Profile, ProfileSource, Wished};
pub(crate) use renew::{Expiring, Follow, Rekey, Renew};

pub(crate) use terminal::Out;

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

const FIVE: &str = "\
The five most people need:
  gmca quickstart                                  a CA, a user certificate and an MSP folder, now
  gmca init --dir ca --subject '/C=CN/O=Org1/CN=Org1 CA'      make a CA
  gmca key new --out peer0.key                     make a key
  gmca req --key peer0.key --subject '/O=Org1/CN=peer0' --out peer0.csr    ask for a certificate
  gmca issue --ca ca peer0.csr --out peer0.crt     give it

`gmca help COMMAND` explains each; every command takes `--suite gm|nist`.";

/// A certificate authority for SM2 and P-256.
///
/// Which family is used follows `--suite`, else `BCCSP.Default` in the configuration file
/// (`--config`, `$GMCA_CONFIG`, or `gmca.yaml` here), else gm.
#[derive(Debug, Parser)]
#[command(name = "gmca", version, arg_required_else_help = true, after_help = FIVE)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options every command takes.
#[derive(Clone, Debug, Args)]
pub(crate) struct Global {
    /// The configuration file (Fabric's YAML with a BCCSP section)
    #[arg(
        long,
        global = true,
        env = "GMCA_CONFIG",
        value_name = "FILE",
        help_heading = "Everywhere"
    )]
    pub(crate) config: Option<PathBuf>,
    /// The family of algorithms to create in
    #[arg(long, global = true, value_enum, help_heading = "Everywhere")]
    pub(crate) suite: Option<SuiteArg>,
    /// Print JSON instead of text
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub(crate) json: bool,
    /// Print nothing but what was asked for
    #[arg(long, short, global = true, help_heading = "Everywhere")]
    pub(crate) quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SuiteArg {
    /// SM2, SM3, SM4
    Gm,
    /// ECDSA P-256, SHA-256, AES
    Nist,
}

impl From<SuiteArg> for bccsp::Suite {
    fn from(suite: SuiteArg) -> Self {
        match suite {
            SuiteArg::Gm => Self::Gm,
            SuiteArg::Nist => Self::Nist,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// A CA, a user certificate and an MSP folder in one go
    #[command(after_help = "Example:\n  gmca quickstart --suite nist --dir demo")]
    Quickstart(Quickstart),
    /// Make a CA
    #[command(
        after_help = "Examples:\n  gmca init --dir ca --subject '/C=CN/O=Org1/CN=Org1 CA'\n  \
                            gmca init --dir sub --parent ca --subject '/O=Org1/CN=Issuing CA'"
    )]
    Init(Init),
    /// Make, look at and convert private keys
    #[command(subcommand)]
    Key(Key),
    /// Make a certificate request
    #[command(
        after_help = "Example:\n  gmca req --key peer0.key --subject '/C=CN/O=Org1/CN=peer0' \
                            --san DNS:peer0.org1 --out peer0.csr"
    )]
    Req(Req),
    /// Issue a certificate for a request, or for every request in a folder
    #[command(after_help = "Examples:\n  gmca issue --ca ca peer0.csr --out peer0.crt\n  \
                            gmca issue --ca ca --profile tls-server web.csr --out web.crt\n  \
                            gmca issue --ca ca --batch requests --out-dir certificates")]
    Issue(Issue),
    /// Issue a GM pair: a signing certificate, and an encryption certificate with its key
    #[command(after_help = "Example:\n  gmca pair --ca ca peer0.csr --out peer0.response\n  \
                            gmca key open peer0.response --key peer0.key --out peer0-enc.key")]
    Pair(Pair),
    /// Recover keys that a CA keeps: two administrators approve
    #[command(subcommand)]
    Escrow(Escrow),
    /// List, show and check the profiles that certificates are issued by
    #[command(subcommand)]
    Profile(Profile),
    /// Show a certificate, request, CRL, key or MSP folder in words
    #[command(after_help = "Example:\n  gmca show peer0.crt")]
    Show(Show),
    /// Verify certificates against trusted ones
    #[command(after_help = "Example:\n  gmca verify --ca-file ca/ca.crt --crl ca.crl \
                            --at 2030-01-01T00:00:00Z peer0.crt")]
    Verify(Verify),
    /// Take a certificate back
    #[command(after_help = "Example:\n  gmca revoke --ca ca peer0.crt --reason keyCompromise")]
    Revoke(Revoke),
    /// Take a certificate off hold
    #[command(after_help = "Example:\n  gmca release --ca ca peer0.crt")]
    Release(Release),
    /// Renew a certificate: the same key and names, for longer
    #[command(after_help = "Example:\n  gmca renew --ca ca peer0.crt --out peer0-2027.crt")]
    Renew(Renew),
    /// Certify a new key in the place of an old one
    #[command(after_help = "Example:\n  gmca rekey --ca ca peer0.crt --request new.csr --revoke \
                      --out peer0-new.crt")]
    Rekey(Rekey),
    /// List certificates that end soon; exit 1 if there are any
    #[command(after_help = "Example:\n  gmca expiring --ca ca --within 90d --json")]
    Expiring(Expiring),
    /// Write the list of revoked certificates
    #[command(after_help = "Examples:\n  gmca crl --ca ca --days 30 --out ca.crl\n  \
                            gmca crl --ca ca --delta --hours 12 --out delta.crl")]
    Crl(Crl),
    /// Show the CAs in a folder
    #[command(after_help = "Example:\n  gmca cas pki")]
    Cas(Cas),
    /// Vouch for another CA: certify its key and its name
    #[command(after_help = "Example:\n  gmca cross --ca ca other-root.crt --out cross.crt")]
    Cross(Cross),
    /// Let a CA go on with a new key, or a new certificate for the same
    #[command(after_help = "Examples:\n  gmca rollover --ca ca --new-with-old new-with-old.crt \
                            --old-with-new old-with-new.crt\n  \
                            gmca rollover --ca sub --parent ca --keep-key")]
    Rollover(Rollover),
    /// List what a CA has issued, or its audit log
    #[command(after_help = "Example:\n  gmca list --ca ca --status revoked --json")]
    List(List),
    /// Make and check MSP folders
    #[command(subcommand)]
    Msp(Msp),
    /// Print digests
    #[command(after_help = "Example:\n  gmca hash --suite gm README.md")]
    Hash(Hash),
    /// Sign a file
    #[command(after_help = "Example:\n  gmca sign --key peer0.key contract.pdf --out contract.sig")]
    Sign(Sign),
    /// Check the signature of a file
    #[command(after_help = "Example:\n  gmca check-sig --cert peer0.crt --signature contract.sig \
                            contract.pdf")]
    CheckSig(CheckSig),
    /// Encrypt a file of any size to a certificate or public key
    #[command(
        after_help = "Example:\n  gmca encrypt --to peer0.crt contract.pdf --out contract.sealed"
    )]
    Encrypt(Encrypt),
    /// Decrypt a file
    #[command(
        after_help = "Example:\n  gmca decrypt --key peer0.key contract.sealed --out contract.pdf"
    )]
    Decrypt(Decrypt),
    /// Sign, verify, encrypt and decrypt messages (CMS, PKCS#7, GM/T 0010)
    #[command(subcommand)]
    Cms(Cms),
    /// Keys with their certificates in one file (PKCS#12)
    #[command(subcommand)]
    P12(P12),
    /// Say why files of other programs do not fit together, and how to mend it
    #[command(after_help = "Examples:\n  gmca doctor peer0.crt contract.sig contract.pdf\n  \
                            gmca doctor peer0.key message.bin --password-file pw\n  \
                            gmca doctor ca.crt peer0.crt peer0.csr --json\n\n\
                            Ends with 0 when all is as the standards want it, with 1 when something is \
                            not, with 2 when it could not look.")]
    Doctor(Doctor),
    /// Compare both families and their engines on this machine
    #[command(after_help = "Example:\n  gmca speed --seconds 1 --peers --html report.html")]
    Speed(Speed),
    /// Run every known-answer test of every engine
    #[command(after_help = "Example:\n  gmca selftest")]
    Selftest,
    /// Show the configuration in force and who computes what
    #[command(after_help = "Example:\n  CORE_BCCSP_DEFAULT=SW gmca config")]
    Config,
    /// Print completions for a shell
    #[command(after_help = "Example:\n  gmca completions bash > /etc/bash_completion.d/gmca")]
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
}

/// Where the password of a private key comes from. Never from the command line itself, which
/// every process on the machine can read.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Password {
    /// Ask for the password of the key
    #[arg(long, group = "password_source", help_heading = "Password")]
    pub(crate) ask_password: bool,
    /// Read the password from the first line of a file
    #[arg(long, group = "password_source", value_name = "FILE", help_heading = "Password")]
    pub(crate) password_file: Option<PathBuf>,
    /// Take the password from an environment variable
    #[arg(long, group = "password_source", value_name = "NAME", help_heading = "Password")]
    pub(crate) password_env: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Quickstart {
    /// The folder to make (default: `quickstart`, or the next free `quickstart-N`)
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Files, or MSP folders
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) password: Password,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// A file of trusted certificates (may be repeated)
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) ca_file: Vec<PathBuf>,
    /// A file of certificates in between (may be repeated)
    #[arg(long, value_name = "FILE")]
    pub(crate) untrusted: Vec<PathBuf>,
    /// A file of CRLs (may be repeated); every certificate below the root then needs one, or an OCSP
    /// answer
    #[arg(long, value_name = "FILE")]
    pub(crate) crl: Vec<PathBuf>,
    /// A file with an OCSP answer, DER (may be repeated): counts as much as a CRL
    #[arg(long, value_name = "FILE")]
    pub(crate) ocsp: Vec<PathBuf>,
    /// Ask for a CRL or an OCSP answer of the last certificate only
    #[arg(long)]
    pub(crate) crl_leaf_only: bool,
    /// What it must be good for: serverAuth, clientAuth, codeSigning, emailProtection,
    /// timeStamping, OCSPSigning, or an object identifier
    #[arg(long)]
    pub(crate) purpose: Option<String>,
    /// The host name or IP address it must be for
    #[arg(long)]
    pub(crate) hostname: Option<String>,
    /// How strictly: gm-field, fabric-msp, rfc5280 or webpki (docs/paths.md says what each refuses)
    #[arg(long, value_name = "NAME", default_value = "gm-field")]
    pub(crate) policy: String,
    /// A certificate policy that is accepted, by its object identifier (may be repeated); one of
    /// them must then hold for the whole path
    #[arg(long, value_name = "OID")]
    pub(crate) certificate_policy: Vec<String>,
    /// The time to judge at, such as 2030-01-01T00:00:00Z (default: now)
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// The certificates
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Speed {
    /// How long each row is measured [default: 0.5, with --html 0.2]
    #[arg(long)]
    pub(crate) seconds: Option<f64>,
    /// Only rows whose name contains this
    #[arg(long, value_name = "TEXT")]
    pub(crate) only: Option<String>,
    /// Measure other implementations beside: RustCrypto's crates, and OpenSSL where it is installed
    #[arg(long)]
    pub(crate) peers: bool,
    /// Write a page with plots as well, at more sizes
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Replace the file when it exists
    #[arg(long, requires = "html")]
    pub(crate) force: bool,
}
