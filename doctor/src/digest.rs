// SPDX-License-Identifier: Apache-2.0
//! What may have been signed: the message in several readings, and every way that programs make a
//! digest of it.

use crate::coding;
use crate::curve::{self, Curve};
use crate::rules::{self, Rule};
use bccsp::{DEFAULT_SIGNER_ID, Providers, PublicKey, Suite, TLS13_SIGNER_ID};

/// A message that may have been meant.
#[derive(Clone, Debug)]
pub(crate) struct Variant {
    pub(crate) bytes: Vec<u8>,
    pub(crate) rules: Vec<&'static Rule>,
}

/// The message as it is, and as programs change it on its way into a signature.
pub(crate) fn variants(providers: &Providers, message: &[u8]) -> Vec<Variant> {
    let mut all = vec![Variant { bytes: message.to_vec(), rules: Vec::new() }];
    let mut push = |bytes: Vec<u8>, rule: &'static Rule| {
        if !all.iter().any(|variant| variant.bytes == bytes) {
            all.push(Variant { bytes, rules: vec![rule] });
        }
    };
    if message.len() > LONG {
        return all;
    }
    for suite in [Suite::Gm, Suite::Nist] {
        if let Ok(hash) = providers.get(suite).and_then(|provider| provider.hash()) {
            let digest = hash.digest(&[message]);
            push(digest.as_ref().to_vec(), &rules::PREHASHED);
            push(hex::encode(digest).into_bytes(), &rules::PREHASHED_TEXT);
            push(hex::encode_upper(digest).into_bytes(), &rules::PREHASHED_TEXT);
        }
    }
    for ending in ["\n", "\r\n"] {
        if let Some(short) = message.strip_suffix(ending.as_bytes()) {
            push(short.to_vec(), &rules::MESSAGE_NEWLINE);
        }
        push([message, ending.as_bytes()].concat(), &rules::MESSAGE_NEWLINE);
    }
    if message.windows(2).any(|pair| pair == b"\r\n") {
        let unix: Vec<u8> = String::from_utf8_lossy(message).replace("\r\n", "\n").into_bytes();
        push(unix, &rules::MESSAGE_NEWLINE);
    }
    if let Some(bytes) = coding::decode_text(message) {
        push(bytes, &rules::MESSAGE_TEXT);
    }
    push(hex::encode(message).into_bytes(), &rules::MESSAGE_TEXT);
    if let Some(bytes) = without_length(message) {
        push(bytes, &rules::MESSAGE_LENGTH);
    }
    all
}

/// What is longer is hashed as it is and in no other way.
const LONG: usize = 1 << 16;

/// Of TLCP's ServerKeyExchange, two randoms and a certificate, without the certificate's length.
fn without_length(message: &[u8]) -> Option<Vec<u8>> {
    let (randoms, rest) = message.split_at_checked(64)?;
    let (length, certificate) = rest.split_at_checked(3)?;
    let stated = length.iter().fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte));
    (stated == certificate.len()).then(|| [randoms, certificate].concat())
}

/// A signer ID, and the rule that it breaks in certificates and files.
#[derive(Clone, Debug)]
pub(crate) struct Id {
    pub(crate) bytes: Vec<u8>,
    pub(crate) rule: Option<&'static Rule>,
}

