// SPDX-License-Identifier: Apache-2.0
//! What certificates, requests and CRLs have in common: signed bytes, an algorithm, a signature.

use crate::asn1::{Reader, tag, write};
use crate::{AlgorithmId, Error};
use bccsp::encoding::algorithm::signature_identifier;
use bccsp::{Context, Providers, PublicKey, SigningKey, VerifyingKey};
use core::ops::Range;
use der::Encode;

/// The shell `SEQUENCE { tbs, signatureAlgorithm, signature }` (RFC 5280 section 4.1.1), with the
/// bytes as they travelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signed {
    pub(crate) der: Vec<u8>,
    tbs: Range<usize>,
    pub(crate) algorithm: AlgorithmId,
    signature: Vec<u8>,
    /// Whether the signature is a whole number of bytes.
    whole: bool,
}

impl Signed {
    /// Reads the shell and gives what is to be found inside the signed part.
    pub(crate) fn read<'a>(
        der: &'a [u8],
        object: &'static str,
    ) -> Result<(Self, Reader<'a>), Error> {
        let mut outer = Reader::whole(der, tag::SEQUENCE, object, "encoding")?;
        let tbs = outer.take(tag::SEQUENCE, "signed part")?;
        let inside = outer.inside(tbs);
        let algorithm = AlgorithmId::read(&mut outer, "signatureAlgorithm")?;
        let signature = outer.bit_string("signature")?;
        outer.finish("encoding")?;
        // The signed part follows the header of the whole.
        let behind = algorithm.as_der().len().saturating_add(signature_len(signature.bytes.len()));
        let end = der.len().saturating_sub(behind);
        let start = end.saturating_sub(tbs.raw.len());
        debug_assert_eq!(der.get(start..end), Some(tbs.raw));
        let signed = Self {
            der: der.to_vec(),
            tbs: start..end,
            algorithm,
            signature: signature.bytes.to_vec(),
            whole: signature.unused == 0,
        };
        Ok((signed, inside))
    }

    /// The bytes that were signed.
    pub(crate) fn tbs(&self) -> &[u8] {
        self.der.get(self.tbs.clone()).unwrap_or_default()
    }

    pub(crate) fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Judges the signature under a key; `inner` is the algorithm inside the signed part, where
    /// the format has one.
    pub(crate) fn verify(
        &self,
        providers: &Providers,
        key: &PublicKey,
        inner: Option<&AlgorithmId>,
        object: &'static str,
    ) -> Result<(), Error> {
        self.verify_with(providers.verifying_key(key)?.as_ref(), inner, object)
    }

    /// The same with a key that was taken in before.
    pub(crate) fn verify_with(
        &self,
        key: &dyn VerifyingKey,
        inner: Option<&AlgorithmId>,
        object: &'static str,
    ) -> Result<(), Error> {
        self.same_algorithm(inner, object)?;
        let algorithm = self.algorithm.signature_algorithm()?;
        if !self.whole || algorithm != key.signature_algorithm() {
            return Err(Error::BadSignature { object });
        }
        key.verify(Context::X509, &[self.tbs()], &self.signature).map_err(|error| match error {
            bccsp::Error::Refused => Error::BadSignature { object },
            other => other.into(),
        })
    }

    /// The signed bytes and the signature, for whoever knows other algorithms; nothing for a
    /// signature that is no whole number of bytes.
    pub(crate) fn parts(
        &self,
        inner: Option<&AlgorithmId>,
        object: &'static str,
    ) -> Result<Option<Parts<'_>>, Error> {
        self.same_algorithm(inner, object)?;
        Ok(self.whole.then(|| Parts { message: self.tbs(), signature: self.signature() }))
    }

    fn same_algorithm(
        &self,
        inner: Option<&AlgorithmId>,
        object: &'static str,
    ) -> Result<(), Error> {
        if inner.is_some_and(|inner| *inner != self.algorithm) {
            return Err(Error::AlgorithmsDiffer { object });
        }
        Ok(())
    }
}

/// What was signed, and the signature.
pub(crate) struct Parts<'a> {
    pub(crate) message: &'a [u8],
    pub(crate) signature: &'a [u8],
}

/// Length of a BIT STRING of so many whole bytes.
fn signature_len(bytes: usize) -> usize {
    let contents = bytes.saturating_add(1);
    let header = match contents {
        0..=0x7f => 2,
        0x80..=0xff => 3,
        0x100..=0xffff => 4,
        0x1_0000..=0xff_ffff => 5,
        _ => 6,
    };
    contents.saturating_add(header)
}

/// The identifier of the algorithm `key` signs with: parameters absent.
pub(crate) fn algorithm_of(key: &dyn SigningKey, object: &'static str) -> Result<Vec<u8>, Error> {
    signature_identifier(key.verifying_key().signature_algorithm())
        .to_der()
        .map_err(|_| Error::Build { object, why: "the algorithm identifier does not fit DER" })
}

/// Signs, verifies the signature, and puts the shell around.
pub(crate) fn sign(
    tbs: &[u8],
    key: &dyn SigningKey,
    object: &'static str,
) -> Result<Vec<u8>, Error> {
    let algorithm = algorithm_of(key, object)?;
    let signature = key.sign(Context::X509, &[tbs])?;
    // r ‖ s is what raw interfaces and some devices give; everybody refuses it in a certificate.
    if !is_two_integers(signature.as_ref()) {
        return Err(Error::Build { object, why: "the key gave a signature that is not in DER" });
    }
    if signature.algorithm() != key.verifying_key().signature_algorithm() {
        return Err(Error::Build { object, why: "the key signed with another algorithm" });
    }
    // A signature that a fault has struck can give the key away to whoever sees it.
    let right = key.verifying_key().verify(Context::X509, &[tbs], signature.as_ref());
    right.map_err(|_| Error::Build { object, why: WRONG })?;
    Ok(write::sequence(&[tbs, &algorithm, &write::bit_string(signature.as_ref())]))
}

const WRONG: &str = "the signature that the key made does not verify, so it is kept back: a fault of this machine, \
                     or of the device that holds the key";

fn is_two_integers(signature: &[u8]) -> bool {
    let read = || -> Result<(), Error> {
        let mut inside = Reader::whole(signature, tag::SEQUENCE, "signature", "signature")?;
        inside.integer("r")?;
        inside.integer("s")?;
        inside.finish("signature")
    };
    read().is_ok()
}
