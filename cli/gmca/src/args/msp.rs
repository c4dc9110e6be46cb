// SPDX-License-Identifier: Apache-2.0
//! Options of `gmca msp`.

use super::Password;
use clap::{Args, Subcommand};
use std::path::PathBuf;

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
