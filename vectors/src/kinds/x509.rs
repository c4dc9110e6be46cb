// SPDX-License-Identifier: Apache-2.0
//! Requests, chains, and single objects of the PKI with facts about each.

use super::key_files;
use crate::case::{Case, Outcome, must, same};
use crate::engines::Engines;
use bccsp::encoding::{pem, private_key, spki};
use bccsp::{DEFAULT_SIGNER_ID, Error, Providers};
use pki::extension::{AuthorityKeyId, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectKeyId};
use pki::path::{self, CrlCheck, Host, Options, Purpose};
use pki::{AlgorithmId, Certificate, Crl, Name, PublicKeyInfo, Request, Time};
use serde_json::Value;
use std::path::Path;

type Answer = Result<Outcome, String>;

/// A request (`csr.json`): read, and its signature judged.
pub(crate) fn request(case: &Case<'_>, engines: &Engines) -> Answer {
    default_id(case)?;
    let (der, text) = (case.bytes("der")?, case.text("pem")?);
    case.implied(&["algorithm", "priv"]);
    let subject = case.text("subject")?;
    engines.each_set(|providers| {
        for bytes in [der.as_slice(), text.as_bytes()] {
            let judged = Request::from_pem_or_der(bytes).and_then(|request| {
                request.verify(providers)?;
                Ok(request)
            });
            let name = pki_must("name", Name::parse(subject))?;
            case.judge(judged.map_err(refused), |request| match *request.subject() == name {
                true => Ok(()),
                false => Err(format!("its subject is {}", request.subject())),
            })?;
        }
        Ok(Outcome::Pass)
    })
}

/// A path (`x509_chains.json`).
pub(crate) fn chain(case: &Case<'_>, engines: &Engines) -> Answer {
    default_id(case)?;
    let time = Time::parse(case.text("time")?).ok_or("the time is none")?;
    let mut options = Options::at(time.timestamp());
    options.crls = match case.text("check_crl")? {
        "none" => CrlCheck::None,
        "leaf" => CrlCheck::Leaf,
        "all" => CrlCheck::All,
        other => return Err(format!("no CRL check `{other}`")),
    };
    if let Some(purpose) = case.opt_text("purpose")? {
        options.purpose = Purpose::named(purpose).ok_or("a purpose that is not known")?;
    }
    if let Some(host) = case.opt_text("hostname")? {
        options.host = Some(pki_must("host", Host::parse(host))?);
    }
    engines.each_set(|providers| {
        let verdict = verify(case, providers, &options)?;
        case.judge(verdict.map_err(refused), |()| Ok(()))
    })
}

fn verify(
    case: &Case<'_>,
    providers: &Providers,
    options: &Options,
) -> Result<Result<(), pki::Error>, String> {
    let read = |name: &str| -> Result<Result<Vec<Certificate>, pki::Error>, String> {
        Ok(case.byte_list(name)?.iter().map(|der| Certificate::from_der(der)).collect())
    };
    let crls: Result<Vec<Crl>, pki::Error> =
        case.byte_list("crls")?.iter().map(|der| Crl::from_der(der)).collect();
    let leaf = Certificate::from_der(&case.bytes("leaf")?);
    let (intermediates, roots) = (read("intermediates")?, read("roots")?);
    let judge = || {
        let (leaf, crls) = (leaf?, crls?);
        let (intermediates, roots) = (intermediates?, roots?);
        path::verify(providers, &leaf, &intermediates, &roots, &crls, options)
            .map(drop)
            .map_err(|failure| pki::Error::Path(Box::new(failure)))
    };
    Ok(judge())
}

/// An object with facts about it (`x509/manifest.json`).
pub(crate) fn object(case: &Case<'_>, engines: &Engines) -> Answer {
    let kind = case.text("kind")?;
    let folder = case.file().parent().ok_or("a file without folder")?;
    let bytes = std::fs::read(folder.join(case.text("file")?)).map_err(|e| e.to_string())?;
    let block = must("PEM", pem::decode_all(&bytes))?;
    let label = case.text("pem_label")?;
    if !block.iter().any(|block| block.label() == label) {
        return Err(format!("no `{label}` in the file"));
    }
    let note = case.opt_text("note")?.unwrap_or_default();
    case.implied(&["also_in"]);
    engines.each_set(|providers| {
        let facts = Facts { case, providers, folder };
        match kind {
            "certificate" => facts.certificate(&bytes),
            "csr" => facts.request(&bytes),
            "crl" => facts.crl(&bytes),
            "public_key" => must("key", spki::decode(providers, block[0].der())).map(drop),
            "private_key" if note.contains("negative sample") => facts.bad_key(&bytes),
            "private_key" => facts.private_key(&bytes),
            "encrypted_private_key" => facts.protected_key(&bytes),
            other => Err(format!("no checks for kind `{other}`")),
        }
        .map(|()| Outcome::Pass)
    })
}

