// SPDX-License-Identifier: Apache-2.0
//! TLS of a process: server and client settings made of PEM files, made again when the files
//! change, and who is at the other end.
//!
//! Not here: sockets (`server`), which callers may do what.

mod anchors;
mod client;
mod handshake;
mod server;
#[cfg(test)]
mod tests;
mod verify;

pub(crate) use client::settings;
pub use client::{ClientIdentity, ClientRoots};
pub use server::{Caller, ServerTls};

use pki::Certificate;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use sys::Disk;

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsFilesError {
    /// A file cannot be read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// What is in it will not do.
    #[error("{path}: {why}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what to do.
        why: String,
    },
}

/// PEM that is at hand, and what it is called where something is wrong with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pem<'a> {
    pub(crate) name: &'a Path,
    pub(crate) text: &'a [u8],
}

/// A certificate with what is between it and its root, and its key.
#[derive(Debug)]
struct Pair {
    read: Vec<Vec<u8>>,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Pair {
    fn read(disk: &dyn Disk, certificate: &Path, key: &Path) -> Result<Self, TlsFilesError> {
        let (pem, secret) = (file(disk, certificate)?, file(disk, key)?);
        let pair =
            Self::of(&Pem { name: certificate, text: &pem }, &Pem { name: key, text: &secret });
        Ok(Self { read: vec![pem, secret], ..pair? })
    }

    fn of(certificate: &Pem<'_>, key: &Pem<'_>) -> Result<Self, TlsFilesError> {
        let chain = certificates(certificate.name, certificate.text)?;
        let none = |_| content(key.name, "there is no private key in it (PEM, PKCS #8)");
        let key = PrivateKeyDer::from_pem_slice(key.text).map_err(none)?;
        Ok(Self { read: Vec::new(), chain, key })
    }

    fn certificate(&self) -> CertificateDer<'static> {
        self.chain.first().cloned().unwrap_or_else(|| CertificateDer::from(Vec::new()))
    }
}

/// The certificate that a client shows, DER: the first in its file. The key is read to see that it
/// will do.
///
/// # Errors
/// [`TlsFilesError`].
pub fn certificate_of(
    disk: &dyn Disk,
    certificate: &Path,
    key: &Path,
) -> Result<Vec<u8>, TlsFilesError> {
    Ok(Pair::read(disk, certificate, key)?.certificate().to_vec())
}

fn file(disk: &dyn Disk, path: &Path) -> Result<Vec<u8>, TlsFilesError> {
    disk.read(path).map_err(|source| TlsFilesError::File { path: path.to_path_buf(), source })
}

/// At least one.
fn certificates(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsFilesError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(content(path, "there is no certificate in it (PEM)")),
        Err(error) => Err(content(path, error)),
    }
}

/// The same as roots: at least one.
fn trusted(path: &Path, pem: &[u8]) -> Result<Vec<Certificate>, TlsFilesError> {
    let read = |der: &CertificateDer<'_>| Certificate::from_der(der);
    let found = certificates(path, pem)?;
    found.iter().map(read).collect::<Result<_, _>>().map_err(|error| content(path, error))
}

fn content(path: &Path, why: impl std::fmt::Display) -> TlsFilesError {
    TlsFilesError::Content { path: path.to_path_buf(), why: why.to_string() }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls_graviola::default_provider())
}

const H2: &[u8] = b"h2";

/// The roots of the TLS certificates of an organisation, DER.
pub(crate) fn roots_of(definition: &msp::Definition) -> Result<Vec<Vec<u8>>, String> {
    let roots = definition.tls_roots().map_err(|error| error.to_string())?;
    Ok(roots.iter().map(|root| root.as_der().to_vec()).collect())
}

/// Looks after the TLS files, which are small: what is new in them is used without a restart.
pub(crate) async fn reload(all: Vec<Arc<ServerTls>>) {
    loop {
        tokio::time::sleep(LOOK).await;
        for tls in &all {
            match tls.reload() {
                Ok(false) => {}
                Ok(true) => tracing::info!("TLS files have changed, and are used"),
                Err(error) => tracing::warn!(%error, "new TLS files cannot be used"),
            }
        }
    }
}

const LOOK: Duration = Duration::from_secs(5);
