// SPDX-License-Identifier: Apache-2.0
//! Options about profiles: where they come from, and what one issues by them.

use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Profile {
    /// List profiles
    #[command(after_help = "Example:\n  gmca profile list --ca ca")]
    List(ProfileSource),
    /// Show a profile as it is written in a file, with what it has from its bases
    #[command(after_help = "Example:\n  gmca profile show tls-server > profiles.yaml")]
    Show {
        /// The profile
        name: String,
        #[command(flatten)]
        source: ProfileSource,
    },
    /// Say whether a file of profiles can be used, and if not, which line to mend
    #[command(after_help = "Example:\n  gmca profile check profiles.yaml")]
    Check {
        /// The file
        file: PathBuf,
    },
}

/// Which profiles there are.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ProfileSource {
    /// Those of the CA in this folder (its file is `profiles.yaml`)
    #[arg(long, value_name = "DIR")]
    pub(crate) ca: Option<PathBuf>,
    /// Those of a file
    #[arg(long, value_name = "FILE", conflicts_with = "ca")]
    pub(crate) profiles: Option<PathBuf>,
}

/// What a certificate is to hold beside what the request says.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Wished {
    /// An alternative name instead of the request's: `DNS:…`, `IP:…`, `email:…`, `URI:…` (may be
    /// repeated)
    #[arg(long, value_name = "NAME", help_heading = "What it holds")]
    pub(crate) san: Vec<String>,
    /// The affiliation of an identity of Fabric, such as `org1.department1`
    #[arg(long, value_name = "PATH", help_heading = "What it holds")]
    pub(crate) affiliation: Option<String>,
    /// An attribute in Fabric's extension (may be repeated)
    #[arg(long, value_name = "NAME=VALUE", help_heading = "What it holds")]
    pub(crate) attr: Vec<String>,
    /// A number of the subject by GB/T 20518, such as `taxNumber=…`: residentCard, militaryCard,
    /// passport, insurance, businessRegistration, organizationCode, taxNumber (may be repeated)
    #[arg(long, value_name = "KIND=NUMBER", help_heading = "What it holds")]
    pub(crate) subject_id: Vec<String>,
}
