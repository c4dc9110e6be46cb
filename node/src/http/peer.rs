// SPDX-License-Identifier: Apache-2.0
//! Who is at the other end.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use rustls::pki_types::CertificateDer;
use std::net::SocketAddr;
use std::sync::Arc;

/// The other end of a connection; an extension of every request that [`super::Server`] hands on.
#[derive(Clone, Debug)]
pub struct Peer {
    address: SocketAddr,
    chain: Arc<[CertificateDer<'static>]>,
}

impl Peer {
    /// A peer with the certificates it has shown, its own first; none without mutual TLS.
    pub(super) fn new(address: SocketAddr, chain: Vec<CertificateDer<'static>>) -> Self {
        Self { address, chain: chain.into() }
    }

    /// Where it speaks from.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its certificate, which the TLS configuration's verifier has accepted.
    #[must_use]
    pub fn certificate(&self) -> Option<&CertificateDer<'static>> {
        self.chain.first()
    }
}

/// Answers 401, with no body, whoever has not shown a certificate that was verified.
pub async fn require_certificate(request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>();
    if peer.and_then(Peer::certificate).is_some() {
        return next.run(request).await;
    }
    StatusCode::UNAUTHORIZED.into_response()
}
