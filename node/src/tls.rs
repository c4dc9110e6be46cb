// SPDX-License-Identifier: Apache-2.0
//! TLS of a process: server and client settings made of PEM files, made again when the files
//! change, and who is at the other end.
//!
//! Not here: sockets (`server`), which callers may do what.

use crate::config::TlsFiles;
use bccsp::Providers;
use proto::Bytes;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    ClientConfig, DigitallySignedStruct, DistinguishedName, Error as TlsError, RootCertStore,
    ServerConfig, SignatureScheme,
};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use sys::{Clock, Disk};

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

/// A server's TLS, the same for all its connections until the files change.
#[derive(Debug)]
pub struct ServerTls {
    files: TlsFiles,
    disk: Arc<dyn Disk>,
    clock: Arc<dyn Clock>,
    current: RwLock<Current>,
}

#[derive(Clone, Debug)]
struct Current {
    /// What the files held.
    read: Vec<Vec<u8>>,
    config: Arc<ServerConfig>,
    roots: Option<Arc<dyn ClientCertVerifier>>,
    certificate: CertificateDer<'static>,
}

/// Who is at the other end of a connection.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    certificate: Option<CertificateDer<'static>>,
    is_trusted: bool,
    is_mutual: bool,
}

impl Caller {
    /// Its certificate, DER, whose key it has shown to have; nothing without TLS, or when it showed
    /// none.
    #[must_use]
    pub fn certificate(&self) -> Option<&[u8]> {
        self.certificate.as_deref()
    }

    /// Whether the certificate leads to a root that this server was told.
    #[must_use]
    pub fn is_trusted(&self) -> bool {
        self.is_trusted
    }

    /// What a request that is bound to the connection must carry: the hash of the certificate, when
    /// this server asks everybody for one.
    #[must_use]
    pub fn binding(&self, providers: &Providers) -> Option<Bytes> {
        let certificate = self.certificate.as_ref().filter(|_| self.is_mutual)?;
        let hash = providers.hash(bccsp::HashAlgorithm::FABRIC_CLIENT).ok()?;
        Some(Bytes::copy_from_slice(hash.digest(&[certificate]).as_ref()))
    }
}

impl ServerTls {
    /// Reads the files.
    ///
    /// # Errors
    /// [`TlsFilesError`].
    pub fn load(
        disk: &Arc<dyn Disk>,
        clock: &Arc<dyn Clock>,
        files: TlsFiles,
    ) -> Result<Self, TlsFilesError> {
        let current = RwLock::new(read(&**disk, &files)?);
        Ok(Self { files, disk: Arc::clone(disk), clock: Arc::clone(clock), current })
    }

    fn current(&self) -> Current {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The settings for a new connection.
    #[must_use]
    pub fn config(&self) -> Arc<ServerConfig> {
        self.current().config
    }

    /// The server's certificate.
    #[must_use]
    pub fn certificate(&self) -> CertificateDer<'static> {
        self.current().certificate
    }

    /// Reads the files again; new connections use what they hold. Whether that is anything new.
    ///
    /// # Errors
    /// [`TlsFilesError`]; then everything stays as it is.
    pub fn reload(&self) -> Result<bool, TlsFilesError> {
        let read = read(&*self.disk, &self.files)?;
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let is_new = current.read != read.read;
        if is_new {
            *current = read;
        }
        Ok(is_new)
    }

    /// Who has shown these certificates in a handshake.
    pub(crate) fn caller(&self, shown: Option<&[CertificateDer<'static>]>) -> Caller {
        let is_mutual = self.files.mutual;
        let Some((certificate, between)) = shown.and_then(<[_]>::split_first) else {
            return Caller { is_mutual, ..Caller::default() };
        };
        let now = UnixTime::since_unix_epoch(Duration::from_secs(self.clock.now().0));
        let is_trusted = self
            .current()
            .roots
            .is_some_and(|roots| roots.verify_client_cert(certificate, between, now).is_ok());
        Caller { certificate: Some(certificate.clone()), is_trusted, is_mutual }
    }
}

fn read(disk: &dyn Disk, files: &TlsFiles) -> Result<Current, TlsFilesError> {
    let pair = Pair::read(disk, &files.certificate, &files.key)?;
    let mut held = pair.read.clone();
    let mut roots = RootCertStore::empty();
    for path in &files.client_roots {
        let bytes = file(disk, path)?;
        for root in certificates(path, &bytes)? {
            roots.add(root).map_err(|error| content(path, error))?;
        }
        held.push(bytes);
    }
    let provider = provider();
    let wrong = |error: String| content(&files.certificate, error);
    let roots = match roots.is_empty() {
        true => None,
        false => {
            let made =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
            Some(made.build().map_err(|error| wrong(error.to_string()))?)
        }
    };
    let verifier: Arc<dyn ClientCertVerifier> = match &roots {
        Some(roots) if files.mutual => roots.clone(),
        _ => Arc::new(Anybody(provider.clone())),
    };
    let certificate = pair.certificate();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(error.to_string()))?
        .with_client_cert_verifier(verifier)
        .with_single_cert(pair.chain, pair.key);
    let mut config = config.map_err(|error| content(&files.key, error))?;
    config.alpn_protocols = vec![H2.to_vec()];
    Ok(Current { read: held, config: Arc::new(config), roots, certificate })
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
        let chain = certificates(certificate, &pem)?;
        let none = |_| content(key, "there is no private key in it (PEM, PKCS #8)");
        Ok(Self {
            chain,
            key: PrivateKeyDer::from_pem_slice(&secret).map_err(none)?,
            read: vec![pem, secret],
        })
    }

    fn certificate(&self) -> CertificateDer<'static> {
        self.chain.first().cloned().unwrap_or_else(|| CertificateDer::from(Vec::new()))
    }
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

fn content(path: &Path, why: impl std::fmt::Display) -> TlsFilesError {
    TlsFilesError::Content { path: path.to_path_buf(), why: why.to_string() }
}

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

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls_graviola::default_provider())
}

/// Takes any client certificate whose key the client has: what it is good for is asked later, of
/// those calls that need one.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ClientCertVerifier for Anybody {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, TlsError> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
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

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

const H2: &[u8] = b"h2";
