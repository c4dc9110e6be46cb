// SPDX-License-Identifier: Apache-2.0
//! Certificates that lead to roots, judged by the path engine of `pki`: one engine, and one set of
//! rules, for identities and for TLS.
//!
//! The policy is [`POLICY`]. Keys and signatures that are of neither family are verified by the
//! provider that TLS has anyway, so that peers of another house with larger keys are still met.
//!
//! Not here: the signatures of handshakes, which stay with rustls.

use super::{TlsFilesError, content};
use bccsp::{EngineChoice, Providers, Suite};
use pki::path::{self, Failure, Options, OtherAlgorithms, Policy, Purpose, Rule};
use pki::{AlgorithmId, Certificate, PublicKeyInfo, Time};
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{AlgorithmIdentifier, CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DistinguishedName, OtherError};
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use sys::Timestamp;

/// What is unsafe is refused under every policy, and this one demands no forms besides: `webpki` would
/// refuse the TLS roots that Fabric's own `cryptogen` makes, because they have an extKeyUsage.
const POLICY: Policy = Policy::GmField;

/// Intermediates that somebody may send along. Real chains have one or two.
const MOST_SENT: usize = 16;

/// Roots of TLS certificates.
#[derive(Debug)]
pub(super) struct Anchors {
    verifier: path::Verifier,
    subjects: Vec<DistinguishedName>,
}

impl Anchors {
    pub(super) fn new(roots: Vec<Certificate>) -> Result<Self, TlsFilesError> {
        // Whatever families this program has: the default is for making keys, and none are made.
        let of = |suite| Providers::new(suite, EngineChoice::Auto);
        let providers = of(Suite::Nist).or_else(|_| of(Suite::Gm));
        let providers = providers.map_err(|error| content(Path::new("TLS"), error))?;
        let name = |root: &Certificate| root.subject().as_der().to_vec().into();
        let subjects = roots.iter().map(name).collect();
        let others = OfProvider(super::provider().signature_verification_algorithms);
        let verifier = path::Verifier::new(&providers, roots, [], []);
        Ok(Self { verifier: verifier.with_algorithms(Arc::new(others)), subjects })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.subjects.is_empty()
    }

    /// The names of the roots.
    pub(super) fn subjects(&self) -> &[DistinguishedName] {
        &self.subjects
    }

    /// Whether a certificate leads to one of the roots, and is good for this server, or for a client.
    pub(super) fn verify(
        &self,
        certificate: &CertificateDer<'_>,
        sent: &[CertificateDer<'_>],
        server: Option<&ServerName<'_>>,
        now: UnixTime,
    ) -> Result<(), CertificateError> {
        let read = |der: &CertificateDer<'_>| Certificate::from_der(der);
        let leaf = read(certificate).map_err(|_| CertificateError::BadEncoding)?;
        if sent.len() > MOST_SENT {
            return Err(other(format!(
                "more than {MOST_SENT} intermediate certificates were sent"
            )));
        }
        // One that cannot be read is no part of a path, and need not be one.
        let sent: Vec<Certificate> = sent.iter().filter_map(|der| read(der).ok()).collect();
        let mut options = Options::at(Timestamp(now.as_secs()));
        options.policy = POLICY;
        options.purpose = Purpose::ClientAuth;
        if let Some(name) = server {
            options.purpose = Purpose::ServerAuth;
            options.host = Some(path::Host::parse(&name.to_str()).map_err(other)?);
        }
        let verdict = self.verifier.verify_with(&leaf, &sent, &options);
        verdict.map(drop).map_err(|failure| error_of(&failure, server, now))
    }
}

/// A failure in the words of rustls, which say less; those that it has none for keep ours.
fn error_of(failure: &Failure, server: Option<&ServerName<'_>>, now: UnixTime) -> CertificateError {
    let at = |time: &Time| UnixTime::since_unix_epoch(Duration::from_secs(time.timestamp().0));
    match (failure.rule(), server) {
        (Rule::Expired { until }, _) => {
            CertificateError::ExpiredContext { time: now, not_after: at(until) }
        }
        (Rule::NotYetValid { from }, _) => {
            CertificateError::NotValidYetContext { time: now, not_before: at(from) }
        }
        (Rule::IssuerUnknown { .. }, _) => CertificateError::UnknownIssuer,
        (Rule::Signature { .. }, _) => CertificateError::BadSignature,
        (Rule::Purpose { .. } | Rule::KeyUsage { .. }, _) => CertificateError::InvalidPurpose,
        (Rule::CriticalExtension { .. }, _) => CertificateError::UnhandledCriticalExtension,
        (Rule::Malformed(_) | Rule::DuplicateExtension { .. }, _) => CertificateError::BadEncoding,
        (Rule::Host { found, .. }, Some(name)) => CertificateError::NotValidForNameContext {
            expected: name.to_owned(),
            presented: vec![found.clone()],
        },
        _ => other(failure),
    }
}

fn other(why: impl fmt::Display) -> CertificateError {
    CertificateError::Other(OtherError(Arc::new(Words(why.to_string()))))
}

/// What rustls has no word for. It shows such errors as programmers see them, hence `Debug`.
struct Words(String);

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Words {}

/// Algorithms of the provider of TLS.
#[derive(Debug)]
struct OfProvider(WebPkiSupportedAlgorithms);

impl OtherAlgorithms for OfProvider {
    fn verify(
        &self,
        key: &PublicKeyInfo,
        algorithm: &AlgorithmId,
        message: &[u8],
        signature: &[u8],
    ) -> Option<bool> {
        let known = self.0.all.iter().find(|known| {
            is(known.public_key_alg_id(), key.algorithm())
                && is(known.signature_alg_id(), algorithm)
        })?;
        Some(known.verify_signature(key.key_bytes(), message, signature).is_ok())
    }
}

/// rustls leaves out the two bytes of the SEQUENCE around an identifier.
fn is(known: AlgorithmIdentifier, met: &AlgorithmId) -> bool {
    met.as_der().split_at_checked(2).is_some_and(|(_, inside)| *inside == *known)
}
