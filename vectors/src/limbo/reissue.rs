// SPDX-License-Identifier: Apache-2.0
//! Issues the certificates and revocation lists of cases again, under keys of another family.
//!
//! Everything but keys and signatures stays as it is, byte for byte: extensions, names, dates and
//! whatever is wrong about them; who shares a key with whom; and which signature does not verify.
//! So the verdict must stay, too. Private keys are derived from the public keys they stand for,
//! so that whoever runs it again gets the same keys; they protect nothing.

use super::der::{Element, bit_string, children, element, sequence};
use super::{Case, check};
use anyhow::{Context as _, Result, anyhow};
use bccsp::encoding::{pem, spki};
use bccsp::{Context, KeyAlgorithm, KeyMaterial, Providers, PublicKey, SigningKey, Suite};
use std::collections::{HashMap, HashSet};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use sys::Timestamp;

/// `AlgorithmIdentifier` of ECDSA with SHA-256 (RFC 5758 section 3.2).
const ECDSA: [u8; 12] = [0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
/// `AlgorithmIdentifier` of SM2 with SM3 (GB/T 20518-2018).
const SM2: [u8; 12] = [0x30, 10, 6, 8, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x83, 0x75];

/// Issues a whole file again: gives how many cases were written, and how many left out because
/// they hold an algorithm of neither family.
///
/// # Errors
/// What [`read`](super::read) and [`Reissuer::case`] give, and what the disk says.
pub fn reissue(from: &Path, to: &Path, families: Families) -> Result<(usize, usize)> {
    let providers = Providers::new(Suite::Gm, bccsp::EngineChoice::Auto)?;
    let mut reissuer = Reissuer::new(&providers, families);
    let name = || to.display().to_string();
    let mut out = BufWriter::new(std::fs::File::create(to).with_context(name)?);
    write!(out, "{{\"version\":1,\"testcases\":[")?;
    let (mut written, mut left_out) = (0, 0);
    super::read(from, |case| {
        match reissuer.case(&case).with_context(|| case.id.clone())? {
            None => left_out += 1,
            Some(case) => {
                writeln!(out, "{}", if written == 0 { "" } else { "," })?;
                serde_json::to_writer(&mut out, &case)?;
                written += 1;
            }
        }
        Ok(())
    })?;
    writeln!(out, "\n]}}")?;
    out.flush().with_context(name)?;
    Ok((written, left_out))
}

/// Which family the keys of trust anchors, and all other keys, are to be of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Families {
    /// Keys that a trust anchor of the case has.
    pub anchors: Suite,
    /// The other ones.
    pub others: Suite,
}

/// A public key by which another is found.
type Point = [u8; PublicKey::LEN];

/// Issues cases again; keeps what many of them share.
pub struct Reissuer<'a> {
    providers: &'a Providers,
    families: Families,
    keys: HashMap<(Point, Suite), Arc<dyn SigningKey>>,
    signers: HashMap<Vec<u8>, PublicKey>,
}

impl<'a> Reissuer<'a> {
    /// Starts with nothing remembered.
    #[must_use]
    pub fn new(providers: &'a Providers, families: Families) -> Self {
        Self { providers, families, keys: HashMap::new(), signers: HashMap::new() }
    }

    /// The case under new keys; nothing for one that holds an algorithm of neither family.
    ///
    /// # Errors
    /// What is no certificate or CRL at all.
    pub fn case(&mut self, case: &Case) -> Result<Option<Case>> {
        let question = check::question(case, Timestamp(0)).map_err(|why| anyhow!(why))?;
        if question.is_ok_and(|question| check::is_foreign(&question, self.providers)) {
            return Ok(None);
        }
        let anchors = parse_all(&case.trusted_certs)?;
        let intermediates = parse_all(&case.untrusted_intermediates)?;
        let leaf = parse_all(std::slice::from_ref(&case.peer_certificate))?;
        let crls = parse_all(&case.crls)?;
        let keys = |list: &[Vec<u8>]| -> Vec<PublicKey> {
            list.iter().filter_map(|der| self.public_key(der)).collect()
        };
        let trusted = keys(&anchors).iter().map(|key| *key.point()).collect();
        let mut all = keys(&anchors);
        all.extend(keys(&intermediates));
        all.extend(keys(&leaf));
        let known = Known { trusted, all };
        let mut issue = |list: &[Vec<u8>], label| {
            let one = |der: &Vec<u8>| Ok(pem::encode(label, &self.object(der, &known)?));
            list.iter().map(one).collect::<Result<Vec<String>>>()
        };
        let leaf = issue(&leaf, "CERTIFICATE")?;
        Ok(Some(Case {
            trusted_certs: issue(&anchors, "CERTIFICATE")?,
            untrusted_intermediates: issue(&intermediates, "CERTIFICATE")?,
            peer_certificate: leaf.concat(),
            peer_certificate_key: None,
            crls: issue(&crls, "X509 CRL")?,
            ..case.clone()
        }))
    }

