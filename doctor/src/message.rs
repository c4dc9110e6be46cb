// SPDX-License-Identifier: Apache-2.0
//! Messages (CMS, PKCS#7, GM/T 0010), PKCS#12 bags and escrowed keys.

use crate::Finding;
use crate::chain;
use crate::digest::Id;
use crate::key::AskPassword;
use crate::object::Object;
use crate::rules::{self, Rule};
use crate::verify::{self, Found};
use bccsp::encoding::key_envelope;
use bccsp::{DecryptionKey, KeyMaterial, Providers, Suite};
use cms::{Claim, Content, Dialect, Enveloped, Error, Signed, pkcs12};
use pki::Certificate;
use pki::asn1::{Reader, tag};
use std::borrow::Cow;
use std::sync::Arc;

/// A message, a bag or an escrowed key in DER or BER.
pub(crate) fn from_der(der: &[u8]) -> Option<Object> {
    if let Ok(content) = cms::read(der) {
        let ber = matches!(cms::to_der(der), Ok(Cow::Owned(_)));
        return Some(Object::Message(Box::new(content), ber));
    }
    if pkcs12::is_bag(der) {
        return Some(Object::Bag(der.to_vec()));
    }
    is_escrowed(der).then(|| Object::Escrowed(der.to_vec()))
}

/// `SEQUENCE { algorithm, SM2Cipher, BIT STRING, BIT STRING }`.
fn is_escrowed(der: &[u8]) -> bool {
    let Ok(mut reader) = Reader::whole(der, tag::SEQUENCE, "escrowed key", "encoding") else {
        return false;
    };
    let shape = [tag::SEQUENCE, tag::SEQUENCE, tag::BIT_STRING, tag::BIT_STRING];
    shape.iter().all(|tag| reader.take(*tag, "encoding").is_ok()) && reader.is_empty()
}

pub(crate) fn in_words(content: &Content) -> &'static str {
    match content {
        Content::Data(_) => "message of plain data",
        Content::Signed(_) => "signed message",
        Content::Enveloped(message) if message.is_signed() => "encrypted and signed message",
        Content::Enveloped(_) => "encrypted message",
    }
}

/// What of the other files a message may need.
pub(crate) struct Help<'a> {
    pub(crate) providers: &'a Providers,
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) contents: Vec<&'a [u8]>,
    pub(crate) keys: Vec<(&'a str, Arc<dyn DecryptionKey>)>,
    pub(crate) ids: Vec<Id>,
}

