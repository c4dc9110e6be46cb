// SPDX-License-Identifier: Apache-2.0
//! The TLS of a server.

use super::anchors::Anchors;
use super::verify::Clients;
use super::{H2, Pair, TlsFilesError, content, file, provider, trusted};
use crate::config::{ClientAuth, TlsFiles};
use bccsp::Providers;
use proto::Bytes;
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use sys::{Clock, Disk};

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
    anchors: Arc<Anchors>,
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
    /// Somebody who has shown this certificate.
    #[cfg(test)]
    pub(crate) fn with(certificate: &[u8], is_trusted: bool) -> Self {
        let certificate = Some(CertificateDer::from(certificate.to_vec()));
        Self { certificate, is_trusted, is_mutual: false }
    }

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
        let is_mutual = self.files.clients == ClientAuth::Required;
        let Some((certificate, between)) = shown.and_then(<[_]>::split_first) else {
            return Caller { is_mutual, ..Caller::default() };
        };
        let now = UnixTime::since_unix_epoch(Duration::from_secs(self.clock.now().0));
        let anchors = self.current().anchors;
        let is_trusted = anchors.verify(certificate, between, None, now).is_ok();
        Caller { certificate: Some(certificate.clone()), is_trusted, is_mutual }
    }
}

fn read(disk: &dyn Disk, files: &TlsFiles) -> Result<Current, TlsFilesError> {
    let pair = Pair::read(disk, &files.certificate, &files.key)?;
    let mut held = pair.read.clone();
    let mut roots = Vec::new();
    for path in &files.client_roots {
        let bytes = file(disk, path)?;
        roots.extend(trusted(path, &bytes)?);
        held.push(bytes);
    }
    let provider = provider();
    let wrong = |error: String| content(&files.certificate, error);
    let anchors = Arc::new(Anchors::new(roots)?);
    let verifier =
        verifier(&anchors, files.clients, &provider).map_err(|why| wrong(why.to_owned()))?;
    let certificate = pair.certificate();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(error.to_string()))?
        .with_client_cert_verifier(verifier)
        .with_single_cert(pair.chain, pair.key);
    let mut config = config.map_err(|error| content(&files.key, error))?;
    config.alpn_protocols = vec![H2.to_vec()];
    Ok(Current { read: held, config: Arc::new(config), anchors, certificate })
}

/// Who is asked in a handshake about the certificates of clients.
fn verifier(
    anchors: &Arc<Anchors>,
    clients: ClientAuth,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, &'static str> {
    let of = |is_mandatory| Clients::of(Arc::clone(anchors), is_mandatory, Arc::clone(provider));
    Ok(match clients {
        ClientAuth::Any => Clients::anybody(Arc::clone(provider)),
        ClientAuth::IfGiven if anchors.is_empty() => WebPkiClientVerifier::no_client_auth(),
        ClientAuth::IfGiven => of(false),
        ClientAuth::Required if anchors.is_empty() => {
            return Err("clients must show a certificate, and no root of them is given");
        }
        ClientAuth::Required => of(true),
    })
}