/// What a manifest says of an object, held against what we read.
struct Facts<'a> {
    case: &'a Case<'a>,
    providers: &'a Providers,
    folder: &'a Path,
}

impl Facts<'_> {
    fn certificate(&self, bytes: &[u8]) -> Result<(), String> {
        let certificate = pki_must("read", Certificate::from_pem_or_der(bytes))?;
        let case = self.case;
        let serial = case.text("serial")?.trim_start_matches('0');
        equal("serial", certificate.serial_hex().trim_start_matches('0'), serial)?;
        self.name("subject", certificate.subject())?;
        self.name("issuer", certificate.issuer())?;
        self.time("not_before", certificate.not_before())?;
        self.time("not_after", certificate.not_after())?;
        equal("version", &certificate.version().to_string(), &case.number("version")?.to_string())?;
        let outer = certificate.signature_algorithm();
        self.algorithm("signature_algorithm", outer)?;
        self.parameters("signature_parameters", outer)?;
        self.parameters("tbs_signature_parameters", certificate.inner_signature_algorithm())?;
        self.public_key(certificate.public_key_info())?;
        let nist = must("provider", self.providers.get(bccsp::Suite::Nist))?;
        let digest = must("hash", nist.hash())?.digest(&[certificate.tbs()]);
        same("digest of the signed part", digest.as_ref(), &case.bytes("tbs_sha256")?)?;
        self.extensions(&certificate)?;
        self.parents("verifies_against", |parent| {
            let key = parent.public_key(self.providers)?;
            certificate.verify_signature(self.providers, &key)
        })?;
        // It can be shown, too.
        drop(pki::text::certificate(&certificate));
        Ok(())
    }

    fn extensions(&self, certificate: &Certificate) -> Result<(), String> {
        let (case, extensions) = (self.case, certificate.extensions());
        let basic = pki_must("basicConstraints", extensions.get::<BasicConstraints>())?;
        let is_ca = basic.as_ref().is_some_and(|basic| basic.ca).to_string();
        let path_len =
            basic.and_then(|basic| basic.path_len).map_or(String::new(), |n| n.to_string());
        equal("ca", &is_ca, &case.printed("ca"))?;
        equal("path_len", &path_len, &case.printed("path_len"))?;
        let usage = pki_must("keyUsage", extensions.get::<KeyUsage>())?;
        let mut names: Vec<String> =
            usage.map(|usage| usage.names().map(snake).collect()).unwrap_or_default();
        names.sort();
        equal("key_usage", &names.join(","), &case.texts("key_usage")?.join(","))?;
        let purposes = pki_must("extKeyUsage", extensions.get::<ExtendedKeyUsage>())?;
        let count = purposes.map_or(0, |purposes| purposes.0.len());
        equal(
            "extended_key_usage",
            &count.to_string(),
            &case.list("extended_key_usage")?.len().to_string(),
        )?;
        let ski = pki_must("SKI", extensions.get::<SubjectKeyId>())?.map(|id| id.0);
        same("ski", &ski.unwrap_or_default(), &case.opt_bytes("ski")?.unwrap_or_default())?;
        let aki = pki_must("AKI", extensions.get::<AuthorityKeyId>())?.and_then(|id| id.key_id);
        same("aki", &aki.unwrap_or_default(), &case.opt_bytes("aki")?.unwrap_or_default())?;
        let mut critical: Vec<String> =
            extensions.iter().filter(|e| e.critical).map(|e| e.id.to_string()).collect();
        critical.sort();
        let mut expected = case.texts("critical_extensions")?;
        expected.sort_unstable();
        equal("critical extensions", &critical.join(","), &expected.join(","))
    }

    fn request(&self, bytes: &[u8]) -> Result<(), String> {
        let request = pki_must("read", Request::from_pem_or_der(bytes))?;
        self.name("subject", request.subject())?;
        self.algorithm("signature_algorithm", request.signature_algorithm())?;
        self.public_key(request.public_key_info())?;
        self.case.implied(&["signer_id"]);
        let answers = self.case.object("self_signature")?.ok_or("no `self_signature`")?;
        let expected = answers.values().any(|answer| answer == "accept");
        match (request.verify(self.providers), expected) {
            (Ok(()), true) | (Err(_), false) => Ok(()),
            (Ok(()), false) => Err("its signature was accepted".to_owned()),
            (Err(error), true) => Err(error.to_string()),
        }
    }

    fn crl(&self, bytes: &[u8]) -> Result<(), String> {
        let crl = pki_must("read", Crl::from_pem_or_der(bytes))?;
        self.name("issuer", crl.issuer())?;
        self.time("this_update", crl.this_update())?;
        self.time("next_update", crl.next_update().ok_or("no nextUpdate")?)?;
        self.algorithm("signature_algorithm", crl.signature_algorithm())?;
        let serials: Vec<String> = crl.entries().iter().map(|entry| entry.serial_hex()).collect();
        equal("revoked", &serials.join(","), &self.case.texts("revoked")?.join(","))?;
        self.parents("verifies_against", |parent| {
            crl.verify_signature(self.providers, &parent.public_key(self.providers)?)
        })
    }

    fn private_key(&self, bytes: &[u8]) -> Result<(), String> {
        let key = must("read", key_files::open(self.providers, bytes, None))?;
        let point = key.public().ok_or("exported without public key")?.point();
        same("public key", point, &self.case.bytes("public_point")?)?;
        for file in self.case.texts("matches_certificates")? {
            let certificate = self.neighbour(file)?;
            let public = pki_must(file, certificate.public_key(self.providers))?;
            same(file, public.point(), point)?;
        }
        Ok(())
    }

    fn bad_key(&self, bytes: &[u8]) -> Result<(), String> {
        self.case.implied(&["public_point", "matches_certificates"]);
        match key_files::open(self.providers, bytes, None) {
            Ok(_) => Err("a private value out of range was accepted".to_owned()),
            Err(_) => Ok(()),
        }
    }

    /// The password is not part of the collection: it is seen that there is one, and a wrong one
    /// is told from a broken file.
    fn protected_key(&self, bytes: &[u8]) -> Result<(), String> {
        if !private_key::is_protected(bytes) {
            return Err("not seen to be protected".to_owned());
        }
        match key_files::open(self.providers, bytes, Some(b"no such password")) {
            Err(Error::Refused) => Ok(()),
            Err(error) => Err(error.to_string()),
            Ok(_) => Err("opened under a wrong password".to_owned()),
        }
    }

    fn name(&self, field: &str, name: &Name) -> Result<(), String> {
        let text = self.case.text(field)?;
        match name.attributes().find(|attribute| !text.contains(attribute.text())) {
            None => Ok(()),
            Some(other) => Err(format!("{field} holds `{}`, expected {text}", other.text())),
        }
    }

    fn time(&self, field: &str, time: Time) -> Result<(), String> {
        let expected = Time::parse(self.case.text(field)?).ok_or("a time that is none")?;
        equal(field, &time.openssl(), &expected.openssl())
    }

    fn algorithm(&self, field: &str, id: &AlgorithmId) -> Result<(), String> {
        equal(field, &id.id().to_string(), self.case.text(field)?)
    }

    fn parameters(&self, field: &str, id: &AlgorithmId) -> Result<(), String> {
        let found = match id.parameters() {
            None => "absent",
            Some([5, 0]) => "NULL",
            Some(_) => "other",
        };
        equal(field, found, self.case.text(field)?)
    }

    fn public_key(&self, info: &PublicKeyInfo) -> Result<(), String> {
        let facts = self.case.object("public_key")?.ok_or("no `public_key`")?;
        let text = |name: &str| facts.get(name).and_then(Value::as_str).unwrap_or_default();
        equal("key algorithm", &info.algorithm().id().to_string(), text("algorithm"))?;
        let key = pki_must("public key", info.public_key(self.providers))?;
        let curve = spki::curve_oid(key.algorithm()).to_string();
        equal("curve", &curve, text("curve"))?;
        equal("point", &hex::encode(key.point()), text("point"))
    }

    /// Every parent that is named must verify the object.
    fn parents(
        &self,
        field: &str,
        verify: impl Fn(&Certificate) -> Result<(), pki::Error>,
    ) -> Result<(), String> {
        for parent in self.case.list(field)? {
            let file = parent.as_str().or_else(|| parent.get("parent").and_then(Value::as_str));
            let file = file.ok_or("a parent without name")?;
            pki_must(file, verify(&self.neighbour(file)?))?;
        }
        Ok(())
    }

    fn neighbour(&self, file: &str) -> Result<Certificate, String> {
        let bytes = std::fs::read(self.folder.join(file)).map_err(|e| format!("{file}: {e}"))?;
        pki_must(file, Certificate::from_pem_or_der(&bytes))
    }
}

/// Certificates and requests are always judged under the default ID.
fn default_id(case: &Case<'_>) -> Result<(), String> {
    match case.opt_bytes("signer_id")? {
        Some(id) if id != DEFAULT_SIGNER_ID => Err("another signer ID in the PKI".to_owned()),
        _ => Ok(()),
    }
}

fn pki_must<T>(what: &str, answer: Result<T, pki::Error>) -> Result<T, String> {
    answer.map_err(|error| format!("{what}: {error}"))
}

/// Every answer of the PKI is a refusal, but for failures of the provider itself.
fn refused(error: pki::Error) -> Error {
    match error {
        pki::Error::Crypto(error) => error,
        _ => Error::Refused,
    }
}

fn equal(what: &str, got: &str, expected: &str) -> Result<(), String> {
    if got == expected { Ok(()) } else { Err(format!("{what} is `{got}`, expected `{expected}`")) }
}

/// `cRLSign` as the collection writes it: `crl_sign`.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for c in name.replace("cRL", "Crl").chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}
