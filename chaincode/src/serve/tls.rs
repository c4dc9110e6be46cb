// SPDX-License-Identifier: Apache-2.0
//! TLS by files: ordinary TLS, whatever family the channel has, because peers speak it.

use super::{ServeError, TlsFiles};
use base64ct::{Base64, Encoding as _};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use std::path::Path;
use std::sync::Arc;

/// gRPC runs on HTTP/2 only, and clients insist that it is negotiated.
const ALPN: &[u8] = b"h2";

/// How we answer peers that dial.
pub(super) async fn server(files: &TlsFiles) -> Result<Arc<ServerConfig>, ServeError> {
    let provider = Arc::new(rustls_graviola::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone());
    let builder = builder.with_safe_default_protocol_versions()?;
    let builder = match &files.roots {
        Some(path) => {
            let roots = Arc::new(roots(path).await?);
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider).build();
            let refused = |error: rustls::server::VerifierBuilderError| content(path, &error);
            builder.with_client_cert_verifier(verifier.map_err(refused)?)
        }
        None => builder.with_no_client_auth(),
    };
    let (chain, key) = identity(files).await?.ok_or_else(|| {
        ServeError::Options("TLS of a service needs a certificate and its key".into())
    })?;
    let mut config = builder.with_single_cert(chain, key)?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(Arc::new(config))
}

/// How we dial a peer.
pub(super) async fn client(files: &TlsFiles) -> Result<Arc<ClientConfig>, ServeError> {
    let provider = Arc::new(rustls_graviola::default_provider());
    let builder = ClientConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions()?;
    let path = files.roots.as_ref();
    let path = path.ok_or_else(|| ServeError::Options("TLS needs the peer's roots".into()))?;
    let builder = builder.with_root_certificates(roots(path).await?);
    let mut config = match identity(files).await? {
        Some((chain, key)) => builder.with_client_auth_cert(chain, key)?,
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(Arc::new(config))
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

async fn identity(files: &TlsFiles) -> Result<Option<Identity>, ServeError> {
    let (Some(certificate), Some(key)) = (&files.certificate, &files.key) else {
        return Ok(None);
    };
    let chain = certificates(certificate).await?;
    let pem = pem(key).await?;
    let read = PrivateKeyDer::from_pem_slice(&pem).map_err(|error| content(key, &error))?;
    Ok(Some((chain, read)))
}

async fn roots(path: &Path) -> Result<RootCertStore, ServeError> {
    let mut store = RootCertStore::empty();
    for certificate in certificates(path).await? {
        store.add(certificate).map_err(|error| content(path, &error))?;
    }
    Ok(store)
}

async fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, ServeError> {
    let pem = pem(path).await?;
    let read = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    let read = read.map_err(|error| content(path, &error))?;
    if read.is_empty() { Err(content(path, &"no certificate in it")) } else { Ok(read) }
}

/// A PEM file; one that is base64 of PEM, as Fabric hands them to chaincode, is opened.
async fn pem(path: &Path) -> Result<Vec<u8>, ServeError> {
    let failed = |source| ServeError::File { path: path.to_owned(), source };
    let bytes = tokio::fs::read(path).await.map_err(failed)?;
    let text: String = String::from_utf8_lossy(&bytes).split_ascii_whitespace().collect();
    Ok(Base64::decode_vec(&text).unwrap_or(bytes))
}

fn content(path: &Path, what: &impl ToString) -> ServeError {
    ServeError::Content { path: path.to_owned(), what: what.to_string() }
}