impl Help<'_> {
    pub(crate) fn message(&self, name: &str, content: &Content, ber: bool) -> Finding {
        let mut beware: Vec<&'static Rule> = Vec::new();
        if ber {
            beware.push(&rules::MESSAGE_BER);
        }
        let finding = match content {
            Content::Data(bytes) => {
                let what = format!("message of {} bytes of plain data", bytes.len());
                Finding::new(&[name], true, what, Vec::new())
            }
            Content::Signed(message) => {
                let gm = message.certificates().iter().chain(&self.certificates).any(is_gm);
                beware.extend(family(message.dialect(), gm));
                self.signed(name, message)
            }
            Content::Enveloped(message) => {
                let gm = self.keys.iter().any(|(_, key)| suite(key.as_ref()) == Suite::Gm);
                beware.extend(family(message.dialect(), gm));
                self.enveloped(name, message)
            }
        };
        finding.beware(&beware)
    }

    fn signed(&self, name: &str, message: &Signed) -> Finding {
        let mut last = None;
        for content in self.possible_contents(message) {
            let verdict = message.verify(self.providers, content, &self.certificates);
            match verdict {
                Ok(signers) => {
                    let names: Vec<String> =
                        signers.iter().map(|one| one.certificate.subject().to_string()).collect();
                    let what = format!("signed message of {}", names.join("; "));
                    return Finding::new(&[name], true, what, Vec::new());
                }
                Err(error) => last = Some((content, error)),
            }
        }
        let finding = |rule: &'static Rule, works: bool, what: &str| {
            Finding::new(&[name], works, format!("signed message: {what}"), vec![rule])
        };
        match last {
            None | Some((_, Error::Detached)) => {
                finding(&rules::MESSAGE_DETACHED, false, "there is nothing to judge it over")
            }
            Some((_, Error::NoCertificate(_) | Error::NoSigner)) => {
                finding(&rules::MESSAGE_SIGNER, false, "nobody is known to have signed it")
            }
            Some((content, Error::BadSignature(_))) => self.unsound(name, message, content),
            Some((_, error)) => finding(&rules::MESSAGE_KIND, false, &error.to_string()),
        }
    }

    /// The contents that a message can be over: its own, or every file that is no object.
    fn possible_contents(&self, message: &Signed) -> Vec<Option<&[u8]>> {
        if message.content().is_some() {
            return vec![None];
        }
        self.contents.iter().map(|content| Some(*content)).collect()
    }

    /// Why the signature of a message does not hold.
    fn unsound(&self, name: &str, message: &Signed, content: Option<&[u8]>) -> Finding {
        if message.verify_gmssl(self.providers, &self.certificates).is_ok() {
            let what = "signed message, in the way of GmSSL".to_owned();
            return Finding::new(&[name], true, what, vec![&rules::MESSAGE_GMSSL]);
        }
        let claims = message.claims(content, &self.certificates).unwrap_or_default();
        let found = claims.first().map(|claim| self.search(name, claim));
        match found {
            Some(Found::Hit(hit)) if hit.rules.is_empty() => {
                let what = "signed message: its signature holds, its content is another".to_owned();
                Finding::new(&[name], false, what, vec![&rules::MESSAGE_DIGEST])
            }
            Some(Found::Hit(hit)) => {
                let id = hit.id.as_deref().map(chain::id_in_words).unwrap_or_default();
                let what = format!("signed message: signed by a {} key{id}", hit.key.algorithm());
                Finding::new(&[name], true, what, hit.rules)
            }
            Some(Found::Nothing(mut rules)) => {
                rules.push(&rules::SIGNATURE_WRONG);
                let what = "signed message: its signature holds in no way".to_owned();
                Finding::new(&[name], false, what, rules)
            }
            None => Finding::new(
                &[name],
                false,
                "signed message without signer".to_owned(),
                vec![&rules::MESSAGE_SIGNER],
            ),
        }
    }

    fn search(&self, name: &str, claim: &Claim) -> Found {
        let Some(certificate) = &claim.certificate else { return Found::Nothing(Vec::new()) };
        let keys = chain::candidates(self.providers, name, certificate.public_key_info());
        verify::search(self.providers, &keys, &self.ids, &claim.signed, &claim.signature)
    }

    fn enveloped(&self, name: &str, message: &Enveloped) -> Finding {
        if self.keys.is_empty() {
            let what = format!(
                "encrypted message for {}; a private key is needed to judge more",
                message.recipients()
            );
            return Finding::new(&[name], true, what, Vec::new());
        }
        for (key_name, key) in &self.keys {
            let Ok(content) = message.decrypt(self.providers, key.as_ref(), None) else { continue };
            let what =
                format!("encrypted message that {key_name} opens, to {} bytes", content.len());
            if !message.is_signed()
                || message.verify(self.providers, &content, &self.certificates).is_ok()
            {
                return Finding::new(&[name, key_name], true, what, Vec::new());
            }
            let gmssl = message.verify_gmssl(self.providers, &content, &self.certificates).is_ok();
            let rule = if gmssl { &rules::MESSAGE_GMSSL } else { &rules::SIGNATURE_WRONG };
            return Finding::new(&[name, key_name], gmssl, what, vec![rule]);
        }
        let what = "encrypted message that none of the keys here opens".to_owned();
        Finding::new(&[name], false, what, vec![&rules::MESSAGE_RECIPIENT])
    }

    pub(crate) fn bag(&self, name: &str, bytes: &[u8], password: AskPassword<'_>) -> Finding {
        let Some(secret) = password(name) else {
            let what = "PKCS#12 bag; its password is needed to judge more".to_owned();
            return Finding::new(&[name], true, what, Vec::new());
        };
        let finding = |works: bool, what: String, rule: Option<&'static Rule>| {
            Finding::new(&[name], works, what, rule.into_iter().collect())
        };
        match pkcs12::read(self.providers, bytes, &secret) {
            Ok(bag) => {
                let (keys, certificates) = (bag.keys.len(), bag.certificates.len());
                let whole =
                    bag.keys.iter().all(|key| self.providers.signing_key(&key.value).is_ok());
                let what = format!("PKCS#12 bag of {keys} keys and {certificates} certificates");
                finding(whole, what, (!whole).then_some(&rules::KEY_RANGE))
            }
            Err(Error::BadPassword) => {
                finding(false, "PKCS#12 bag that does not open".to_owned(), Some(&rules::PASSWORD))
            }
            Err(error) => {
                let rule = match error {
                    Error::Unsupported(_) | Error::Crypto(bccsp::Error::Unsupported(_)) => {
                        &rules::BAG_SCHEME
                    }
                    _ => &rules::UNREADABLE,
                };
                finding(false, format!("PKCS#12 bag: {error}"), Some(rule))
            }
        }
    }

    pub(crate) fn escrowed(&self, name: &str, bytes: &[u8]) -> Finding {
        let Ok(provider) = self.providers.get(Suite::Gm) else {
            return Finding::new(
                &[name],
                false,
                "escrowed key".to_owned(),
                vec![&rules::ENVELOPED_KEY],
            );
        };
        if self.keys.is_empty() {
            let what =
                "escrowed key; the requester's signing key is needed to judge more".to_owned();
            return Finding::new(&[name], true, what, Vec::new());
        }
        let open = |(owner, key): &(&str, Arc<dyn DecryptionKey>)| {
            let inside = key_envelope::open(&**provider, key.as_ref(), bytes).ok()?;
            Some((owner.to_string(), self.certificate_of(&inside)))
        };
        let own_form: &[&'static Rule] =
            if key_envelope::is_text(bytes) { &[&rules::ENVELOPE_TEXT] } else { &[] };
        match self.keys.iter().find_map(open) {
            Some((owner, whose)) => {
                let what = format!("escrowed key{whose} that {owner} opens");
                Finding::new(&[name, &owner], true, what, own_form.to_vec())
            }
            None => {
                let what = "escrowed key that none of the keys here opens".to_owned();
                let rules = [own_form, &[&rules::ENVELOPED_KEY]].concat();
                Finding::new(&[name], false, what, rules)
            }
        }
    }

    /// The certificate of a key, in words behind the key.
    fn certificate_of(&self, key: &KeyMaterial) -> String {
        let Ok(key) = self.providers.signing_key(key) else { return String::new() };
        let own = *key.verifying_key().public_key();
        let is_own =
            |one: &&Certificate| one.public_key(self.providers).is_ok_and(|public| public == own);
        let found = self.certificates.iter().find(is_own);
        found.map(|one| format!(" of the certificate of {},", one.subject())).unwrap_or_default()
    }
}

fn suite(key: &dyn DecryptionKey) -> Suite {
    key.encryption_key().public_key().algorithm().suite()
}

fn is_gm(certificate: &Certificate) -> bool {
    certificate.public_key_info().key_algorithm().is_some_and(|kind| kind.suite() == Suite::Gm)
}

/// Who does not read the family of identifiers.
fn family(dialect: Dialect, gm: bool) -> Option<&'static Rule> {
    match (dialect, gm) {
        (Dialect::Rfc, true) => Some(&rules::MESSAGE_RFC),
        (Dialect::Rfc, false) => None,
        _ => Some(&rules::MESSAGE_GM),
    }
}
