// SPDX-License-Identifier: Apache-2.0
//! Who is taken in a handshake: servers and clients whose certificate leads to a root, and anybody.

use super::anchors::Anchors;
use super::handshake::signatures_of_handshakes;
use rustls::client::danger::{ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DistinguishedName, Error as TlsError};
use std::sync::Arc;

/// Servers whose certificate leads to a root, is for servers, and names the host.
#[derive(Debug)]
pub(super) struct Servers {
    anchors: Arc<Anchors>,
    provider: Arc<CryptoProvider>,
}

impl Servers {
    pub(super) fn of(anchors: Arc<Anchors>, provider: Arc<CryptoProvider>) -> Arc<Self> {
        Arc::new(Self { anchors, provider })
    }
}

impl ServerCertVerifier for Servers {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        sent: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        self.anchors.verify(certificate, sent, Some(name), now)?;
        Ok(ServerCertVerified::assertion())
    }

    signatures_of_handshakes!();
}

/// Clients whose certificate leads to a root and is for clients, or, without roots, any client that
/// has the key of its certificate: what that is good for is asked later, of those calls that need it.
#[derive(Debug)]
pub(super) struct Clients {
    anchors: Option<Arc<Anchors>>,
    is_mandatory: bool,
    provider: Arc<CryptoProvider>,
}

impl Clients {
    pub(super) fn of(
        anchors: Arc<Anchors>,
        is_mandatory: bool,
        provider: Arc<CryptoProvider>,
    ) -> Arc<Self> {
        Arc::new(Self { anchors: Some(anchors), is_mandatory, provider })
    }

    pub(super) fn anybody(provider: Arc<CryptoProvider>) -> Arc<Self> {
        Arc::new(Self { anchors: None, is_mandatory: false, provider })
    }
}

impl ClientCertVerifier for Clients {
    fn client_auth_mandatory(&self) -> bool {
        self.is_mandatory
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.anchors.as_ref().map_or(&[], |anchors| anchors.subjects())
    }

    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        sent: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, TlsError> {
        if let Some(anchors) = &self.anchors {
            anchors.verify(certificate, sent, None, now)?;
        }
        Ok(ClientCertVerified::assertion())
    }

    signatures_of_handshakes!();
}
