// SPDX-License-Identifier: Apache-2.0
//! Options of the commands about certificates that end, and those that follow them.

use super::{Out, Password};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Renew {
    #[command(flatten)]
    pub(crate) follow: Follow,
    #[command(flatten)]
    pub(crate) out: Out,
    #[command(flatten)]
    pub(crate) password: Password,
}

#[derive(Debug, Args)]
pub(crate) struct Rekey {
    #[command(flatten)]
    pub(crate) follow: Follow,
    /// The request with the new key
    #[arg(long, value_name = "FILE")]
    pub(crate) request: PathBuf,
    /// Revoke the old certificate (superseded) once the new one is written
    #[arg(long)]
    pub(crate) revoke: bool,
    #[command(flatten)]
    pub(crate) out: Out,
    #[command(flatten)]
    pub(crate) password: Password,
}

/// Which certificate is followed, and how.
#[derive(Debug, Args)]
pub(crate) struct Follow {
    /// The CA's folder
    #[arg(long, value_name = "DIR")]
    pub(crate) ca: PathBuf,
    /// The certificate that is to be followed by another
    #[arg(required_unless_present = "serial", conflicts_with = "serial")]
    pub(crate) certificate: Option<PathBuf>,
    /// Its serial number, in hex
    #[arg(long, value_name = "HEX")]
    pub(crate) serial: Option<String>,
    /// How long the new one is valid, in days (default: the profile's)
    #[arg(long)]
    pub(crate) days: Option<u32>,
    /// By another profile than the old one was issued by
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Even if the old one has ended
    #[arg(long)]
    pub(crate) expired: bool,
    /// Even if the old one was followed by another already
    #[arg(long)]
    pub(crate) again: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Expiring {
    /// A CA's folder, or a folder of CAs (may be repeated)
    #[arg(long, value_name = "DIR", required_unless_present = "files")]
    pub(crate) ca: Vec<PathBuf>,
    /// How far ahead, such as 90d, 12h or 4w; what ended as recently counts, too
    #[arg(long, value_name = "SPAN", default_value = "90d")]
    pub(crate) within: String,
    /// The time to judge at, such as 2030-01-01T00:00:00Z (default: now)
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// Files of certificates to look at, too
    pub(crate) files: Vec<PathBuf>,
}
