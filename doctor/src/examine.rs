// SPDX-License-Identifier: Apache-2.0
//! Puts the files together: which of them are keys, which can be what to which, and what is to be
//! said of every pair.

use crate::chain::{self, Named, as_certificate, id_in_words};
use crate::ciphertext::{self, Opened};
use crate::curve::Curve;
use crate::digest;
use crate::key::{AskPassword, KeyFile};
use crate::message::Help;
use crate::object::{self, Object, PublicFile};
use crate::rules::{self, Rule};
use crate::signature;
use crate::verify::{self, Candidate, Found};
use crate::{Diagnosis, Finding, Input, Options, Role};
use bccsp::{DecryptionKey, Providers, PublicKey, Suite};
use std::sync::Arc;

/// More files than these are not looked at together.
pub const MAX_FILES: usize = 16;

/// Looks at the files, each by itself and all together.
///
/// The work is bounded by the number of files, of which at most [`MAX_FILES`] count: some thousand
/// verifications and decryptions, and one key derivation for every protected key with a password.
#[must_use]
pub fn examine(providers: &Providers, inputs: &[Input<'_>], options: &Options<'_>) -> Diagnosis {
    let none = |_: &str| None;
    let password = options.password.unwrap_or(&none);
    let files: Vec<File<'_>> = inputs
        .iter()
        .take(MAX_FILES)
        .map(|input| File { input, objects: object::read(providers, input, password) })
        .collect();
    let case = Case { providers, files: &files, options };
    let mut findings = case.keys();
    findings.extend(chain::certificates(providers, &case.certificates(), options));
    findings.extend(case.requests());
    findings.extend(case.messages(password));
    findings.extend(case.pairs());
    findings.extend(case.bytes());
    let files = files.iter().map(|file| (file.name().to_owned(), file.in_words())).collect();
    Diagnosis { files, findings }
}

struct File<'a> {
    input: &'a Input<'a>,
    objects: Vec<Object>,
}

impl File<'_> {
    fn name(&self) -> &str {
        self.input.name
    }

    fn in_words(&self) -> String {
        let words: Vec<String> = self.objects.iter().map(in_words).collect();
        words.join("; ")
    }
}

fn in_words(object: &Object) -> String {
    match object {
        Object::Private(file) => file.what.clone(),
        Object::Public(file) => match file.points.first() {
            Some(point) => format!("public key, {}", point.key.algorithm()),
            None => "public key that is none".to_owned(),
        },
        Object::Certificate(certificate) => format!("certificate of {}", certificate.subject()),
        Object::Request(request) => format!("request of {}", request.subject()),
        Object::Crl => "CRL".to_owned(),
        Object::Message(content, _) => crate::message::in_words(content).to_owned(),
        Object::Bag(_) => "PKCS#12 bag".to_owned(),
        Object::Escrowed(_) => "escrowed key (SM2EnvelopedKey)".to_owned(),
        Object::Bytes(bytes) => format!("{} bytes of no known kind", bytes.len()),
        Object::Broken(what, _) => what.clone(),
    }
}

struct Case<'a> {
    providers: &'a Providers,
    files: &'a [File<'a>],
    options: &'a Options<'a>,
}

impl<'a> Case<'a> {
    fn objects(&self) -> impl Iterator<Item = (&'a str, &'a Object)> {
        self.files
            .iter()
            .flat_map(|file| file.objects.iter().map(|object| (file.input.name, object)))
    }