/// The IDs that are met in the field, those that were named in front. What was named is what is
/// expected; without a name it is the ID of the standard.
pub(crate) fn ids(named: &[Vec<u8>], subjects: &[Vec<u8>]) -> Vec<Id> {
    let mut all: Vec<Id> = Vec::new();
    let mut push = |bytes: &[u8], rule: Option<&'static Rule>| {
        if !all.iter().any(|id| id.bytes == bytes) {
            all.push(Id { bytes: bytes.to_vec(), rule });
        }
    };
    for id in named {
        push(id, None);
    }
    let expected = named.is_empty().then_some(None);
    push(DEFAULT_SIGNER_ID, expected.unwrap_or(Some(&rules::ID_OTHER)));
    push(b"", Some(&rules::ID_EMPTY));
    push(TLS13_SIGNER_ID, Some(&rules::ID_TLS));
    for id in FIELD {
        push(id, Some(&rules::ID_OTHER));
    }
    for id in named {
        push(&id.to_ascii_uppercase(), Some(&rules::ID_OTHER));
        push(&id.to_ascii_lowercase(), Some(&rules::ID_OTHER));
    }
    for id in named.iter().map(Vec::as_slice).chain([DEFAULT_SIGNER_ID]) {
        push(hex::encode(id).as_bytes(), Some(&rules::ID_HEX));
        push(&hex::decode(id).unwrap_or_default(), Some(&rules::ID_HEX));
    }
    for subject in subjects {
        push(subject, Some(&rules::ID_OTHER));
    }
    all
}

/// IDs of the standards' examples and of programs.
const FIELD: &[&[u8]] = &[
    b"ALICE123@YAHOO.COM",
    b"Alice",
    b"Bob",
    b"custom-id",
    b"SM2",
    b"user",
    b"admin",
    b"anonym@chinatax.com",
    b"12345678",
    b"1234567890123456",
];

/// How an equation is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Equation {
    /// The one of the key's family.
    Own,
    /// ECDSA on the curve of the gm family.
    Foreign,
}

/// A digest, and the rules that were broken in making it.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    pub(crate) digest: [u8; 32],
    pub(crate) equation: Equation,
    pub(crate) id: Option<Vec<u8>>,
    pub(crate) rules: Vec<&'static Rule>,
}

/// Every digest that programs make of a message for a key.
pub(crate) fn recipes(
    providers: &Providers,
    key: &PublicKey,
    others: &[PublicKey],
    ids: &[Id],
    message: &[u8],
) -> Vec<Recipe> {
    let mut maker = Maker { providers, key, message, all: Vec::new() };
    match key.algorithm().suite() {
        Suite::Gm => maker.gm(others, ids),
        Suite::Nist => maker.nist(),
    }
    maker.all.sort_by_key(|recipe| recipe.rules.len());
    maker.all
}

struct Maker<'a> {
    providers: &'a Providers,
    key: &'a PublicKey,
    message: &'a [u8],
    all: Vec<Recipe>,
}

