// SPDX-License-Identifier: Apache-2.0
//! Options of the commands that make a CA, ask it and keep its record.

use super::{Out, Password, Wished};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

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
    /// What its certificate looks like (default: `root-ca`, below another CA `ca`)
    #[arg(long, value_name = "NAME", conflicts_with = "openssl_conf")]
    pub(crate) profile: Option<String>,
    /// Take profiles from this file
    #[arg(long, value_name = "FILE", conflicts_with = "openssl_conf")]
    pub(crate) profiles: Option<PathBuf>,
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
    /// Take profiles from this file instead of the CA's own
    #[arg(long, value_name = "FILE", conflicts_with = "openssl_conf")]
    pub(crate) profiles: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) wished: Wished,
    #[command(flatten)]
    pub(crate) conf: OpensslConf,
    #[command(flatten)]
    pub(crate) password: Password,
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
    /// Why (RFC 5280 section 5.3.1); `certificateHold` can be taken back with `gmca release`
    #[arg(long, value_enum, default_value = "unspecified")]
    pub(crate) reason: Reason,
    /// Since when its key is suspect, such as 2026-01-31
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Release {
    /// The CA's folder
    #[arg(long, value_name = "DIR")]
    pub(crate) ca: PathBuf,
    /// The certificate
    #[arg(required_unless_present = "serial", conflicts_with = "serial")]
    pub(crate) certificate: Option<PathBuf>,
    /// Its serial number, in hex
    #[arg(long, value_name = "HEX")]
    pub(crate) serial: Option<String>,
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
    #[arg(long, default_value_t = 30, conflicts_with = "hours")]
    pub(crate) days: u32,
    /// In how many hours the next one comes
    #[arg(long)]
    pub(crate) hours: Option<u32>,
    /// Only what changed since the last complete list
    #[arg(long)]
    pub(crate) delta: bool,
    /// Signed by an older key of the CA, for the certificates of that key (0 is the first)
    #[arg(long, value_name = "NUMBER")]
    pub(crate) generation: Option<u64>,
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
