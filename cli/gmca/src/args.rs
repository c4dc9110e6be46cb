// SPDX-License-Identifier: Apache-2.0
//! What can be typed: commands, their options, and help with an example each.

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
    /// Write the list of revoked certificates
    #[command(after_help = "Example:\n  gmca crl --ca ca --days 30 --out ca.crl")]
    Crl(Crl),
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
    /// Compare both families and their engines on this machine
    #[command(after_help = "Example:\n  gmca speed --seconds 1 --json")]
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

/// Where a result goes.
#[derive(Clone, Debug, Args)]
pub(crate) struct Out {
    /// The file to write (`-`: standard output)
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Replace the file when it exists
    #[arg(long)]
    pub(crate) force: bool,
}

/// Subject and extensions from an OpenSSL configuration file.
#[derive(Clone, Debug, Args)]
pub(crate) struct OpensslConf {
    /// Take subject and extensions from an OpenSSL configuration file
    #[arg(long, value_name = "FILE", help_heading = "OpenSSL configuration")]
    pub(crate) openssl_conf: Option<PathBuf>,
    /// The section with the extensions (default: what `[req]` names)
    #[arg(
        long,
        value_name = "NAME",
        requires = "openssl_conf",
        help_heading = "OpenSSL configuration"
    )]
    pub(crate) section: Option<String>,
    /// Keep what RFC 5280 forbids, exactly as OpenSSL would
    #[arg(long, requires = "openssl_conf", help_heading = "OpenSSL configuration")]
    pub(crate) as_openssl: bool,
    /// Refuse what RFC 5280 forbids, instead of dropping it with a warning
    #[arg(
        long,
        requires = "openssl_conf",
        conflicts_with = "as_openssl",
        help_heading = "OpenSSL configuration"
    )]
    pub(crate) strict: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Quickstart {
    /// The folder to make (default: `quickstart`, or the next free `quickstart-N`)
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The folder to make the CA in
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// The CA's name, such as `/C=CN/O=Org1/CN=Org1 CA`
    #[arg(long, required_unless_present = "openssl_conf")]
    pub(crate) subject: Option<String>,
    /// How long its certificate is valid, in days (default: 3650, below another CA 1825)
    #[arg(long)]
    pub(crate) days: Option<u32>,
    /// How many CAs may be below it
    #[arg(long)]
    pub(crate) path_len: Option<u8>,
    /// The folder of the CA above it; without it a root CA is made
    #[arg(long, value_name = "DIR")]
    pub(crate) parent: Option<PathBuf>,
    /// Take the password of the CA above it from the first line of a file
    #[arg(long, value_name = "FILE", requires = "parent", help_heading = "Password")]
    pub(crate) parent_password_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) conf: OpensslConf,
    #[command(flatten)]
    pub(crate) password: Password,
}

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
    /// The file to write
    #[arg(long, short, value_name = "FILE", required_unless_present = "keystore")]
    pub(crate) out: Option<PathBuf>,
    /// Replace the file when it exists
    #[arg(long)]
    pub(crate) force: bool,
    /// Put it into a key store folder, under Fabric's name, instead
    #[arg(long, value_name = "DIR", conflicts_with = "out")]
    pub(crate) keystore: Option<PathBuf>,
    /// Its label in the key store
    #[arg(long, default_value = "", requires = "keystore")]
    pub(crate) label: String,
    /// What it is for
    #[arg(long = "use", value_enum, default_value = "sign", requires = "keystore")]
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

#[derive(Debug, Args)]
pub(crate) struct Req {
    /// The private key
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// The name to certify, such as `/C=CN/O=Org1/CN=peer0`
    #[arg(long, required_unless_present = "openssl_conf")]
    pub(crate) subject: Option<String>,
    /// Another name: `DNS:…`, `IP:…`, `email:…` or `URI:…` (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub(crate) san: Vec<String>,
    #[command(flatten)]
    pub(crate) out: Out,
    #[command(flatten)]
    pub(crate) conf: OpensslConf,
    #[command(flatten)]
    pub(crate) password: Password,
}

#[derive(Debug, Args)]
pub(crate) struct Issue {
    /// The CA's folder
    #[arg(long, value_name = "DIR")]
    pub(crate) ca: PathBuf,
    /// The request
    #[arg(required_unless_present = "batch", conflicts_with = "batch")]
    pub(crate) request: Option<PathBuf>,
    /// The file to write (`-`: standard output)
    #[arg(long, short, value_name = "FILE", required_unless_present = "batch")]
    pub(crate) out: Option<PathBuf>,
    /// Replace files that exist
    #[arg(long)]
    pub(crate) force: bool,
    /// Issue for every file in this folder
    #[arg(long, value_name = "DIR", requires = "out_dir")]
    pub(crate) batch: Option<PathBuf>,
    /// The folder for the certificates of a batch
    #[arg(long, value_name = "DIR", requires = "batch")]
    pub(crate) out_dir: Option<PathBuf>,
    /// What the certificate is for
    #[arg(long, default_value = "user", conflicts_with = "openssl_conf")]
    pub(crate) profile: String,
    /// How long it is valid, in days (default: the profile's)
    #[arg(long)]
    pub(crate) days: Option<u32>,
    /// The name to certify instead of the request's
    #[arg(long)]
    pub(crate) subject: Option<String>,
    /// Issue for a key of the other family too
    #[arg(long)]
    pub(crate) any_key: bool,
    #[command(flatten)]
    pub(crate) conf: OpensslConf,
    #[command(flatten)]
    pub(crate) password: Password,
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
    /// A file of CRLs (may be repeated); every certificate below the root then needs one
    #[arg(long, value_name = "FILE")]
    pub(crate) crl: Vec<PathBuf>,
    /// Ask for a CRL of the last certificate only
    #[arg(long, requires = "crl")]
    pub(crate) crl_leaf_only: bool,
    /// What it must be good for: serverAuth, clientAuth, codeSigning, emailProtection,
    /// timeStamping, OCSPSigning, or an object identifier
    #[arg(long)]
    pub(crate) purpose: Option<String>,
    /// The host name or IP address it must be for
    #[arg(long)]
    pub(crate) hostname: Option<String>,
    /// The time to judge at, such as 2030-01-01T00:00:00Z (default: now)
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// The certificates
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// The CA's folder
    #[arg(long, value_name = "DIR")]
    pub(crate) ca: PathBuf,
    /// The certificate
    #[arg(required_unless_present = "serial", conflicts_with = "serial")]
    pub(crate) certificate: Option<PathBuf>,
    /// Its serial number, in hex
    #[arg(long, value_name = "HEX")]
    pub(crate) serial: Option<String>,
    /// Why (RFC 5280 section 5.3.1)
    #[arg(long, value_enum, default_value = "unspecified")]
    pub(crate) reason: Reason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "camelCase")]
