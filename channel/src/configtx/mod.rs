// SPDX-License-Identifier: Apache-2.0
//! `configtx.yaml`: what a new channel is to have, as `configtxgen` reads it, up to its genesis block.
//!
//! ```no_run
//! # use gmca_channel::{configtx::ConfigTx, update::Stamp};
//! # fn example(disk: &dyn sys::Disk, providers: &bccsp::Providers, stamp: Stamp)
//! #     -> Result<(), Box<dyn std::error::Error>> {
//! let file = ConfigTx::read(disk, "configtx.yaml".as_ref())?;
//! let profile = file.profile("TwoOrgs")?;
//! for note in profile.notes() {
//!     println!("{note}");
//! }
//! let block = profile.genesis_block("trade", disk, providers, stamp)?;
//! # Ok(())
//! # }
//! ```
//!
//! Sections and keys are Fabric's (1.4 to 3.x); anchors, aliases and merge keys (`<<`) work. Keys
//! are matched without regard to case; a key that is not known is refused with its line. Paths
//! begin at the folder of the file. Values from the environment (`CONFIGTX_…`) are not read.
//!
//! Ours: `HashingAlgorithm` in a profile. Without it the channel hashes with what the MSPs of all
//! its organisations hash with; where those differ, with what Fabric hashes with.
//!
//! Profiles of a system channel and of the channels on it (`Consortiums`, `Consortium`; until Fabric
//! 2.2) make a channel, too: the organisations of the one consortium are the application, and a
//! profile without `Orderer` takes the section of the profile that lists its consortium.
//!
//! Not here: changes of a channel that exists (`update`, `edit`).

mod complete;
mod error;
mod genesis;
mod group;
mod node;
mod organization;
mod profile;
mod read;
mod section;

pub use complete::Profile;
pub use error::Error;
pub use genesis::genesis_block;

use profile::Written;
use std::collections::BTreeMap;
use std::path::Path;
use sys::Disk;

/// The profiles of a file.
#[derive(Clone, Debug)]
pub struct ConfigTx {
    profiles: BTreeMap<String, Written>,
}

impl ConfigTx {
    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::File`]; else as [`parse`](Self::parse).
    pub fn read(disk: &dyn Disk, path: &Path) -> Result<Self, Error> {
        let failed = |why| Error::File { path: path.to_owned(), why };
        let bytes = disk.read(path).map_err(failed)?;
        let not_text = |error| std::io::Error::new(std::io::ErrorKind::InvalidData, error);
        let text = String::from_utf8(bytes).map_err(|error| failed(not_text(error)))?;
        Self::parse(&text, path.parent().unwrap_or(Path::new("")))
    }

    /// Reads the text of a file; relative paths in it begin at `folder`. All profiles are read, so a
    /// mistake in one that is not used is found, too.
    ///
    /// # Errors
    /// [`Error::Text`] with the line of the first mistake.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, Error> {
        Ok(Self { profiles: read::profiles(text, folder)? })
    }

    /// The names of its profiles, in order.
    pub fn profiles(&self) -> impl Iterator<Item = &str> {
        self.profiles.keys().map(String::as_str)
    }

    /// The profile of this name; what it leaves out is filled in.
    ///
    /// # Errors
    /// [`Error::Text`] when there is none, and when it has no organisations or no orderer.
    pub fn profile(&self, name: &str) -> Result<Profile, Error> {
        complete::complete(&self.profiles, name)
    }
}
