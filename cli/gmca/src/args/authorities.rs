// SPDX-License-Identifier: Apache-2.0
//! Options of the commands about CAs themselves: several in a folder, new keys, each other.

use super::{Out, Password};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Cas {
    /// A folder with CAs in it, each in a folder of its own
    pub(crate) dir: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Cross {
    /// The folder of the CA that vouches
    #[arg(long, value_name = "DIR")]
    pub(crate) ca: PathBuf,
    /// The self-signed certificate of the other CA
    pub(crate) other: PathBuf,
    /// What its certificate looks like: how many CAs may be below, and for which names
    #[arg(long, value_name = "NAME", default_value = "cross")]
    pub(crate) profile: String,
    /// How long it is valid, in days (default: the profile's)
    #[arg(long)]
    pub(crate) days: Option<u32>,
    #[command(flatten)]
    pub(crate) out: Out,
    #[command(flatten)]
    pub(crate) password: Password,
}

#[derive(Debug, Args)]
pub(crate) struct Rollover {
    /// The CA's folder
    #[arg(long, value_name = "DIR")]
    pub(crate) ca: PathBuf,
    /// Keep the key: only the certificate is new
    #[arg(long)]
    pub(crate) keep_key: bool,
    /// How long the new certificate is valid, in days (default: as long as the old one was, or the
    /// parent's profile)
    #[arg(long)]
    pub(crate) days: Option<u32>,
    /// The folder of the CA above it, which certifies the new key
    #[arg(long, value_name = "DIR")]
    pub(crate) parent: Option<PathBuf>,
    /// Take the password of the CA above it from the first line of a file
    #[arg(long, value_name = "FILE", requires = "parent", help_heading = "Password")]
    pub(crate) parent_password_file: Option<PathBuf>,
    /// Write the new key, certified by the old one, here (root CAs)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["parent", "keep_key"])]
    pub(crate) new_with_old: Option<PathBuf>,
    /// Write the old key, certified by the new one, here (root CAs)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["parent", "keep_key"])]
    pub(crate) old_with_new: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) password: Password,
}