    fn certificates(&self) -> Vec<Named<'a>> {
        self.objects().filter_map(|(name, object)| Some((name, as_certificate(object)?))).collect()
    }

    /// What is to be said of every key by itself, and of what cannot be read.
    fn keys(&self) -> Vec<Finding> {
        let finding = |(name, object): (&'a str, &'a Object)| match object {
            Object::Private(file) => Some(private(name, file)),
            Object::Public(file) => Some(public(name, file)),
            Object::Broken(what, rule) => {
                Some(Finding::new(&[name], false, what.clone(), vec![rule]))
            }
            _ => None,
        };
        self.objects().filter_map(finding).collect()
    }

    fn requests(&self) -> Vec<Finding> {
        let ids = digest::ids(&self.options.ids, &[]);
        let finding = |(name, object): (&'a str, &'a Object)| match object {
            Object::Request(request) => Some(chain::request(self.providers, name, request, &ids)),
            _ => None,
        };
        self.objects().filter_map(finding).collect()
    }

    /// Messages, bags and escrowed keys, with what of the other files they need.
    fn messages(&self, password: AskPassword<'_>) -> Vec<Finding> {
        let certificates: Vec<_> =
            self.certificates().into_iter().map(|(_, certificate)| certificate.clone()).collect();
        let contents: Vec<&[u8]> = self.blobs().iter().map(|blob| blob.bytes).collect();
        let help = Help {
            providers: self.providers,
            certificates,
            contents,
            keys: self.decryption_keys(),
            ids: digest::ids(&self.options.ids, &[]),
        };
        let finding = |(name, object): (&'a str, &'a Object)| match object {
            Object::Message(content, ber) => Some(help.message(name, content, *ber)),
            Object::Bag(bytes) => Some(help.bag(name, bytes, password)),
            Object::Escrowed(bytes) => Some(help.escrowed(name, bytes)),
            _ => None,
        };
        self.objects().filter_map(finding).collect()
    }

    /// Whether a private key belongs to a certificate, request or public key among the files.
    fn pairs(&self) -> Vec<Finding> {
        let publics: Vec<(&str, PublicKey)> = self
            .candidates(false)
            .into_iter()
            .map(|candidate| (self.name_of(&candidate.from), candidate.key))
            .collect();
        let mut findings = Vec::new();
        for (name, object) in self.objects() {
            let Object::Private(KeyFile { material: Some(material), .. }) = object else {
                continue;
            };
            let Ok(key) = self.providers.signing_key(material) else { continue };
            let own = key.verifying_key().public_key();
            if publics.is_empty() {
                continue;
            }
            findings.push(match publics.iter().find(|(_, public)| public == own) {
                Some((other, _)) => {
                    let what = format!("{name} is the private key of {other}");
                    Finding::new(&[name, other], true, what, Vec::new())
                }
                None => {
                    let what = format!("{name} is the private key of no other file here");
                    Finding::new(&[name], false, what, vec![&rules::PAIR])
                }
            });
        }
        findings
    }

    fn name_of(&self, from: &str) -> &'a str {
        let file = self.files.iter().find(|file| file.input.name == from);
        file.map(|file| file.input.name).unwrap_or_default()
    }

    /// Every public key there is; with those of private keys or without.
    fn candidates(&self, with_private: bool) -> Vec<Candidate> {
        let mut all: Vec<Candidate> = Vec::new();
        for (from, object) in self.objects() {
            let found = match object {
                Object::Private(KeyFile { material: Some(material), .. }) if with_private => self
                    .providers
                    .signing_key(material)
                    .map(|key| vec![candidate(from, *key.verifying_key().public_key(), &[])])
                    .unwrap_or_default(),
                Object::Public(file) => {
                    let points = file.points.iter();
                    points.map(|point| candidate(from, point.key, &point.rules)).collect()
                }
                Object::Certificate(certificate) => {
                    chain::candidates(self.providers, from, certificate.public_key_info())
                }
                Object::Request(request) => {
                    chain::candidates(self.providers, from, request.public_key_info())
                }
                _ => Vec::new(),
            };
            for new in found {
                if !all.iter().any(|old| old.key == new.key) {
                    all.push(new);
                }
            }
        }
        all
    }

    fn decryption_keys(&self) -> Vec<(&'a str, Arc<dyn DecryptionKey>)> {
        let key = |(name, object): (&'a str, &'a Object)| match object {
            Object::Private(KeyFile { material: Some(material), .. }) => {
                self.providers.decryption_key(material).ok().map(|key| (name, key))
            }
            _ => None,
        };
        self.objects().filter_map(key).collect()
    }

    /// Files that are no object: signatures over each other, ciphertexts, or nothing.
    fn bytes(&self) -> Vec<Finding> {
        let blobs: Vec<Blob<'a>> = self.blobs();
        let mut findings = Vec::new();
        let mut messages: Vec<&str> = Vec::new();
        let signatures = self.signatures(&blobs);
        for blob in &signatures {
            let (finding, message) = self.signature(blob, &blobs, &signatures);
            findings.push(finding);
            messages.extend(message);
        }
        let is_signature =
            |blob: &&Blob<'a>| !signatures.iter().any(|other| other.name == blob.name);
        for blob in blobs.iter().filter(is_signature) {
            let content = self.objects().any(|(_, object)| matches!(object, Object::Message(..)));
            let message =
                blob.role == Some(Role::Message) || messages.contains(&blob.name) || content;
            if !message {
                findings.push(self.ciphertext(blob));
            }
        }
        findings
    }

    fn blobs(&self) -> Vec<Blob<'a>> {
        let mut blobs = Vec::new();
        for file in self.files {
            for object in &file.objects {
                if let Object::Bytes(bytes) = object {
                    blobs.push(Blob { name: file.input.name, role: file.input.role, bytes });
                }
            }
        }
        blobs
    }

    /// The files that are to be taken for signatures: those that are said to be, else the likeliest
    /// of those that can be.
    fn signatures(&self, blobs: &[Blob<'a>]) -> Vec<Blob<'a>> {
        let said: Vec<Blob<'a>> =
            blobs.iter().filter(|blob| blob.role == Some(Role::Signature)).copied().collect();
        if !said.is_empty() {
            return said;
        }
        let free = blobs.iter().filter(|blob| blob.role.is_none());
        let mut likely: Vec<(usize, Blob<'a>)> =
            free.filter_map(|blob| Some((likelihood(blob.bytes)?, *blob))).collect();
        likely.sort_by_key(|(rank, _)| *rank);
        let alone = blobs.len() == 1 && !self.decryption_keys().is_empty();
        match likely.first() {
            Some((rank, _)) if alone && *rank > 0 => Vec::new(),
            Some((_, blob)) => vec![*blob],
            None => Vec::new(),
        }
    }

    /// What is to be said of a signature, and the message that it is over.
    fn signature(
        &self,
        blob: &Blob<'a>,
        blobs: &[Blob<'a>],
        signatures: &[Blob<'a>],
    ) -> (Finding, Option<&'a str>) {
        let keys = self.candidates(true);
        let is_other = |other: &&Blob<'a>| !signatures.iter().any(|one| one.name == other.name);
        let ids = digest::ids(&self.options.ids, &[]);
        let mut wrong: Vec<&'static Rule> = Vec::new();
        let mut tried = Vec::new();
        for message in blobs.iter().filter(is_other) {
            match verify::search(self.providers, &keys, &ids, message.bytes, blob.bytes) {
                Found::Hit(hit) => {
                    let id = hit.id.as_deref().map(id_in_words).unwrap_or_default();
                    let what = format!(
                        "signature by the {} key of {} over {}{id}",
                        hit.key.algorithm(),
                        hit.from,
                        message.name
                    );
                    let finding = Finding::new(&[blob.name, message.name], true, what, hit.rules);
                    return (finding, Some(message.name));
                }
                Found::Nothing(rules) => verify::merge(&mut wrong, &rules),
            }
            tried.push(message.name);
        }
        (self.no_signature(blob, &keys, &tried, wrong), tried.first().copied())
    }

    fn no_signature(
        &self,
        blob: &Blob<'a>,
        keys: &[Candidate],
        tried: &[&'a str],
        mut rules: Vec<&'static Rule>,
    ) -> Finding {
        if keys.is_empty() || tried.is_empty() {
            let (readings, broken) = signature::readings(blob.bytes, Curve::of(Suite::Gm).order());
            let rules = readings.first().map_or(broken, |reading| reading.rules.clone());
            let missing = if keys.is_empty() { "the signer's key" } else { "the message" };
            let what = format!("signature; {missing} is needed to judge more than its form");
            return Finding::new(&[blob.name], !readings.is_empty(), what, rules);
        }
        // A form that nobody reads is the cause; else it is the contents.
        let cause = rules.iter().any(|rule| FATAL.contains(&rule.code));
        if !cause {
            rules.push(&rules::SIGNATURE_WRONG);
        }
        let about: Vec<&str> = [&[blob.name], tried].concat();
        let what = format!("signature that holds in none of the {} ways tried", verify::MAX_TRIALS);
        Finding::new(&about, false, what, rules)
    }

    fn ciphertext(&self, blob: &Blob<'a>) -> Finding {
        let mut wrong: Vec<&'static Rule> = Vec::new();
        let keys = self.decryption_keys();
        for (name, key) in &keys {
            if key.encryption_key().public_key().algorithm().suite() != Suite::Gm {
                continue;
            }
            match ciphertext::open(self.providers, key, blob.bytes) {
                Opened::Yes { len, rules } => {
                    let what = format!("ciphertext that {name} opens, to {len} bytes");
                    return Finding::new(&[blob.name, name], true, what, rules);
                }
                Opened::No(rules) => verify::merge(&mut wrong, &rules),
            }
        }
        if keys.is_empty() {
            return self.unknown(blob);
        }
        let what = "ciphertext that none of the keys here opens".to_owned();
        Finding::new(&[blob.name], false, what, wrong)
    }

    /// Bytes without a key to try them on.
    fn unknown(&self, blob: &Blob<'a>) -> Finding {
        let (readings, _) = ciphertext::readings(self.providers, blob.bytes);
        if blob.role == Some(Role::Ciphertext) || readings.iter().any(|one| one.rules.is_empty()) {
            let rules = readings.first().map(|one| one.rules.clone()).unwrap_or_default();
            let what = "ciphertext; a private key is needed to judge more than its form".to_owned();
            return Finding::new(&[blob.name], !readings.is_empty(), what, rules);
        }
        let what = "neither key, certificate, request, signature nor ciphertext".to_owned();
        Finding::new(&[blob.name], false, what, vec![&rules::UNREADABLE])
    }
}

/// Rules under which a signature cannot hold, whatever key and message are.
const FATAL: &[&str] = &["signature-t", "signature-range", "signature-cut", "signature-type"];

/// A key to try. What is wrong with its form is said of the key itself; that it is on another curve
/// counts, because that may be an accident.
fn candidate(from: &str, key: PublicKey, rules: &[&'static Rule]) -> Candidate {
    let counts = |rule: &&&'static Rule| ***rule == rules::CURVE_OTHER;
    let rules = rules.iter().filter(counts).copied().collect();
    Candidate { key, rules, from: from.to_owned() }
}

#[derive(Clone, Copy)]
struct Blob<'a> {
    name: &'a str,
    role: Option<Role>,
    bytes: &'a [u8],
}

/// How unlikely it is that the bytes are no signature; `None` when they cannot be one.
fn likelihood(bytes: &[u8]) -> Option<usize> {
    if bytes.len() > 600 {
        return None;
    }
    let (readings, _) = signature::readings(bytes, Curve::of(Suite::Gm).order());
    let first = readings.first()?;
    Some(first.rules.len())
}

fn private(name: &str, file: &KeyFile) -> Finding {
    let works = file.material.is_some() || file.rules.is_empty();
    Finding::new(&[name], works, file.what.clone(), file.rules.clone()).beware(&file.beware)
}

fn public(name: &str, file: &PublicFile) -> Finding {
    let Some(point) = file.points.first() else {
        let rules = file.wrong.into_iter().collect();
        return Finding::new(&[name], false, "public key that is none".to_owned(), rules);
    };
    let what = format!("public key, {}", point.key.algorithm());
    let compressed = |rule: &&'static Rule| **rule == rules::POINT_COMPRESSED;
    let (beware, rules): (Vec<_>, Vec<_>) = point.rules.iter().copied().partition(compressed);
    Finding::new(&[name], true, what, rules).beware(&beware).beware(&file.beware)
}