    /// A certificate or CRL under new keys.
    fn object(&mut self, der: &[u8], known: &Known) -> Result<Vec<u8>> {
        let parts = children(element(der).context("no DER")?).context("no DER")?;
        let [tbs, _, signature] = parts.as_slice() else {
            return Err(anyhow!("neither certificate nor CRL"));
        };
        let signer = self.signer(der, tbs.raw, signature, known)?;
        let key = match &signer {
            Some(public) => self.key_for(public, known)?,
            // A signature that is by nobody here is by nobody here again.
            None => self.derive(b"stranger", self.families.others)?,
        };
        let algorithm = match key.verifying_key().public_key().algorithm() {
            KeyAlgorithm::EcP256 => ECDSA,
            KeyAlgorithm::Sm2 => SM2,
            other => return Err(anyhow!("no identifier is known for {other}")),
        };
        let mut inside = Vec::new();
        for part in children(*tbs).context("no DER")? {
            let own = self.key_of(&part);
            match own {
                Some(public) => {
                    let own = self.key_for(&public, known)?;
                    inside.push(spki::encode(own.verifying_key().public_key()));
                }
                None if part.raw == ECDSA => inside.push(algorithm.to_vec()),
                None => inside.push(part.raw.to_vec()),
            }
        }
        let tbs = sequence(&inside);
        let signature = key.sign(Context::X509, &[&tbs])?;
        Ok(sequence(&[tbs, algorithm.to_vec(), bit_string(signature.as_ref())]))
    }

    /// Whose key in the case made a signature.
    fn signer(
        &mut self,
        der: &[u8],
        tbs: &[u8],
        signature: &Element<'_>,
        known: &Known,
    ) -> Result<Option<PublicKey>> {
        if let Some(known) = self.signers.get(der) {
            return Ok(Some(*known));
        }
        let Some((_, signature)) = signature.value.split_first() else {
            return Ok(None);
        };
        for public in &known.all {
            let key = self.providers.verifying_key(public)?;
            if key.verify(Context::X509, &[tbs], signature).is_ok() {
                self.signers.insert(der.to_vec(), *public);
                return Ok(Some(*public));
            }
        }
        Ok(None)
    }

    /// The key that stands for one of the case.
    fn key_for(&mut self, public: &PublicKey, known: &Known) -> Result<Arc<dyn SigningKey>> {
        let trusted = known.trusted.contains(public.point());
        let suite = if trusted { self.families.anchors } else { self.families.others };
        let place = (*public.point(), suite);
        if let Some(key) = self.keys.get(&place) {
            return Ok(Arc::clone(key));
        }
        let key = self.derive(public.point(), suite)?;
        self.keys.insert(place, Arc::clone(&key));
        Ok(key)
    }

    fn derive(&self, from: &[u8], suite: Suite) -> Result<Arc<dyn SigningKey>> {
        let provider = self.providers.get(suite)?;
        let digest = provider.hash()?.digest(&[b"gmca x509-limbo reissued", from]);
        let mut scalar = digest.as_ref().to_vec();
        // Below the order of either curve.
        if let Some(first) = scalar.first_mut() {
            *first &= 0x7f;
        }
        let algorithm = match suite {
            Suite::Gm => KeyAlgorithm::Sm2,
            Suite::Nist => KeyAlgorithm::EcP256,
        };
        Ok(provider.signing_key(&KeyMaterial::new(algorithm, scalar.into(), None)?)?)
    }

    /// The key in a certificate, if it is one of ours.
    fn public_key(&self, der: &[u8]) -> Option<PublicKey> {
        let [tbs, ..] = *children(element(der)?)?.as_slice() else {
            return None;
        };
        children(tbs)?.iter().find_map(|part| self.key_of(part))
    }

    fn key_of(&self, part: &Element<'_>) -> Option<PublicKey> {
        spki::decode(self.providers, part.raw).ok()
    }
}

/// The keys of a case.
struct Known {
    trusted: HashSet<Point>,
    all: Vec<PublicKey>,
}

fn parse_all(list: &[String]) -> Result<Vec<Vec<u8>>> {
    let one = |text: &String| {
        let blocks = pem::decode_all(text.as_bytes())?;
        Ok(blocks.first().context("no PEM")?.der().to_vec())
    };
    list.iter().map(one).collect()
}
