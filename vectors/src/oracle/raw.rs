// SPDX-License-Identifier: Apache-2.0
//! A question in the types of rustls-webpki.

use super::algorithms::Plugged;
use crate::limbo::{Case, Question};
use bccsp::Providers;
use bccsp::encoding::pem;
use pki::path::{Options, Purpose};
use rustls_pki_types::{
    CertificateDer, ServerName, SignatureVerificationAlgorithm, TrustAnchor, UnixTime,
};
use std::time::Duration;
use webpki::{
    CertRevocationList, EndEntityCert, Error, KeyUsage, OwnedCertRevocationList,
    RevocationCheckDepth, RevocationOptions, RevocationOptionsBuilder, VerifiedPath,
};

/// A question in DER.
pub(super) struct Raw<'a> {
    anchors: Vec<CertificateDer<'static>>,
    intermediates: Vec<CertificateDer<'static>>,
    leaf: CertificateDer<'static>,
    crls: Vec<Vec<u8>>,
    options: &'a Options,
}

impl<'a> Raw<'a> {
    pub(super) fn of(question: &'a Question) -> Self {
        let Question { anchors, intermediates, leaf, crls, options } = question;
        let der = |list: &[pki::Certificate]| -> Vec<CertificateDer<'static>> {
            list.iter().map(|one| CertificateDer::from(one.as_der().to_vec())).collect()
        };
        Self {
            anchors: der(anchors),
            intermediates: der(intermediates),
            leaf: CertificateDer::from(leaf.as_der().to_vec()),
            crls: crls.iter().map(|crl| crl.as_der().to_vec()).collect(),
            options,
        }
    }

    /// The same of a case that we cannot read.
    pub(super) fn of_case(case: &Case, options: &'a Options) -> Result<Self, String> {
        let certificates = |list: &[String]| -> Result<Vec<CertificateDer<'static>>, String> {
            list.iter().map(|text| Ok(CertificateDer::from(der(text)?))).collect()
        };
        Ok(Self {
            anchors: certificates(&case.trusted_certs)?,
            intermediates: certificates(&case.untrusted_intermediates)?,
            leaf: CertificateDer::from(der(&case.peer_certificate)?),
            crls: case.crls.iter().map(|text| der(text)).collect::<Result<_, _>>()?,
            options,
        })
    }

    /// What rustls-webpki answers, and its reason.
    pub(super) fn ask(&self, providers: &Providers) -> Result<(), String> {
        self.verify(providers).map_err(|error| error.to_string())
    }

    fn verify(&self, providers: &Providers) -> Result<(), Error> {
        let anchors = self.anchors.iter().map(webpki::anchor_from_trusted_cert);
        let anchors: Vec<TrustAnchor<'_>> = anchors.collect::<Result<_, _>>()?;
        let leaf = EndEntityCert::try_from(&self.leaf)?;
        let usage = match self.options.purpose {
            Purpose::ClientAuth => KeyUsage::client_auth(),
            _ => KeyUsage::server_auth(),
        };
        let crls = self.crls.iter().map(|der| OwnedCertRevocationList::from_der(der));
        let crls: Vec<CertRevocationList<'_>> =
            crls.map(|crl| crl.map(Into::into)).collect::<Result<_, _>>()?;
        let crls: Vec<&CertRevocationList<'_>> = crls.iter().collect();
        let algorithms = Plugged::both(providers);
        let algorithms: Vec<&dyn SignatureVerificationAlgorithm> =
            algorithms.iter().map(|one| one as _).collect();
        let depth = |path: &VerifiedPath<'_>| self.depth(path);
        leaf.verify_for_usage(
            &algorithms,
            &anchors,
            &self.intermediates,
            UnixTime::since_unix_epoch(Duration::from_secs(self.options.time.0)),
            usage,
            revocation(&crls),
            Some(&depth),
        )?;
        self.host(&leaf)
    }

    /// Its own limit is six intermediates.
    fn depth(&self, path: &VerifiedPath<'_>) -> Result<(), Error> {
        if path.intermediate_certificates().count() > self.options.max_depth {
            return Err(Error::MaximumPathDepthExceeded);
        }
        Ok(())
    }

    fn host(&self, leaf: &EndEntityCert<'_>) -> Result<(), Error> {
        let Some(host) = &self.options.host else {
            return Ok(());
        };
        let name =
            ServerName::try_from(host.to_string()).map_err(|_| Error::MalformedDnsIdentifier)?;
        leaf.verify_is_valid_for_subject_name(&name)
    }
}

/// The leaf's revocation must be known, by lists that are in force.
fn revocation<'c>(crls: &'c [&'c CertRevocationList<'c>]) -> Option<RevocationOptions<'c>> {
    let options = RevocationOptionsBuilder::new(crls).ok()?;
    let options = options.with_depth(RevocationCheckDepth::EndEntity);
    Some(options.with_expiration_policy(webpki::ExpirationPolicy::Enforce).build())
}

fn der(text: &str) -> Result<Vec<u8>, String> {
    let blocks = pem::decode_all(text.as_bytes()).map_err(|error| error.to_string())?;
    Ok(blocks.first().ok_or("no PEM")?.der().to_vec())
}