impl Maker<'_> {
    fn hash(&self, suite: Suite, parts: &[&[u8]]) -> [u8; 32] {
        let hash = self.providers.get(suite).and_then(|provider| provider.hash());
        hash.map(|hash| *hash.digest(parts).as_bytes()).unwrap_or_default()
    }

    fn push(&mut self, digest: [u8; 32], rules: &[&'static Rule]) {
        let rules = rules.to_vec();
        self.all.push(Recipe { digest, equation: Equation::Own, id: None, rules });
    }

    /// The digest by Own and, with a rule more, by Foreign.
    fn both(&mut self, digest: [u8; 32], id: Option<&[u8]>, rules: &[&'static Rule]) {
        let id = id.map(<[u8]>::to_vec);
        let foreign = [rules, &[&rules::EQUATION_OTHER]].concat();
        let own = rules.to_vec();
        self.all.push(Recipe { digest, equation: Equation::Own, id: id.clone(), rules: own });
        self.all.push(Recipe { digest, equation: Equation::Foreign, id, rules: foreign });
    }

    fn nist(&mut self) {
        let message = self.message;
        self.push(self.hash(Suite::Nist, &[message]), &[]);
        self.push(self.hash(Suite::Gm, &[message]), &[&rules::HASH_OTHER]);
        if let Ok(digest) = message.try_into() {
            self.push(digest, &[&rules::DIGEST_GIVEN]);
        }
        let once = self.hash(Suite::Nist, &[message]);
        self.push(self.hash(Suite::Nist, &[&once]), &[&rules::HASHED_TWICE]);
    }

    fn gm(&mut self, others: &[PublicKey], ids: &[Id]) {
        for id in ids {
            let rules: Vec<&'static Rule> = id.rule.into_iter().collect();
            let z = self.z(Suite::Gm, self.key, &Preface::right(&id.bytes));
            self.both(self.hash(Suite::Gm, &[&z, self.message]), Some(&id.bytes), &rules);
        }
        let message = self.message;
        self.both(self.hash(Suite::Gm, &[message]), None, &[&rules::Z_MISSING]);
        self.both(
            self.hash(Suite::Nist, &[message]),
            None,
            &[&rules::Z_MISSING, &rules::HASH_OTHER],
        );
        let order = curve::GM.order();
        if message.len() <= 4096 {
            self.both(order.reduce(message).to_be(), None, &[&rules::DIGEST_GIVEN]);
        }
        for id in ids.iter().take(3) {
            self.odd(id, others);
        }
    }

    /// Mistakes in Z and behind it, under one ID.
    fn odd(&mut self, id: &Id, others: &[PublicKey]) {
        let own: Vec<&'static Rule> = id.rule.into_iter().collect();
        let message = self.message;
        let length = u16::try_from(id.bytes.len()).unwrap_or_default();
        let bits = length.wrapping_mul(8);
        let right = Preface::right(&id.bytes);
        let prefaces = [
            (Preface { entl: length.to_be_bytes().to_vec(), ..right }, &rules::Z_ENTL_BYTES),
            (
                Preface { entl: bits.to_le_bytes().to_vec(), ..Preface::right(&id.bytes) },
                &rules::Z_ENTL_ORDER,
            ),
            (Preface { entl: Vec::new(), ..Preface::right(&id.bytes) }, &rules::Z_NO_ENTL),
            (Preface { curve: Vec::new(), ..Preface::right(&id.bytes) }, &rules::Z_NO_CURVE),
            (
                Preface { curve: curve::NIST.hashed(), ..Preface::right(&id.bytes) },
                &rules::Z_OTHER_CURVE,
            ),
        ];
        for (preface, rule) in prefaces {
            let z = self.z(Suite::Gm, self.key, &preface);
            self.push(self.hash(Suite::Gm, &[&z, message]), &[&own[..], &[rule]].concat());
        }
        for other in others {
            let z = self.z(Suite::Gm, other, &Preface::right(&id.bytes));
            let rules = [&own[..], &[&rules::Z_OTHER_KEY]].concat();
            self.push(self.hash(Suite::Gm, &[&z, message]), &rules);
        }
        let z = self.z(Suite::Gm, self.key, &Preface::right(&id.bytes));
        let e = self.hash(Suite::Gm, &[&z, message]);
        self.push(self.hash(Suite::Gm, &[&e]), &[&own[..], &[&rules::HASHED_TWICE]].concat());
        self.push(self.hash(Suite::Gm, &[message, &z]), &[&own[..], &[&rules::Z_BEHIND]].concat());
        let rules = [&own[..], &[&rules::HASH_OTHER]].concat();
        self.both(self.hash(Suite::Nist, &[&z, message]), None, &rules);
        let z = self.z(Suite::Nist, self.key, &Preface::right(&id.bytes));
        self.both(self.hash(Suite::Nist, &[&z, message]), None, &rules);
    }

    /// Z of GB/T 32918.2-2016 clause 5.5, with what it is made of given.
    fn z(&self, suite: Suite, key: &PublicKey, preface: &Preface) -> [u8; 32] {
        let coordinates = key.point().get(1..).unwrap_or_default();
        self.hash(suite, &[&preface.entl, &preface.id, &preface.curve, coordinates])
    }
}

/// What stands in front of the public key in Z.
struct Preface {
    entl: Vec<u8>,
    id: Vec<u8>,
    curve: Vec<u8>,
}

impl Preface {
    fn right(id: &[u8]) -> Self {
        // More than 8191 bytes cannot be said; such an ID is never offered.
        let bits = u16::try_from(id.len()).unwrap_or_default().wrapping_mul(8);
        let curve = Curve::of(Suite::Gm).hashed();
        Self { entl: bits.to_be_bytes().to_vec(), id: id.to_vec(), curve }
    }
}
