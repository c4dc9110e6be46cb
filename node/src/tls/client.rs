// SPDX-License-Identifier: Apache-2.0
//! The TLS of a client: of a node that calls a node it knows by its key, and of one who trusts roots.

use super::anchors::Anchors;
use super::handshake::signatures_of_handshakes;
use super::verify::Servers;
use super::{H2, Pair, Pem, TlsFilesError, content, file, provider, trusted};
use pki::Certificate;
use proto::Bytes;
use rustls::client::danger::{ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, Error as TlsError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use sys::Disk;

/// What a node shows to the nodes that it calls.
#[derive(Debug)]
pub struct ClientIdentity {
    disk: Arc<dyn Disk>,
    certificate: PathBuf,
    key: PathBuf,
}

impl ClientIdentity {
    /// Reads the files, to see that they will do.
    ///
    /// # Errors
    /// [`TlsFilesError`].
    pub fn load(
        disk: &Arc<dyn Disk>,
        certificate: PathBuf,
        key: PathBuf,
    ) -> Result<Self, TlsFilesError> {
        Pair::read(&**disk, &certificate, &key)?;
        Ok(Self { disk: Arc::clone(disk), certificate, key })
    }

    /// The settings for a connection to the node whose TLS certificate has this key
    /// (`SubjectPublicKeyInfo`, DER). The files are read for each connection, so that a renewed
    /// certificate needs no restart.
    ///
    /// # Errors
    /// [`TlsFilesError`].
    pub fn to(&self, key: &Bytes) -> Result<Arc<ClientConfig>, TlsFilesError> {
        let pair = Pair::read(&*self.disk, &self.certificate, &self.key)?;
        let provider = provider();
        let pinned = Arc::new(Pinned { key: key.clone(), provider: provider.clone() });
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| content(&self.certificate, error))?
            .dangerous()
            .with_custom_certificate_verifier(pinned)
            .with_client_auth_cert(pair.chain, pair.key);
        let mut config = config.map_err(|error| content(&self.key, error))?;
        config.alpn_protocols = vec![H2.to_vec()];
        Ok(Arc::new(config))
    }
}

/// Whom a client of a server trusts, and what it shows when it is asked.
#[derive(Clone, Debug)]
pub struct ClientRoots {
    roots: Arc<Anchors>,
    identity: Option<(PathBuf, PathBuf)>,
}

impl ClientRoots {
    /// Reads roots from PEM files. `identity` is the files of a certificate and its key, for servers
    /// that ask for one.
    ///
    /// # Errors
    /// [`TlsFilesError`].
    pub fn load(
        disk: &dyn Disk,
        files: &[PathBuf],
        identity: Option<(PathBuf, PathBuf)>,
    ) -> Result<Self, TlsFilesError> {
        let mut roots = Vec::new();
        for path in files {
            roots.extend(trusted(path, &file(disk, path)?)?);
        }
        Ok(Self { roots: Arc::new(Anchors::new(roots)?), identity })
    }

    /// The same with roots that a configuration of a channel brings, DER.
    ///
    /// # Errors
    /// [`TlsFilesError::Content`] when one is no certificate.
    pub fn of(
        roots: &[Vec<u8>],
        identity: Option<(PathBuf, PathBuf)>,
    ) -> Result<Self, TlsFilesError> {
        let read = |root: &Vec<u8>| Certificate::from_der(root);
        let roots = roots.iter().map(read).collect::<Result<Vec<_>, _>>();
        let roots = roots.map_err(|error| content(Path::new("a TLS root"), error))?;
        Ok(Self { roots: Arc::new(Anchors::new(roots)?), identity })
    }

    /// The settings for a connection.
    ///
    /// # Errors
    /// [`TlsFilesError`].
    pub fn config(&self, disk: &dyn Disk) -> Result<Arc<ClientConfig>, TlsFilesError> {
        let Some((certificate, key)) = &self.identity else {
            return config(Arc::clone(&self.roots), None);
        };
        let pair = Pair::read(disk, certificate, key)?;
        config(Arc::clone(&self.roots), Some((pair, key.as_path())))
    }
}

/// The settings for a connection to a server whose roots are at hand, and so is what it is shown:
/// certificate and key, PEM.
///
/// # Errors
/// [`TlsFilesError::Content`], under the name of what is wrong.
pub(crate) fn settings(
    roots: Pem<'_>,
    identity: Option<(Pem<'_>, Pem<'_>)>,
) -> Result<Arc<ClientConfig>, TlsFilesError> {
    let anchors = Anchors::new(trusted(roots.name, roots.text)?)?;
    let pair = identity
        .map(|(certificate, key)| Pair::of(&certificate, &key).map(|pair| (pair, key.name)));
    config(Arc::new(anchors), pair.transpose()?)
}

/// `shown` comes with the name of its key.
fn config(
    roots: Arc<Anchors>,
    shown: Option<(Pair, &Path)>,
) -> Result<Arc<ClientConfig>, TlsFilesError> {
    let provider = provider();
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| content(Path::new("TLS"), error))?
        .dangerous()
        .with_custom_certificate_verifier(Servers::of(roots, provider));
    let mut config = match shown {
        None => config.with_no_client_auth(),
        Some((pair, name)) => {
            let made = config.with_client_auth_cert(pair.chain, pair.key);
            made.map_err(|error| content(name, error))?
        }
    };
    config.alpn_protocols = vec![H2.to_vec()];
    Ok(Arc::new(config))
}

/// Takes the certificate with that key, and no other. The configuration of a channel vouches for the
/// key, so names, dates and roots add nothing.
#[derive(Debug)]
struct Pinned {
    key: Bytes,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        match orderer::member_key(certificate) {
            Some(key) if key == self.key => Ok(ServerCertVerified::assertion()),
            _ => Err(TlsError::General("it has another key than the channel lists".to_owned())),
        }
    }

    signatures_of_handshakes!();
}
