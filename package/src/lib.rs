// SPDX-License-Identifier: Apache-2.0
//! Chaincode packages, as peers install them: read within bounds, checked, named; those of services are
//! also made.
//!
//! A package is a `.tar.gz` of `metadata.json` and `code.tar.gz`. Its id is its label and the hash
//! of the whole file, so a package that is packed again is another package.
//!
//! ```
//! use bccsp::{EngineChoice, Providers, Suite};
//! use gmca_package::Package;
//!
//! let file = include_bytes!("../../vectors/data/fabric/basic-ccaas-package.tar.gz");
//! let providers = Providers::new(Suite::Nist, EngineChoice::Auto)?;
//! let package = Package::read(file, &providers)?;
//! assert_eq!(package.kind(), "ccaas");
//! assert!(package.id().starts_with("basic_1:"));
//! # Ok::<(), gmca_package::Error>(())
//! ```
//!
//! Nothing is ever unpacked here: files are looked at as they pass by. Archives that could do harm
//! to whoever unpacks them (names that lead elsewhere, links, devices, sizes without measure) are
//! refused.
//!
//! Not here: building and starting what is inside (`peer`); who may install it (`channel`).
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

mod archive;
mod connection;
mod error;
mod metadata;
mod names;
mod pack;

pub use connection::Connection;
pub use error::Error;
pub use names::{is_label, is_name, is_version};
pub use pack::{ClientPair, ServiceAddress, service};

use bccsp::{HashAlgorithm, Providers, SecretBytes};
use metadata::Metadata;

/// A chaincode package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    id: String,
    metadata: Metadata,
    files: Vec<(String, u64)>,
    connection: Option<Connection>,
    ignored: Vec<String>,
}

impl Package {
    /// Reads a package.
    ///
    /// # Errors
    /// [`Error::NotAnArchive`], [`Error::Entry`] and [`Error::TooLarge`] say which archive and file
    /// is wrong; [`Error::Missing`] what is not there; [`Error::Metadata`] and
    /// [`Error::Connection`] what those files should say; [`Error::Crypto`] when the id cannot be
    /// computed.
    pub fn read(bytes: &[u8], providers: &Providers) -> Result<Self, Error> {
        let Outer { metadata, code, ignored } = Outer::open(bytes)?;
        let (mut files, mut connection) = (Vec::new(), None);
        archive::each("code.tar.gz", &code, archive::CODE, |entry| {
            files.push((entry.path.to_owned(), entry.size));
            if metadata.kind == CCAAS && entry.path == CONNECTION {
                connection = Some(Connection::parse(&entry.read(MAX_CONNECTION)?)?);
            }
            Ok(())
        })?;
        if metadata.kind == CCAAS && connection.is_none() {
            return Err(Error::Missing("connection.json in code.tar.gz"));
        }
        let hash = providers.hash(HashAlgorithm::FABRIC_CLIENT)?.digest(&[bytes]);
        let id = format!("{}:{hash}", metadata.label);
        Ok(Self { id, metadata, files, connection, ignored })
    }

    /// The id under which peers know it: label, colon, hash of the file in hex. Clients compute it
    /// with one function, whatever the family of a channel.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The label, which is a part of the id.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.metadata.label
    }

    /// What kind of code it is, in lower case: `golang`, `node`, `java`, `ccaas` or a builder's own.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.metadata.kind
    }

    /// Where the code was packed from; empty for a service.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.metadata.path
    }

    /// The files of the code in the order in which they are packed: relative name, length in bytes.
    #[must_use]
    pub fn files(&self) -> &[(String, u64)] {
        &self.files
    }

    /// For a chaincode that runs as a service: where it listens.
    #[must_use]
    pub fn connection(&self) -> Option<&Connection> {
        self.connection.as_ref()
    }

    /// Files of the outer archive that nobody asks for.
    #[must_use]
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }
}

/// The private key, PEM, that goes with the certificate which a peer shows to the chaincode of this
/// package; `None` when it shows none.
///
/// # Errors
/// As [`Package::read`].
pub fn client_key(bytes: &[u8]) -> Result<Option<SecretBytes>, Error> {
    let Outer { metadata, code, .. } = Outer::open(bytes)?;
    let mut key = None;
    archive::each("code.tar.gz", &code, archive::CODE, |entry| {
        if metadata.kind == CCAAS && entry.path == CONNECTION {
            let json = SecretBytes::new(entry.read(MAX_CONNECTION)?);
            key = connection::client_key(json.expose())?;
        }
        Ok(())
    })?;
    Ok(key)
}

/// The outer archive of a package.
struct Outer {
    metadata: Metadata,
    code: Vec<u8>,
    ignored: Vec<String>,
}

impl Outer {
    fn open(bytes: &[u8]) -> Result<Self, Error> {
        let (mut metadata, mut code, mut ignored) = (None, None, Vec::new());
        archive::each("package", bytes, archive::OUTER, |entry| {
            match entry.path {
                "metadata.json" => metadata = Some(Metadata::parse(&entry.read(MAX_METADATA)?)?),
                "code.tar.gz" => code = Some(entry.read(archive::OUTER.bytes)?),
                // Fabric passes over them, too.
                other => ignored.push(other.to_owned()),
            }
            Ok(())
        })?;
        let metadata = metadata.ok_or(Error::Missing("metadata.json"))?;
        let code = code.ok_or(Error::Missing("code.tar.gz"))?;
        Ok(Self { metadata, code, ignored })
    }
}

/// A chaincode as a service.
const CCAAS: &str = "ccaas";
/// Where its address is.
const CONNECTION: &str = "connection.json";
const MAX_METADATA: u64 = 64 << 10;
/// Four certificates and keys in PEM are far less.
const MAX_CONNECTION: u64 = 256 << 10;