pub(crate) enum Reason {
    Unspecified,
    KeyCompromise,
    CaCompromise,
    AffiliationChanged,
    Superseded,
    CessationOfOperation,
    CertificateHold,
    PrivilegeWithdrawn,
    AaCompromise,
}

impl Reason {
    /// The code of RFC 5280 section 5.3.1.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Unspecified => 0,
            Self::KeyCompromise => 1,
            Self::CaCompromise => 2,
            Self::AffiliationChanged => 3,
            Self::Superseded => 4,
            Self::CessationOfOperation => 5,
            Self::CertificateHold => 6,
            Self::PrivilegeWithdrawn => 9,
            Self::AaCompromise => 10,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Crl {
    /// The CA's folder
    #[arg(long, value_name = "DIR")]
    pub(crate) ca: PathBuf,
    /// In how many days the next one comes
    #[arg(long, default_value_t = 30)]
    pub(crate) days: u32,
    #[command(flatten)]
    pub(crate) out: Out,
    #[command(flatten)]
    pub(crate) password: Password,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// The CA's folder
    #[arg(long, value_name = "DIR")]
    pub(crate) ca: PathBuf,
    /// Only certificates in this state: issued, revoked, expired or abandoned
    #[arg(long, value_parser = ["issued", "revoked", "expired", "abandoned"])]
    pub(crate) status: Option<String>,
    /// The audit log instead, checked from its first row
    #[arg(long, conflicts_with = "status")]
    pub(crate) audit: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Msp {
    /// Make an MSP folder from a CA, a certificate and its key
    #[command(
        after_help = "Example:\n  gmca msp make --dir msp --ca-cert ca/ca.crt --cert peer0.crt \
                            --key peer0.key --admin admin.crt"
    )]
    Make(MspMake),
    /// Say what is wrong with an MSP folder, and whether certificates are members or admins
    #[command(after_help = "Example:\n  gmca msp check msp --member peer0.crt --admin admin.crt")]
    Check(MspCheck),
}

#[derive(Debug, Args)]
pub(crate) struct MspMake {
    /// The folder to make
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// Certificates of root CAs (may be repeated)
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) ca_cert: Vec<PathBuf>,
    /// Certificates of CAs in between (may be repeated)
    #[arg(long, value_name = "FILE")]
    pub(crate) intermediate: Vec<PathBuf>,
    /// The certificate of the identity
    #[arg(long, value_name = "FILE")]
    pub(crate) cert: Option<PathBuf>,
    /// The private key of the identity
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(crate) key: Option<PathBuf>,
    /// Certificates of admins (may be repeated)
    #[arg(long, value_name = "FILE")]
    pub(crate) admin: Vec<PathBuf>,
    /// CRLs (may be repeated)
    #[arg(long, value_name = "FILE")]
    pub(crate) crl: Vec<PathBuf>,
    /// Certificates of TLS root CAs (may be repeated)
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_ca_cert: Vec<PathBuf>,
    /// Certificates of TLS CAs in between (may be repeated)
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_intermediate: Vec<PathBuf>,
    /// Tell clients, peers, admins and orderers apart by the OU in their names
    #[arg(long)]
    pub(crate) node_ous: bool,
    #[command(flatten)]
    pub(crate) password: Password,
}

#[derive(Debug, Args)]
pub(crate) struct MspCheck {
    /// The folder
    pub(crate) dir: PathBuf,
    /// Certificates that should be members (may be repeated)
    #[arg(long, value_name = "FILE")]
    pub(crate) member: Vec<PathBuf>,
    /// Certificates that should be admins (may be repeated)
    #[arg(long, value_name = "FILE")]
    pub(crate) admin: Vec<PathBuf>,
    /// The time to judge warnings about expiry at (default: now)
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
}

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

#[derive(Debug, Args)]
pub(crate) struct Speed {
    /// How long each row is measured
    #[arg(long, default_value_t = 0.5)]
    pub(crate) seconds: f64,
    /// Only rows whose name contains this
    #[arg(long, value_name = "TEXT")]
    pub(crate) only: Option<String>,
}
